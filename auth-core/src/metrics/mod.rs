//! Metrics, through the `metrics` facade: an application installs the recorder of its monitor, and
//! every series below is there.
//!
//! `docs/metrics.md` lists them, and a test compares the page with the code. No label holds data of
//! a user, a session, a request or a path. The values of each label are fixed, so a client cannot
//! make new series.
//!
//! Without a recorder each of these costs the load of one atomic. A guarded request has only one,
//! and it is sampled: see `auth_verification_seconds`.
//!
//! With the feature `metrics` off (it is on by default) nothing is counted, and the names remain.

pub(crate) mod metric;
mod record;
pub(crate) mod table;

pub(crate) use metric::Metric;
pub use record::describe;
pub(crate) use record::{add, count, count_many, observe, sampled, set};
pub(crate) use table::*;
