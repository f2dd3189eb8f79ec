//! What every session store does.

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;
use super::factors::FactorStore;
use super::tickets::TicketStore;
use super::types::{
    ChangedUser, Changes, CreatedSession, KeptSession, NewEpoch, NewSession, PresentedToken, RenewedSession,
    Revocation, RevocationReason, Rotation, RotationPolicy, SecretHash, Session, UserCounters,
};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};

/// Stores sessions.
///
/// # Contract
///
/// - **Time.** "Now" is the store's: the process's clock on SQLite, the database's on PostgreSQL.
///   No method takes it.
/// - **Acknowledged means kept.** An `Ok` is given after the commit; a crash afterwards loses
///   nothing.
/// - **One statement judges.** [`SessionStore::rotate`] reads and changes the row at once. Of two
///   racing calls one sees the row after the other. Nothing else can happen, and no caller retries.
/// - **Live** is a row that is not revoked, of its user's current epoch, and before both of its
///   ends: `now < expires_at` and `now < idle_until`.
/// - **A new epoch ends all of a user's sessions** at once, idle ones too, by writing one row.
/// - **Revoking needs no clock**: a session that is idle or expired by the store's time is revoked
///   like any other.
/// - **Evidence stays.** A revoked row stays until its absolute end;
///   [`SessionStore::delete_expired`] is the only way out.
/// - **Revoking is final** and is not undone, moved or repeated: `revoked_at` is written once.
/// - **Errors change nothing** that the caller can see, but a call that timed out may have been
///   carried out.
///
/// It keeps the tickets and the second factors as well, with the contracts of [`TicketStore`] and
/// [`FactorStore`].
/// [`SessionStore::end_epoch_but`], which a change of the password uses, ends the user's tickets
/// too.
///
/// The suite in `testing::store_suite` (feature `testing`) holds every implementation to it.
#[async_trait]
pub trait SessionStore: TicketStore + FactorStore {
    /// The user's counters; those of an unknown user are 0.
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError>;

    /// Makes a session with generation 0. Revokes the session that it replaces, and those above the
    /// limit. `None`, and nothing was made: the user's epoch has changed, or the account is
    /// disabled or gone (only from stores that keep the accounts).
    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError>;

    /// Judges a presented token and carries out the outcome, in one statement.
    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError>;

    /// Revokes a session that is not revoked yet; says whether it did. With `secret`, only when it
    /// is the session's.
    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError>;

    /// Begins a new epoch of a user: every session ends, and every access token.
    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError>;

    /// Begins a new epoch of a user, under which one session goes on, and ends the user's tickets.
    /// `None`, and nothing was changed: that session is not live, or not the user's.
    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError>;

    /// Makes every access token of a user stale that carries the roles from before; the sessions go
    /// on.
    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError>;

    /// The session of `id`, live or not.
    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// The live sessions of a user, the one used last first, at most `limit`.
    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError>;

    /// Sessions revoked at or after `since`.
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError>;

    /// Users whose counters changed at or after `since`.
    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError>;

    /// Deletes at most `limit` sessions whose absolute end is more than `keep` ago; answers how
    /// many.
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError>;

    /// Revokes at most `limit` sessions that were made before `time`, and returns those that ended.
    /// Use it for a database restored from a back-up, in which revoked sessions are live again.
    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// The store's time.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Whether [`SessionStore::now`] is the time of a database that nodes share, and not of
    /// this process's clock. Default: `false`.
    fn keeps_time(&self) -> bool {
        false
    }

    /// A number that changes when another server may answer than before, such as after a failover.
    /// Default: always 0. After a change earlier reads may be incomplete: the feed reads a whole
    /// access lifetime again.
    fn origin(&self) -> u64 {
        0
    }

    /// Notifies when any process has changed something. `None` (the default) from a store without
    /// notifications. They only make revocation faster: the feed polls
    /// [`SessionStore::revoked_since`] as well.
    fn changes(&self) -> Option<Changes> {
        None
    }

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Finishes waiting work and closes the connections to the database; later calls get
    /// [`StoreError::Closed`]. Call it at the end of a program. A store whose last handle is
    /// dropped closes by itself, and waits for nothing.
    async fn close(&self) {}
}
