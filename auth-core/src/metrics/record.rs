//! Where the facade is called: the only file that knows whether the feature `metrics` is on.

use std::time::{Duration, Instant};

use super::metric::Metric;
#[cfg(feature = "metrics")]
use super::metric::MetricKind;
#[cfg(feature = "metrics")]
use super::table::METRICS;

/// One of so many verifications is timed.
#[cfg(feature = "metrics")]
const SAMPLED: u32 = 64;

/// Tells the recorder what each metric is, and of every series, so that each is there before the
/// first event. Counters and gauges start at zero. The fairing does it at launch; a program without
/// Rocket calls it once its recorder is installed.
pub fn describe() {
    #[cfg(feature = "metrics")]
    for metric in METRICS {
        let values = || match metric.label {
            Some(label) => label.values.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        let unit = (metric.unit == "seconds").then_some(::metrics::Unit::Seconds);
        let unit = unit.unwrap_or(::metrics::Unit::Count);
        match metric.kind {
            MetricKind::Counter => {
                ::metrics::describe_counter!(metric.name, unit, metric.help);
                values().into_iter().for_each(|value| add_to(metric, value, 0));
            }
            MetricKind::Gauge => {
                ::metrics::describe_gauge!(metric.name, unit, metric.help);
                ::metrics::gauge!(metric.name).increment(0.0);
            }
            MetricKind::Histogram => {
                ::metrics::describe_histogram!(metric.name, unit, metric.help);
                values().into_iter().for_each(|value| drop(histogram(metric, value)));
            }
        }
    }
}

/// One more; with the label's `value` where the metric has a label.
pub(crate) fn count(metric: Metric, value: Option<&'static str>) {
    count_many(metric, value, 1);
}

/// So many more.
pub(crate) fn count_many(metric: Metric, value: Option<&'static str>, more: u64) {
    #[cfg(feature = "metrics")]
    add_to(&metric, value, more);
    #[cfg(not(feature = "metrics"))]
    let _ = (metric, value, more);
}

#[cfg(feature = "metrics")]
fn add_to(metric: &Metric, value: Option<&'static str>, more: u64) {
    match (metric.label, value) {
        (Some(label), Some(value)) => ::metrics::counter!(metric.name, label.name => value).increment(more),
        _ => ::metrics::counter!(metric.name).increment(more),
    }
}

#[cfg(feature = "metrics")]
fn histogram(metric: &Metric, value: Option<&'static str>) -> ::metrics::Histogram {
    match (metric.label, value) {
        (Some(label), Some(value)) => ::metrics::histogram!(metric.name, label.name => value),
        _ => ::metrics::histogram!(metric.name),
    }
}

/// A value of a histogram.
pub(crate) fn observe(metric: Metric, value: Option<&'static str>, took: Duration) {
    #[cfg(feature = "metrics")]
    histogram(&metric, value).record(took);
    #[cfg(not(feature = "metrics"))]
    let _ = (metric, value, took);
}

/// Where a gauge stands.
pub(crate) fn set(metric: Metric, value: f64) {
    #[cfg(feature = "metrics")]
    ::metrics::gauge!(metric.name).set(value);
    #[cfg(not(feature = "metrics"))]
    let _ = (metric, value);
}

/// A gauge goes up, or with a negative number down.
pub(crate) fn add(metric: Metric, more: f64) {
    #[cfg(feature = "metrics")]
    ::metrics::gauge!(metric.name).increment(more);
    #[cfg(not(feature = "metrics"))]
    let _ = (metric, more);
}

/// When this began, if it is one of those that are timed: the first on each thread, and each 64th
/// after it.
#[cfg(feature = "metrics")]
#[inline]
pub(crate) fn sampled() -> Option<Instant> {
    use std::cell::Cell;

    thread_local! {
        static SEEN: Cell<u32> = const { Cell::new(0) };
    }
    let seen = SEEN.replace(SEEN.get().wrapping_add(1));
    seen.is_multiple_of(SAMPLED).then(Instant::now)
}

/// Without the feature `metrics` no call is timed.
#[cfg(not(feature = "metrics"))]
pub(crate) fn sampled() -> Option<Instant> {
    None
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_64_is_timed() {
        let timed = std::thread::spawn(|| (0..640).filter(|_| sampled().is_some()).count());
        assert_eq!(timed.join().expect("no panic"), 10);
        assert!(std::thread::spawn(|| sampled().is_some()).join().expect("no panic"));
    }
}
