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

#[derive(Debug)]
struct Sessions {
    count: AtomicUsize,
    shards: [RwLock<HashMap<SessionId, Ended>>; SHARDS],
    started: Instant,
}

/// When a session ended, and when this node learnt of it: in whole seconds since the epoch, and since the set was made. As
/// small as it is, since there may be a million; a session a second longer in the set harms nobody.
#[derive(Clone, Copy, Debug)]
struct Ended {
    at: u32,
    learnt: u32,
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

impl Ended {
    /// As for [`Noted::is_over`], in a set of this age; what was learnt within a second counts as learnt at its end.
    fn is_over(self, age: Duration, before: Timestamp, kept: Duration) -> bool {
        let known = age.as_secs().saturating_sub(u64::from(self.learnt));
        Timestamp::from_secs(i64::from(self.at)) < before && Duration::from_secs(known.saturating_sub(1)) >= kept
    }
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions {
            count: AtomicUsize::default(),
            shards: Default::default(),
            started: Instant::now(),
        }
    }
}

impl Revocations {
    /// Notes that a session ended at `at`.
    pub fn revoke(&self, session: SessionId, at: Timestamp) {
        let ended = self.sessions.ended(at);
        let mut shard = self
            .sessions
            .shard(session)
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if shard.insert(session, ended).is_none() {
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
        // Read once: there may be a million to look at, each second.
        let age = self.sessions.started.elapsed();
        for shard in &self.sessions.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            let known = shard.len();
            shard.retain(|_, ended| !ended.is_over(age, before, kept));
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
    fn ended(&self, at: Timestamp) -> Ended {
        Ended {
            // Until the year 2106.
            at: u32::try_from(at.secs_up().max(0)).unwrap_or(u32::MAX),
            learnt: u32::try_from(self.started.elapsed().as_secs()).unwrap_or(u32::MAX),
        }
    }

    fn shard(&self, session: SessionId) -> &RwLock<HashMap<SessionId, Ended>> {
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
