//! What operators and the clock need of a store.

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;
use super::types::RevocationReason;
use crate::clock::Timestamp;
use crate::ids::SessionId;

/// Keeps a store in order: cleanup, health, the end of a program, and a database from a back-up.
#[async_trait]
pub trait Maintenance: Send + Sync + 'static {
    /// Deletes at most `limit` sessions whose absolute end is more than `keep` ago; answers how
    /// many.
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError>;

    /// Deletes at most `limit` tickets whose end is more than `keep` ago; answers how many.
    async fn delete_expired_tickets(&self, keep: Duration, limit: u32) -> Result<usize, StoreError>;

    /// Revokes at most `limit` sessions that were made before `time`, and returns those that ended.
    /// Use it for a database restored from a back-up, in which revoked sessions are live again.
    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Finishes waiting work and closes the connections to the database; later calls get
    /// [`StoreError::Closed`]. Call it at the end of a program. A store whose last handle is
    /// dropped closes by itself, and waits for nothing.
    async fn close(&self) {}
}
