//! Metrics, through the `metrics` facade: an application installs the recorder of its monitor, and every series below is there.
//!
//! The one place where names are written is [`table`](self::METRICS); `docs/metrics.md` is the same for people, and a test compares
//! the two. No label holds anything of a user, a session, a request or a path: the values of each are listed, so that no client can
//! make series.
//!
//! Without a recorder each of these costs the load of one atomic. On the way of every guarded request there is one, and it is
//! sampled: see [`VERIFICATION_SECONDS`].
//!
//! With the feature `metrics` off (it is on by default) nothing is counted, and the names remain.

mod record;
mod table;

pub use record::describe;
pub(crate) use record::{add, count, count_many, observe, sampled, set};
pub use table::*;

/// A series, or as many as its label has values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, as Prometheus has it.
    pub name: &'static str,
    /// Whether it counts, stands or is distributed.
    pub kind: MetricKind,
    /// What one of it is: `seconds`, or what is counted.
    pub unit: &'static str,
    /// What tells its series apart, where there are several.
    pub label: Option<Label>,
    /// What it says, in one sentence.
    pub help: &'static str,
}

/// How a [`Metric`] behaves.
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

/// What tells the series of a [`Metric`] apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Every value it can have.
    pub values: &'static [&'static str],
}
