use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::revoked_set::RevokedSessions;
use crate::clock::{Timestamp, Uptime};
use crate::ids::{SessionId, UserId};
use crate::store::{ChangedUser, UserCounters};

/// What this node knows of revocations: the sessions revoked, and the users whose counters changed,
/// within one access lifetime.
///
/// Asking takes no lock: one load of an atomic for nearly every session that is not revoked, and
/// one while no user changed.
#[derive(Debug, Default)]
pub struct Revocations {
    sessions: RevokedSessions,
    users: Users,
    /// Tells those who wait for the end of a session that one has ended.
    ended: watch::Sender<()>,
}

/// Changed users are rare and few: readers take a snapshot without a lock, writers replace it, one
/// at a time.
#[derive(Debug, Default)]
struct Users {
    /// How many are in the snapshot.
    count: AtomicUsize,
    changed: ArcSwap<HashMap<UserId, KnownCounters>>,
    writing: Mutex<()>,
}

/// The counters of a user, when they changed, and when this node learnt of it by a clock that
/// cannot be set.
#[derive(Clone, Copy, Debug)]
struct KnownCounters {
    counters: UserCounters,
    at: Timestamp,
    learnt: Uptime,
}

impl KnownCounters {
    /// A clock that steps forward for a while makes everything look old; back again, tokens from
    /// then are good again.
    fn is_over(&self, before: Timestamp, kept: Duration) -> bool {
        self.at < before && self.learnt.elapsed() >= kept
    }
}

impl Users {
    /// Replaces the snapshot by the one that `change` makes of it, if it makes any.
    fn change(
        &self,
        change: impl FnOnce(&HashMap<UserId, KnownCounters>) -> Option<HashMap<UserId, KnownCounters>>,
    ) -> bool {
        // Held until the count is written too: that of an older snapshot, written last, would hide
        // a change.
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(changed) = change(&self.changed.load()) else {
            return false;
        };
        let count = changed.len();
        self.changed.store(Arc::new(changed));
        self.count.store(count, Ordering::Release);
        true
    }
}

impl Revocations {
    /// Notes that a session ended at `at`.
    pub fn revoke(&self, session: SessionId, at: Timestamp) {
        if self.sessions.insert(session, at) {
            self.ended.send_replace(());
        }
    }

    /// Whether a session was revoked within one access lifetime.
    pub fn is_revoked(&self, session: SessionId) -> bool {
        self.sessions.contains(session)
    }

    /// Notes the counters of users: all of them in one pass, and the snapshot is copied only where
    /// one is new.
    pub fn note_users(&self, users: &[ChangedUser]) {
        let changed = self.users.change(|known| {
            let newer = |user: &ChangedUser| {
                let known = known.get(&user.user).map(|known| known.counters).unwrap_or_default();
                user.counters.epoch > known.epoch || user.counters.roles_version > known.roles_version
            };
            users.iter().any(newer).then(|| {
                let mut changed = known.clone();
                let learnt = Uptime::now();
                for ChangedUser { user, counters, at } in users {
                    // What was read earlier may arrive later: counters only grow.
                    let known = changed.get(user).map(|known| known.counters).unwrap_or_default();
                    let counters = UserCounters {
                        epoch: counters.epoch.max(known.epoch),
                        roles_version: counters.roles_version.max(known.roles_version),
                    };
                    let (at, user) = (*at, user.clone());
                    changed.insert(user, KnownCounters { counters, at, learnt });
                }
                changed
            })
        });
        if changed {
            self.ended.send_replace(());
        }
    }

    /// Changes each time when a session or a user's epoch has ended.
    pub fn follow(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    /// The counters of a user, if they changed within one access lifetime. A token of an older
    /// epoch is revoked; a token of an older roles version is stale.
    pub fn counters(&self, user: &UserId) -> Option<UserCounters> {
        if self.users.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.users.changed.load().get(user).map(|noted| noted.counters)
    }

    /// Forgets what is older than `before`, and has been known for `kept`: no token from then is
    /// good any more.
    pub fn forget(&self, before: Timestamp, kept: Duration) {
        self.sessions.forget(before, kept);
        self.users.change(|changed| {
            let is_over = |noted: &KnownCounters| noted.is_over(before, kept);
            changed.values().any(is_over).then(|| {
                let left = changed.iter().filter(|(_, noted)| !is_over(noted));
                left.map(|(user, noted)| (user.clone(), *noted)).collect()
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

    // security: Tokens: Revocation by `sid`, never by the token's text
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

    fn changed(user: &UserId, epoch: i64, roles_version: i64, at: i64) -> ChangedUser {
        ChangedUser {
            user: user.clone(),
            counters: UserCounters { epoch, roles_version },
            at: Timestamp::from_secs(at),
        }
    }

    #[test]
    fn the_counters_of_a_user_are_known_until_they_are_forgotten_and_only_grow() {
        let set = Revocations::default();
        let ann = UserId::random();
        assert_eq!(set.counters(&ann), None);
        set.note_users(&[changed(&ann, 2, 1, 100)]);
        set.note_users(&[changed(&ann, 1, 3, 90)]);
        let both = UserCounters {
            epoch: 2,
            roles_version: 3,
        };
        assert_eq!(set.counters(&ann), Some(both));
        assert_eq!(set.counters(&UserId::random()), None);
        set.forget(Timestamp::from_secs(101), Duration::from_secs(60));
        assert_eq!(set.counters(&ann), Some(both), "the clock may have stepped");
        set.forget(Timestamp::from_secs(101), Duration::ZERO);
        assert_eq!(set.counters(&ann), None);
    }

    #[test]
    fn twenty_thousand_changed_users_are_noted_in_one_pass() {
        let set = Revocations::default();
        let users: Vec<_> = (0..20_000).map(|at| changed(&UserId::random(), 1, 0, at)).collect();
        set.note_users(&users);
        assert!(users.iter().all(|user| set.counters(&user.user) == Some(user.counters)));
        // Read again by the next poll, they are no news: the snapshot stays the same one.
        let before = Arc::as_ptr(&set.users.changed.load());
        set.note_users(&users);
        assert_eq!(Arc::as_ptr(&set.users.changed.load()), before);
    }

    #[test]
    fn a_change_that_comes_while_others_are_forgotten_waits_and_holds() {
        let (set, new) = (Revocations::default(), UserId::random());
        let (done, is_done) = mpsc::channel();
        std::thread::scope(|scope| {
            set.users.change(|_| {
                let (set, new, done) = (&set, &new, done.clone());
                scope.spawn(move || {
                    set.note_users(&[changed(new, 1, 0, 300)]);
                    // The receiver may time out first: then this thread has waited, as it should.
                    let _: Result<(), mpsc::SendError<()>> = done.send(());
                });
                assert!(is_done.recv_timeout(Duration::from_millis(50)).is_err());
                Some(HashMap::new())
            });
        });
        assert!(set.counters(&new).is_some());
    }
}
