//! [`Maintenance`] beside the expiry of Redis itself.

use std::time::Duration;

use async_trait::async_trait;

use super::RedisStore;
use super::row::session_ids;
use super::scripts::{DELETE_EXPIRED, REVOKE_CREATED_BEFORE, millis};
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::{Maintenance, RevocationReason, StoreError};

#[async_trait]
impl Maintenance for RedisStore {
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        let mut call = self.0.names.call(&DELETE_EXPIRED);
        call.arg(millis(keep)).arg(limit);
        self.0.link.run(&call).await
    }

    async fn delete_expired_tickets(&self, _: Duration, _: u32) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut ended = Vec::new();
        let mut left = None;
        // A page at a time, so that other clients need not wait for the server.
        while left != Some(0) && ended.len() < limit as usize {
            let mut call = self.0.names.call(&REVOKE_CREATED_BEFORE);
            call.arg(time.millis())
                .arg(limit as usize - ended.len())
                .arg(why.as_str())
                .arg(left.map(|left: u64| left.to_string()).unwrap_or_default());
            let (yet, page) = self.0.link.run::<(u64, Vec<String>)>(&call).await?;
            ended.extend(session_ids(page)?);
            left = Some(yet);
        }
        Ok(ended)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.primary().await
    }
}
