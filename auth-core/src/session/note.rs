//! What ends on this node at once; other nodes learn it from the store.

use super::{Auth, ClientInfo};
use crate::audit::{Event, EventKind};
use crate::ids::{SessionId, UserId};
use crate::metrics;
use crate::store::{ChangedUser, NewEpoch, RevocationReason, UserCounters};

impl Auth {
    /// Every session of a user ends.
    pub(super) fn note_epoch(&self, client: &ClientInfo, user: &UserId, epoch: &NewEpoch, why: RevocationReason) {
        self.note_counters(user, epoch.counters);
        self.emit(client, Event::new(EventKind::SessionsRevoked).user(user).why(why));
        metrics::count_many(metrics::SESSIONS_ENDED, Some(why.as_str()), epoch.ended);
    }

    /// The counters of a user changed.
    pub(super) fn note_counters(&self, user: &UserId, counters: UserCounters) {
        self.0.revocations.note_users(&[ChangedUser {
            user: user.clone(),
            counters,
            at: self.0.clock.now(),
        }]);
    }

    /// A session ends.
    pub(super) fn note_revoked(
        &self,
        client: &ClientInfo,
        user: Option<&UserId>,
        session: SessionId,
        why: RevocationReason,
    ) {
        self.0.revocations.revoke(session, self.0.clock.now());
        let event = Event::new(EventKind::SessionRevoked);
        self.emit(client, event.user(user).session(session).why(why));
    }
}
