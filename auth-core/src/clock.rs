//! Time as a value: the core never reads the operating system's clock itself.

mod uptime;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

pub(crate) use self::uptime::Uptime;

/// A point in time: whole milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A point given in milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// A point given in seconds since the epoch; saturates at the end of the range.
    pub const fn from_secs(secs: i64) -> Timestamp {
        Timestamp(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the unit of JWT claims (RFC 7519 §2).
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since the epoch, rounded up.
    pub const fn secs_up(self) -> i64 {
        self.secs() + (self.0.rem_euclid(1000) != 0) as i64
    }

    /// This point and `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(millis_of(duration)))
    }

    /// `duration` before this point.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(millis_of(duration)))
    }

    /// The time from `earlier` to this point; zero when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-11-23T22:34:06.120Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        match moment.ok().and_then(|moment| moment.format(format).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A text that is no point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as RFC 3339 has it, like `2026-11-23T22:34:06Z`")]
pub struct InvalidTimestamp;

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// RFC 3339, in any offset; what is below a millisecond is cut.
    fn from_str(text: &str) -> Result<Timestamp, InvalidTimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        let millis = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis).map(Timestamp).map_err(|_| InvalidTimestamp)
    }
}

/// A duration in whole milliseconds; a longer one becomes the greatest number.
pub(crate) fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A random duration from `low` to `high`, so that what was started together does not go on
/// together.
pub(crate) fn random_between(low: Duration, high: Duration) -> Duration {
    // 62 of a random UUID's low 64 bits are random, these 16 among them.
    let random = (uuid::Uuid::new_v4().as_u128() & 0xffff) as u32;
    low + high.saturating_sub(low) * random / 0xffff
}

/// A source of the current time.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 reads as the epoch; the launch check refuses such a clock.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(millis_of(since_epoch))
    }
}

/// A clock that stands still until it is moved, for tests.
///
/// ```
/// use std::time::Duration;
/// # #[cfg(feature = "testing")] {
/// use auth_core::Timestamp;
/// use auth_core::testing::ManualClock;
///
/// let clock = ManualClock::at(Timestamp::from_secs(1_000));
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now().secs(), 1_005);
/// # }
/// ```
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that reads `start`.
    pub fn at(start: Timestamp) -> ManualClock {
        ManualClock(AtomicI64::new(start.0))
    }

    /// The current time of this clock.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis_of(by), Ordering::SeqCst);
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        ManualClock::now(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_down_and_up_on_both_sides_of_the_epoch() {
        for (millis, down, up) in [
            (0, 0, 0),
            (1, 0, 1),
            (999, 0, 1),
            (1000, 1, 1),
            (-1, -1, 0),
            (-1000, -1, -1),
        ] {
            let at = Timestamp::from_millis(millis);
            assert_eq!((at.secs(), at.secs_up()), (down, up), "{millis}");
        }
    }

    #[test]
    fn text_is_rfc_3339_with_milliseconds() {
        assert_eq!(
            Timestamp::from_millis(1_700_000_000_007).to_string(),
            "2023-11-14T22:13:20.007Z"
        );
    }

    #[test]
    fn text_is_read_back_in_any_offset() {
        for (text, millis) in [
            ("2023-11-14T22:13:20.007Z", 1_700_000_000_007),
            ("2023-11-14T23:13:20.0079+01:00", 1_700_000_000_007),
            ("1969-12-31T23:59:59.9999Z", -1),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp::from_millis(millis)), "{text}");
        }
        for bad in ["", "now", "2023-11-14", "2023-11-14T22:13:20", "1700000000"] {
            assert_eq!(bad.parse::<Timestamp>(), Err(InvalidTimestamp), "{bad}");
        }
    }
}
