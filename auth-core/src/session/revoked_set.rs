//! The sessions that were revoked within one access lifetime. Each request reads the set; the end
//! of a session writes it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use crate::clock::{Timestamp, Uptime};
use crate::ids::SessionId;

/// How many parts the set has, so that writers rarely meet each other.
const SHARDS: usize = 16;

/// How many bits each part has for its sessions: 64 KiB, and none before the first revocation. A
/// clear bit means that the session is not in the set. With a million sessions in the set, one in
/// nine of the others needs a look at the map.
const BITS: usize = 1 << 19;

/// A set that does not hold most sessions. For those one atomic load answers, also while other
/// threads write.
#[derive(Debug)]
pub(super) struct RevokedSessions {
    count: AtomicUsize,
    shards: [Shard; SHARDS],
    started: Uptime,
}

#[derive(Debug, Default)]
struct Shard {
    /// A bit for each group of session ids. It is set before a session of the group enters the map,
    /// and cleared only after all have left. A session whose bit is clear needs no look at the map.
    /// Written under the map's lock.
    groups: OnceLock<Box<[AtomicU64]>>,
    sessions: RwLock<HashMap<SessionId, EndTimes>>,
}

/// When a session ended, and when this node learnt of it: in whole seconds since the epoch, and
/// since the set was made. It is small because there may be a million of them; a session that stays
/// a second longer in the set does no harm.
#[derive(Clone, Copy, Debug)]
struct EndTimes {
    at: u32,
    learnt: u32,
}

impl Default for RevokedSessions {
    fn default() -> RevokedSessions {
        RevokedSessions {
            count: AtomicUsize::default(),
            shards: Default::default(),
            started: Uptime::now(),
        }
    }
}

impl RevokedSessions {
    /// Adds a session, and says whether it is new.
    pub(super) fn insert(&self, session: SessionId, at: Timestamp) -> bool {
        let is_new = self.shard(session).insert(session, self.ended(at));
        if is_new {
            self.count.fetch_add(1, Ordering::Release);
        }
        is_new
    }

    pub(super) fn contains(&self, session: SessionId) -> bool {
        self.shard(session).contains(session)
    }

    /// Forgets what ended before `before`, and has been known for `kept`.
    pub(super) fn forget(&self, before: Timestamp, kept: Duration) {
        // Read once: there may be a million to look at, each second.
        let age = self.started.elapsed();
        for shard in &self.shards {
            let forgotten = shard.forget(|ended| ended.is_over(age, before, kept));
            self.count.fetch_sub(forgotten, Ordering::Release);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    fn ended(&self, at: Timestamp) -> EndTimes {
        EndTimes {
            // Until the year 2106.
            at: u32::try_from(at.secs_up().max(0)).unwrap_or(u32::MAX),
            learnt: u32::try_from(self.started.elapsed().as_secs()).unwrap_or(u32::MAX),
        }
    }

    fn shard(&self, session: SessionId) -> &Shard {
        // Ids are random: any of their bits spread them evenly.
        &self.shards[usize::from(session.0.as_bytes()[0]) % SHARDS]
    }
}

impl Shard {
    /// Whether the session was not in before.
    fn insert(&self, session: SessionId, ended: EndTimes) -> bool {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        let groups = self
            .groups
            .get_or_init(|| (0..BITS / 64).map(|_| AtomicU64::new(0)).collect());
        let (word, bit) = group(session);
        groups[word].fetch_or(bit, Ordering::Release);
        sessions.insert(session, ended).is_none()
    }

    fn contains(&self, session: SessionId) -> bool {
        let (word, bit) = group(session);
        let may_be_in = |groups: &[AtomicU64]| groups[word].load(Ordering::Acquire) & bit != 0;
        self.groups.get().is_some_and(|groups| may_be_in(groups))
            && self
                .sessions
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains_key(&session)
    }

    /// How many were forgotten.
    fn forget(&self, is_over: impl Fn(&EndTimes) -> bool) -> usize {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.len();
        sessions.retain(|_, ended| !is_over(ended));
        if sessions.len() < known {
            self.clear_groups_without(&sessions);
        }
        known - sessions.len()
    }

    /// A reader may see the old bits or the new ones meanwhile. Both have the bits of the sessions
    /// that stay.
    fn clear_groups_without(&self, sessions: &HashMap<SessionId, EndTimes>) {
        let Some(groups) = self.groups.get() else { return };
        let mut now = vec![0; groups.len()];
        for session in sessions.keys() {
            let (word, bit) = group(*session);
            now[word] |= bit;
        }
        for (group, now) in groups.iter().zip(now) {
            group.store(now, Ordering::Release);
        }
    }
}

/// The word and the bit of the group that a session is of; by other bytes of its id than those that
/// choose the shard.
fn group(session: SessionId) -> (usize, u64) {
    let [_, a, b, c, ..] = *session.0.as_bytes();
    let index = u32::from_be_bytes([0, a, b, c]) as usize % BITS;
    (index / 64, 1 << (index % 64))
}

impl EndTimes {
    /// A clock that steps forward for a while makes everything look old; back again, tokens from
    /// then are good again. What was learnt within a second counts as learnt at its end.
    fn is_over(self, age: Duration, before: Timestamp, kept: Duration) -> bool {
        let known = age.as_secs().saturating_sub(u64::from(self.learnt));
        Timestamp::from_secs(i64::from(self.at)) < before && Duration::from_secs(known.saturating_sub(1)) >= kept
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// Two ids of one shard and one group.
    fn neighbours() -> [SessionId; 2] {
        [1, 2].map(|last| SessionId(Uuid::from_u128(0x5a01_0203 << 96 | last)))
    }

    #[test]
    fn a_session_that_shares_a_group_with_a_revoked_one_is_not_revoked() {
        let set = RevokedSessions::default();
        let [one, other] = neighbours();
        set.insert(one, Timestamp::from_secs(100));
        assert!(set.contains(one) && !set.contains(other));
    }

    #[test]
    fn what_stays_when_others_are_forgotten_is_still_found() {
        let set = RevokedSessions::default();
        let [one, other] = neighbours();
        set.insert(one, Timestamp::from_secs(100));
        set.insert(other, Timestamp::from_secs(200));
        let many: Vec<_> = (0..1000).map(|_| SessionId::random()).collect();
        for (index, session) in many.iter().enumerate() {
            set.insert(*session, Timestamp::from_secs(if index % 2 == 0 { 100 } else { 200 }));
        }
        set.forget(Timestamp::from_secs(150), Duration::ZERO);
        assert!(!set.contains(one) && set.contains(other));
        let found: Vec<_> = many.iter().map(|session| set.contains(*session)).collect();
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(index, found)| *found == (index % 2 == 1))
        );
        assert_eq!(set.len(), 501);
        // The bits are those of the sessions that are left, or the set would be slower each day.
        let set_bits: u32 = set
            .shards
            .iter()
            .filter_map(|shard| shard.groups.get())
            .flatten()
            .map(|group| group.load(Ordering::Relaxed).count_ones())
            .sum();
        assert!((480..=501).contains(&set_bits), "{set_bits}");
    }

    #[test]
    fn looking_up_a_session_of_an_unmarked_group_waits_for_no_writer() {
        let set = RevokedSessions::default();
        let [one, _] = neighbours();
        set.insert(one, Timestamp::from_secs(100));
        // Of the same shard, and of another group.
        let other = SessionId(Uuid::from_u128(0x5a01_0204 << 96));
        let shard = set.shard(other);
        assert_eq!(shard.groups.get().map(|groups| groups.len()), Some(BITS / 64));
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let writing = shard.sessions.write();
            scope.spawn(|| tell.send(set.contains(other)));
            let answer = told.recv_timeout(Duration::from_secs(10));
            drop(writing);
            assert_eq!(answer, Ok(false));
        });
    }

    #[test]
    fn sessions_are_spread_over_shards_and_groups() {
        let groups: std::collections::HashSet<_> = (0..1000).map(|_| group(SessionId::random())).collect();
        assert!(groups.len() > 980, "{}", groups.len());
    }
}
