use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::{STORE_ERRORS, STORE_SECONDS, count, observe};
use crate::account::UserId;
use crate::clock::Timestamp;
use crate::store::{
    Changes, Created, Cutoff, NewSession, Presented, Revocation, RevokedWhy, Rotation, RotationPolicy, SecretHash,
    Session, SessionId, SessionStore, StoreError,
};

/// A store whose calls are timed. It passes on every method, those with defaults too.
pub(crate) struct MeasuredStore(pub(crate) Arc<dyn SessionStore>);

/// Waits for a call, and takes note of how long it took and whether it failed. A call that is given up is not seen.
async fn timed<T>(operation: &'static str, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let begun = Instant::now();
    let answer = call.await;
    observe(STORE_SECONDS, Some(operation), begun.elapsed());
    if answer.is_err() {
        count(STORE_ERRORS, Some(operation));
    }
    answer
}

#[async_trait]
impl SessionStore for MeasuredStore {
    async fn create(&self, new: NewSession) -> Result<Option<Created>, StoreError> {
        timed("create", self.0.create(new)).await
    }

    async fn rotate(&self, presented: Presented, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        timed("rotate", self.0.rotate(presented, policy)).await
    }

    async fn revoke(&self, id: SessionId, secret: Option<SecretHash>, why: RevokedWhy) -> Result<bool, StoreError> {
        timed("revoke", self.0.revoke(id, secret, why)).await
    }

    async fn revoke_user(
        &self,
        user: &UserId,
        except: Option<SessionId>,
        why: RevokedWhy,
    ) -> Result<Vec<SessionId>, StoreError> {
        timed("revoke_user", self.0.revoke_user(user, except, why)).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        timed("find", self.0.find(id)).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        timed("list", self.0.list(user)).await
    }

    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        timed("revoked_since", self.0.revoked_since(since)).await
    }

    async fn cut_off(&self, user: &UserId) -> Result<Timestamp, StoreError> {
        timed("cut_off", self.0.cut_off(user)).await
    }

    async fn cutoffs_since(&self, since: Timestamp) -> Result<Vec<Cutoff>, StoreError> {
        timed("cutoffs_since", self.0.cutoffs_since(since)).await
    }

    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        timed("delete_expired", self.0.delete_expired(keep, limit)).await
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevokedWhy,
    ) -> Result<Vec<SessionId>, StoreError> {
        timed("revoke_created_before", self.0.revoke_created_before(time, limit, why)).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        timed("now", self.0.now()).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        timed("ping", self.0.ping()).await
    }

    fn keeps_time(&self) -> bool {
        self.0.keeps_time()
    }

    fn changes(&self) -> Option<Changes> {
        self.0.changes()
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
