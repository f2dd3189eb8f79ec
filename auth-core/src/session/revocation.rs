use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::account::UserId;
use crate::clock::Timestamp;
use crate::store::SessionId;

/// How many parts the set of sessions has, so that writers rarely meet readers.
const SHARDS: usize = 16;

/// What this node knows of revocations and cut-offs: the sessions revoked within one access lifetime, and the users whose
/// older tokens are stale.
///
/// Asking costs one load of an atomic each while nothing is revoked and nobody cut off.
#[derive(Debug, Default)]
pub struct Revocations {
    sessions: Sessions,
    users: Users,
}

#[derive(Debug, Default)]
struct Sessions {
    count: AtomicUsize,
    shards: [RwLock<HashMap<SessionId, Noted>>; SHARDS],
}

/// Cut-offs are rare and few: readers take a snapshot without a lock, writers replace it.
#[derive(Debug, Default)]
struct Users {
    count: AtomicUsize,
    cutoffs: ArcSwap<HashMap<UserId, Noted>>,
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

impl Revocations {
    /// Notes that a session ended at `at`.
    pub fn revoke(&self, session: SessionId, at: Timestamp) {
        let mut shard = self
            .sessions
            .shard(session)
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if shard.insert(session, Noted::now(at)).is_none() {
            self.sessions.count.fetch_add(1, Ordering::Release);
        }
    }

    /// Whether a session was revoked within one access lifetime.
    pub fn is_revoked(&self, session: SessionId) -> bool {
        self.sessions.count.load(Ordering::Acquire) != 0
            && self
                .sessions
                .shard(session)
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains_key(&session)
    }

    /// Notes that tokens of `user` issued before `at` are stale.
    pub fn cut_off(&self, user: &UserId, at: Timestamp) {
        self.users.cutoffs.rcu(|cutoffs| {
            let known = cutoffs.get(user).map(|cutoff| cutoff.at);
            if known >= Some(at) {
                return Arc::clone(cutoffs);
            }
            let mut cutoffs = HashMap::clone(cutoffs);
            cutoffs.insert(user.clone(), Noted::now(at));
            Arc::new(cutoffs)
        });
        self.users
            .count
            .store(self.users.cutoffs.load().len(), Ordering::Release);
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
        for shard in &self.sessions.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            let known = shard.len();
            shard.retain(|_, revoked| !revoked.is_over(before, kept));
            self.sessions.count.fetch_sub(known - shard.len(), Ordering::Release);
        }
        if self
            .users
            .cutoffs
            .load()
            .values()
            .any(|cutoff| cutoff.is_over(before, kept))
        {
            self.users.cutoffs.rcu(|cutoffs| {
                cutoffs
                    .iter()
                    .filter(|(_, cutoff)| !cutoff.is_over(before, kept))
                    .map(|(user, cutoff)| (user.clone(), *cutoff))
                    .collect::<HashMap<_, _>>()
            });
            self.users
                .count
                .store(self.users.cutoffs.load().len(), Ordering::Release);
        }
    }

    /// How many sessions are in the set.
    pub fn len(&self) -> usize {
        self.sessions.count.load(Ordering::Acquire)
    }

    /// Whether no session is in the set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Sessions {
    fn shard(&self, session: SessionId) -> &RwLock<HashMap<SessionId, Noted>> {
        // Ids are random: any of their bits spread them evenly.
        &self.shards[usize::from(session.0.as_bytes()[0]) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
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
        set.forget(Timestamp::from_secs(101), Duration::ZERO);
        assert!(!set.is_stale(&ann, 0));
    }
}
