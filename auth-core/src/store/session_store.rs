//! The session verbs of a store.

use async_trait::async_trait;

use super::error::StoreError;
use super::presented::{PresentedToken, Rotation, RotationPolicy};
use super::types::{
    CreatedSession, KeptSession, NewEpoch, NewSession, RenewedSession, RevocationReason, SecretHash, Session,
    UserCounters,
};
use crate::ids::{SessionId, UserId};

/// Stores sessions, and the counters of their users. [`Store`](super::Store) has the contract.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
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
}
