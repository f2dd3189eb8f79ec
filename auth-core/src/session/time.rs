use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::{Clock, Timestamp, Uptime, millis_of};

/// The time that tokens are judged by: the store's.
///
/// Tokens are issued at the store's time. Where that is the time of a database (see
/// [`SessionStore::keeps_time`](crate::store::SessionStore::keeps_time)), this node learns it with every poll and
/// counts on from there by a clock that nobody sets and that goes on while the machine sleeps, so that a node whose own clock is wrong, or is set while it runs, neither
/// refuses good tokens nor accepts expired ones.
pub(super) struct StoreTime {
    clock: Arc<dyn Clock>,
    started: Uptime,
    /// The store's time at `started`, in milliseconds since the epoch; [`UNKNOWN`] until it was learnt.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
