//! What a metric is.

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
