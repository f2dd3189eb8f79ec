//! Sessions at rest: the contract every store keeps, and the stores that keep it.

mod accounts;
mod engine;
mod error;
mod measured;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod origin;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rotation;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod row;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod statement;
mod types;

use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) use self::accounts::same_roles;
pub use self::accounts::{AccountCount, AccountStore, NewAccount, PasswordChange};
pub use self::engine::{Engine, Pooler};
pub use self::error::{OpenError, StoreError};
pub(crate) use self::measured::MeasuredStore;
pub use self::types::{
    ChangedUser, Changes, CreatedSession, KeptSession, NewEpoch, NewSession, PresentedToken, Rejection, RenewedSession,
    Revocation, RevocationReason, RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy, SecretHash,
    Session, SessionSecret, UserCounters,
};

/// How many sessions above a user's limit one sign-in ends. Only a user from before there was a limit has more.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
const OVER_LIMIT_BATCH: i64 = 500;

/// Sessions at rest.
///
/// # Contract
///
/// - **Time.** "Now" is the store's: the process's clock on SQLite, the database's on PostgreSQL. No method takes it.
/// - **Acknowledged means kept.** An `Ok` is given after the commit; a crash afterwards loses nothing.
/// - **One statement judges.** [`SessionStore::rotate`] reads and changes the row at once. Of two racing calls one sees
///   the row after the other; nothing else can happen, and no caller retries.
/// - **Live** is a row that is not revoked, of its user's current epoch, and before both of its ends: `now < expires_at` and
///   `now < idle_until`.
/// - **A new epoch ends all of a user's sessions** at once, idle ones too, by one row whatever their number.
/// - **Revoking asks no clock**: a session that is idle or expired by the store's time is revoked like any other.
/// - **Evidence stays.** A revoked row stays until its absolute end; [`SessionStore::delete_expired`] is the only way out.
/// - **Revoking is final** and is not undone, moved or repeated: `revoked_at` is written once.
/// - **Errors change nothing** that the caller can see, but a call that timed out may have been carried out.
///
/// The suite in `testing::store_suite` (feature `testing`) holds every implementation to it.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// The user's counters; those of a user who is not known are 0.
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError>;

    /// Makes a session with head 0, and revokes the one it replaces and those above the limit. `None`, and nothing was made:
    /// the user's epoch is another one by now, or the account is disabled or gone (only from stores that keep the accounts).
    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError>;

    /// Judges a presented token and does what its verdict asks, in one statement.
    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError>;

    /// Revokes a session that is not revoked yet; says whether it did. With `secret`, only when it is the session's.
    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError>;

    /// Begins a new epoch of a user: every session ends, and every access token.
    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError>;

    /// Begins a new epoch of a user, under which one session goes on. `None`, and nothing was changed: that session is not
    /// live, or not the user's.
    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError>;

    /// Makes every access token of a user stale that carries the roles from before; the sessions go on.
    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError>;

    /// The session of `id`, live or not.
    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// The live sessions of a user, the one used last first, at most `limit`.
    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError>;

    /// Sessions revoked at or after `since`.
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError>;

    /// Users whose counters changed at or after `since`.
    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError>;

    /// Deletes at most `limit` sessions whose absolute end is more than `keep` ago; answers how many.
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError>;

    /// Revokes at most `limit` sessions that were made before `time`; answers with those that ended. For a database
    /// that was restored from a back-up, in which sessions live again that had been revoked.
    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// The store's time.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Whether that is the time of a database that nodes share, and not of this process's clock. Default: `false`.
    fn keeps_time(&self) -> bool {
        false
    }

    /// A number that changes when another server may answer than before, such as after a failover. Default: always 0. What was read
    /// before need not be all that there is: the feed then reads back a whole access lifetime.
    fn origin(&self) -> u64 {
        0
    }

    /// Tells that a process changed something, as it does; `None` (the default) from a store that does not hear of it. It
    /// only makes revocation faster: the feed polls [`SessionStore::revoked_since`] all the same.
    fn changes(&self) -> Option<Changes> {
        None
    }

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Does what is waiting and lets go of the database; calls made later get [`StoreError::Closed`]. For the end of a
    /// program; a store whose last handle is dropped does it by itself, and waits for nothing.
    async fn close(&self) {}
}
