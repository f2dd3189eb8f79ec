use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::revoked::RevokedSessions;
use crate::account::UserId;
use crate::clock::Timestamp;
use crate::store::SessionId;

/// What this node knows of revocations and cut-offs: the sessions revoked within one access lifetime, and the users whose
/// older tokens are stale.
///
/// Asking takes no lock: one load of an atomic for nearly every session that is not revoked, and one while nobody is cut off.
#[derive(Debug, Default)]
pub struct Revocations {
    sessions: RevokedSessions,
    users: Users,
}

/// Cut-offs are rare and few: readers take a snapshot without a lock, writers replace it, one at a time.
#[derive(Debug, Default)]
struct Users {
    /// How many are in the snapshot.
    count: AtomicUsize,
    cutoffs: ArcSwap<HashMap<UserId, Noted>>,
    writing: Mutex<()>,
}

/// What happened at a time, and when this node learnt of it by a clock that nobody sets.
#[derive(Clone, Copy, Debug)]
struct Noted {
    at: Timestamp,
    learnt: Instant,
}

impl Noted {
    fn now(at: Timestamp) -> Noted {
        Noted {
            at,
            learnt: Instant::now(),
        }
    }

    /// A clock that steps forward for a while makes everything look old; back again, tokens from then are good again.
    fn is_over(&self, before: Timestamp, kept: Duration) -> bool {
        self.at < before && self.learnt.elapsed() >= kept
    }
}

impl Users {
    /// Replaces the cut-offs by those that `change` makes of them, if it makes any.
    fn change(&self, change: impl FnOnce(&HashMap<UserId, Noted>) -> Option<HashMap<UserId, Noted>>) {
        // Held until the count is written too: that of an older snapshot, written last, would hide a cut-off.
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cutoffs) = change(&self.cutoffs.load()) {
            let count = cutoffs.len();
            self.cutoffs.store(Arc::new(cutoffs));
            self.count.store(count, Ordering::Release);
        }
    }
}

impl Revocations {
    /// Notes that a session ended at `at`.
    pub fn revoke(&self, session: SessionId, at: Timestamp) {
        self.sessions.insert(session, at);
    }

    /// Whether a session was revoked within one access lifetime.
    pub fn is_revoked(&self, session: SessionId) -> bool {
        self.sessions.contains(session)
    }

    /// Notes that tokens of `user` issued before `at` are stale.
    pub fn cut_off(&self, user: &UserId, at: Timestamp) {
        self.users.change(|cutoffs| {
            let is_known = cutoffs.get(user).is_some_and(|known| known.at >= at);
            (!is_known).then(|| {
                let mut cutoffs = cutoffs.clone();
                cutoffs.insert(user.clone(), Noted::now(at));
                cutoffs
            })
        });
    }

    /// Whether a token of `user` with this `iat` (whole seconds) is older than the user's cut-off, rounded up to a second.
    pub fn is_stale(&self, user: &UserId, issued_at: i64) -> bool {
        self.users.count.load(Ordering::Acquire) != 0
            && self
                .users
                .cutoffs
                .load()
                .get(user)
                .is_some_and(|cutoff| issued_at < cutoff.at.secs_up())
    }

    /// Forgets what is older than `before`, and has been known for `kept`: no token from then is good any more.
    pub fn forget(&self, before: Timestamp, kept: Duration) {
        self.sessions.forget(before, kept);
        self.users.change(|cutoffs| {
            let is_over = |cutoff: &Noted| cutoff.is_over(before, kept);
            cutoffs.values().any(is_over).then(|| {
                let left = cutoffs.iter().filter(|(_, cutoff)| !is_over(cutoff));
                left.map(|(user, cutoff)| (user.clone(), *cutoff)).collect()
            })
        });
    }

    /// How many sessions are in the set.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether no session is in the set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_revoked_session_is_known_until_it_is_forgotten() {
        let set = Revocations::default();
        let (one, other) = (SessionId::random(), SessionId::random());
        set.revoke(one, Timestamp::from_secs(100));
        set.revoke(one, Timestamp::from_secs(100));
        assert!(set.is_revoked(one) && !set.is_revoked(other));
        assert!(set.len() == 1 && !set.is_empty());
        set.forget(Timestamp::from_secs(100), Duration::ZERO);
        assert!(set.is_revoked(one));
        set.forget(Timestamp::from_millis(100_001), Duration::from_secs(60));
        assert!(set.is_revoked(one), "the clock may have stepped");
        set.forget(Timestamp::from_millis(100_001), Duration::ZERO);
        assert!(!set.is_revoked(one) && set.is_empty());
    }

    #[test]
    fn tokens_from_before_the_cut_off_second_are_stale() {
        let set = Revocations::default();
        let ann = UserId::random();
        assert!(!set.is_stale(&ann, 0));
        set.cut_off(&ann, Timestamp::from_millis(100_500));
        set.cut_off(&ann, Timestamp::from_millis(90_000));
        assert!(set.is_stale(&ann, 100));
        assert!(!set.is_stale(&ann, 101));
        assert!(!set.is_stale(&UserId::random(), 0));
        set.forget(Timestamp::from_millis(100_500), Duration::ZERO);
        assert!(set.is_stale(&ann, 0), "it is no older than that");
        set.forget(Timestamp::from_secs(101), Duration::from_secs(60));
        assert!(set.is_stale(&ann, 0), "the clock may have stepped");
        set.forget(Timestamp::from_secs(101), Duration::ZERO);
        assert!(!set.is_stale(&ann, 0));
    }

    #[test]
    fn a_cut_off_that_comes_while_others_are_forgotten_waits_and_holds() {
        let (set, new) = (Revocations::default(), UserId::random());
        let (done, is_done) = mpsc::channel();
        std::thread::scope(|scope| {
            set.users.change(|_| {
                let (set, new, done) = (&set, &new, done.clone());
                scope.spawn(move || {
                    set.cut_off(new, Timestamp::from_secs(300));
                    // Nobody hears it if it should have waited, and did.
                    let _: Result<(), mpsc::SendError<()>> = done.send(());
                });
                assert!(is_done.recv_timeout(Duration::from_millis(50)).is_err());
                Some(HashMap::new())
            });
        });
        assert!(set.is_stale(&new, 0));
    }
}
