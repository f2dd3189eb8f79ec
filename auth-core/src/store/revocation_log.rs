//! What a store tells each server of changes that any server made.

use async_trait::async_trait;

use super::error::StoreError;
use super::types::{ChangedUser, Changes, Revocation};
use crate::clock::Timestamp;

/// Tells which sessions were revoked and which users' counters changed, and at which time of the
/// store. Each server polls it: see `docs/design/revocation.md`.
#[async_trait]
pub trait RevocationLog: Send + Sync + 'static {
    /// Sessions revoked at or after `since`.
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError>;

    /// Users whose counters changed at or after `since`.
    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError>;

    /// The store's time.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Whether [`RevocationLog::now`] is the time of a database that nodes share, and not of
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
    /// [`RevocationLog::revoked_since`] as well.
    fn changes(&self) -> Option<Changes> {
        None
    }
}
