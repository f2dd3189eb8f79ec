use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::metrics::{STORE_ERRORS, STORE_SECONDS, count, observe};
use crate::store::{
    ChangedUser, Changes, CreatedSession, FactorStore, KeptSession, Maintenance, NewEpoch, NewSession, NewTicket,
    PresentedToken, RenewedSession, Revocation, RevocationLog, RevocationReason, Rotation, RotationPolicy, SecretHash,
    Session, SessionStore, Store, StoreError, StoredFactors, StoredTicket, TicketKey, TicketStore, TotpTry, TryLimit,
    UserCounters,
};

/// A store whose calls are timed. It passes on every method, those with defaults too.
pub(crate) struct MeasuredStore(pub(crate) Arc<dyn Store>);

/// Waits for a call, and takes note of how long it took and whether it failed. A call that is given
/// up is not seen.
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
impl TicketStore for MeasuredStore {
    async fn issue_ticket(&self, new: NewTicket) -> Result<bool, StoreError> {
        timed("issue_ticket", self.0.issue_ticket(new)).await
    }

    async fn find_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        timed("find_ticket", self.0.find_ticket(key)).await
    }

    async fn redeem_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        timed("redeem_ticket", self.0.redeem_ticket(key)).await
    }

    async fn end_tickets(&self, user: &UserId) -> Result<(), StoreError> {
        timed("end_tickets", self.0.end_tickets(user)).await
    }

    async fn end_tickets_to(&self, address: &str) -> Result<(), StoreError> {
        timed("end_tickets_to", self.0.end_tickets_to(address)).await
    }
}

#[async_trait]
impl FactorStore for MeasuredStore {
    async fn find_factors(&self, user: &UserId) -> Result<StoredFactors, StoreError> {
        timed("find_factors", self.0.find_factors(user)).await
    }

    async fn start_totp(&self, user: &UserId, epoch: i64, sealed: &str) -> Result<bool, StoreError> {
        timed("start_totp", self.0.start_totp(user, epoch, sealed)).await
    }

    async fn try_totp(&self, user: &UserId, limit: TryLimit) -> Result<TotpTry, StoreError> {
        timed("try_totp", self.0.try_totp(user, limit)).await
    }

    async fn confirm_totp(
        &self,
        user: &UserId,
        epoch: i64,
        sealed: &str,
        step: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        timed("confirm_totp", self.0.confirm_totp(user, epoch, sealed, step, codes)).await
    }

    async fn use_totp_step(
        &self,
        user: &UserId,
        sealed: &str,
        step: i64,
        resealed: Option<String>,
    ) -> Result<bool, StoreError> {
        timed("use_totp_step", self.0.use_totp_step(user, sealed, step, resealed)).await
    }

    async fn use_recovery_code(&self, user: &UserId, code: SecretHash) -> Result<bool, StoreError> {
        timed("use_recovery_code", self.0.use_recovery_code(user, code)).await
    }

    async fn replace_recovery_codes(
        &self,
        user: &UserId,
        epoch: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        timed(
            "replace_recovery_codes",
            self.0.replace_recovery_codes(user, epoch, codes),
        )
        .await
    }

    async fn delete_factors(&self, user: &UserId, epoch: Option<i64>) -> Result<bool, StoreError> {
        timed("delete_factors", self.0.delete_factors(user, epoch)).await
    }
}

#[async_trait]
impl SessionStore for MeasuredStore {
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        timed("counters", self.0.counters(user)).await
    }

    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError> {
        timed("create", self.0.create(new)).await
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        timed("rotate", self.0.rotate(presented, policy)).await
    }

    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError> {
        timed("revoke", self.0.revoke(id, secret, why)).await
    }

    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError> {
        timed("end_epoch", self.0.end_epoch(user)).await
    }

    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError> {
        timed("end_epoch_but", self.0.end_epoch_but(user, kept)).await
    }

    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        timed("change_roles_version", self.0.change_roles_version(user)).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        timed("find", self.0.find(id)).await
    }

    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError> {
        timed("list", self.0.list(user, limit)).await
    }
}

#[async_trait]
impl RevocationLog for MeasuredStore {
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        timed("revoked_since", self.0.revoked_since(since)).await
    }

    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError> {
        timed("users_changed_since", self.0.users_changed_since(since)).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        timed("now", self.0.now()).await
    }

    fn keeps_time(&self) -> bool {
        self.0.keeps_time()
    }

    fn origin(&self) -> u64 {
        self.0.origin()
    }

    fn changes(&self) -> Option<Changes> {
        self.0.changes()
    }
}

#[async_trait]
impl Maintenance for MeasuredStore {
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        timed("delete_expired", self.0.delete_expired(keep, limit)).await
    }

    async fn delete_expired_tickets(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        timed("delete_expired_tickets", self.0.delete_expired_tickets(keep, limit)).await
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        timed("revoke_created_before", self.0.revoke_created_before(time, limit, why)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        timed("ping", self.0.ping()).await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
