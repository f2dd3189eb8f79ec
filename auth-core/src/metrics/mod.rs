//! Metrics, through the `metrics` facade: an application installs the recorder of its monitor, and
//! every series below is there.
//!
//! All names are in [`table`](self::METRICS); `docs/metrics.md` lists them for people, and a test
//! compares the two. No label holds data of a user, a session, a request or a path. The values of
//! each label are fixed, so a client cannot make new series.
//!
//! Without a recorder each of these costs the load of one atomic. A guarded request has only one,
//! and it is sampled: see `auth_verification_seconds`.
//!
//! With the feature `metrics` off (it is on by default) nothing is counted, and the names remain.

mod record;
mod table;

pub use record::describe;
pub(crate) use record::{add, count, count_many, observe, sampled, set};
pub use table::METRICS;
pub(crate) use table::*;

/// A series, or as many as its label has values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// The name in Prometheus.
    pub name: &'static str,
    /// Whether it counts, stands or is distributed.
    pub kind: MetricKind,
    /// The unit: `seconds`, or what is counted.
    pub unit: &'static str,
    /// The label that tells its series apart, if it has several.
    pub label: Option<Label>,
    /// What the metric measures, in one sentence.
    pub help: &'static str,
}

/// The type of a [`Metric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Many values, of which a monitor keeps the distribution.
    Histogram,
}

impl MetricKind {
    /// Its name, as it stands in `docs/metrics.md`.
    pub const fn as_str(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        }
    }
}

/// A label, which tells the series of a [`Metric`] apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Every value it can have.
    pub values: &'static [&'static str],
}
