//! What this node knows of its store: the time there, and how far its changes were read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::{Clock, Timestamp, Uptime, millis_of};

/// The time that tokens are judged by: the store's.
///
/// Tokens are issued at the store's time. If that is the time of a database (see
/// [`RevocationLog::keeps_time`](crate::store::RevocationLog::keeps_time)), this node learns it with
/// every poll. In between it counts on by a clock that cannot be set and that goes on while the
/// machine sleeps. A node whose own clock is wrong, or is set while it runs, then neither refuses
/// good tokens nor accepts expired ones.
pub(super) struct StoreTime {
    clock: Arc<dyn Clock>,
    started: Uptime,
    /// The store's time at `started`, in milliseconds since the epoch; [`UNKNOWN`] until it was
    /// learnt.
    at_start: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

impl StoreTime {
    /// The time of `clock`, until another is learnt.
    pub(super) fn new(clock: Arc<dyn Clock>) -> StoreTime {
        StoreTime {
            clock,
            started: Uptime::now(),
            at_start: AtomicI64::new(UNKNOWN),
        }
    }

    /// Learns that the store's time was `now` at some point between `asked` and this one.
    pub(super) fn learn(&self, now: Timestamp, asked: Uptime) {
        let middle = asked + asked.elapsed() / 2;
        let at_start = now.minus(middle.since(self.started));
        self.at_start.store(at_start.millis(), Ordering::Release);
    }

    /// The store's time now.
    pub(super) fn now(&self) -> Timestamp {
        match self.at_start.load(Ordering::Acquire) {
            UNKNOWN => self.clock.now(),
            at_start => Timestamp::from_millis(at_start.saturating_add(millis_of(self.started.elapsed()))),
        }
    }
}

/// How the feed is doing.
#[derive(Debug)]
pub(super) struct FeedState {
    pub(super) started: Uptime,
    /// Milliseconds from `started` to the last poll that was answered.
    pub(super) answered: AtomicU64,
    /// The store's time up to which everything was read, in milliseconds since the epoch.
    pub(super) read_up_to: AtomicI64,
    /// The store's origin of which that was read.
    pub(super) origin: AtomicU64,
}

impl FeedState {
    pub(super) fn new() -> FeedState {
        FeedState {
            started: Uptime::now(),
            answered: AtomicU64::new(0),
            read_up_to: AtomicI64::new(i64::MIN),
            origin: AtomicU64::new(0),
        }
    }

    pub(super) fn age(&self) -> Duration {
        self.started
            .elapsed()
            .saturating_sub(Duration::from_millis(self.answered.load(Ordering::Acquire)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn what_was_learnt_replaces_the_clock() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_000)));
        let time = StoreTime::new(clock.clone());
        assert_eq!(time.now(), Timestamp::from_secs(1_000));
        let learnt = Timestamp::from_secs(500_000);
        time.learn(learnt, Uptime::now());
        clock.set(Timestamp::from_secs(1));
        let passed = time.now().since(learnt);
        assert!(time.now() >= learnt && passed < Duration::from_secs(60), "{passed:?}");
    }
}
