//! A clock that cannot be set, and that goes on while the machine sleeps.

use std::ops::Add;
use std::time::Duration;

/// A point in time by that clock; like [`std::time::Instant`], which on Linux stands still while
/// the machine sleeps. What is counted by it, such as the age of a revocation, would be too young
/// afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Uptime(Source);

#[cfg(target_os = "linux")]
type Source = Duration;

#[cfg(not(target_os = "linux"))]
type Source = std::time::Instant;

impl Uptime {
    /// Now.
    #[cfg(target_os = "linux")]
    pub(crate) fn now() -> Uptime {
        // Since the machine was started, sleep included: never negative.
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Uptime(Duration::try_from(now).unwrap_or_default())
    }

    /// Now.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn now() -> Uptime {
        Uptime(Source::now())
    }

    /// How long ago that was.
    pub(crate) fn elapsed(self) -> Duration {
        Uptime::now().since(self)
    }

    /// The time from `earlier` to this point; zero when `earlier` is later.
    #[cfg(target_os = "linux")]
    pub(crate) fn since(self, earlier: Uptime) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The time from `earlier` to this point; zero when `earlier` is later.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn since(self, earlier: Uptime) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }
}

impl Add<Duration> for Uptime {
    type Output = Uptime;

    fn add(self, later: Duration) -> Uptime {
        Uptime(self.0 + later)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The first number of `/proc/uptime` counts sleep (proc(5)).
    #[test]
    fn it_is_the_clock_that_counts_sleep() {
        let read = || {
            let text = std::fs::read_to_string("/proc/uptime").expect("Linux has it");
            let first = text.split(' ').next().expect("two numbers");
            Duration::from_secs_f64(first.parse().expect("a number"))
        };
        let before = read();
        let now = Uptime::now();
        let after = read();
        // It has two decimals.
        let slack = Duration::from_millis(10);
        assert!(
            before <= now.0 + slack && now.0 <= after + slack,
            "{before:?} {now:?} {after:?}"
        );
    }

    #[test]
    fn time_goes_on() {
        let begun = Uptime::now();
        assert_eq!(begun.since(begun + Duration::from_secs(5)), Duration::ZERO);
        assert_eq!((begun + Duration::from_secs(5)).since(begun), Duration::from_secs(5));
        assert!(begun.elapsed() < Duration::from_secs(3600));
    }
}
