//! A store and accounts whose calls can be held, or fail: for one verb, at its n-th call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::__internal::{
    ChangedUser, Changes, CreatedSession, FactorStore, KeptSession, Maintenance, ManagedAccounts, NewAccount, NewEpoch,
    NewSession, NewTicket, PasswordChange, PresentedToken, RenewedSession, Revocation, RevocationLog, Rotation,
    RotationPolicy, SecretHash, SessionStore, Store, StoredFactors, StoredTicket, TicketKey, TicketStore, TotpTry,
    TryLimit, UserCounters,
};
use auth_core::session::{AccountCount, ListedAccount, RevocationReason, Session};
use auth_core::store::StoreError;
use auth_core::{Account, AccountError, AccountStore, Accounts, SecretString, SessionId, Timestamp, UserId};
use tokio::sync::Notify;

tokio::task_local! {
    /// What befalls the verb that runs in this task; other tasks' calls pass.
    pub static SCRIPT: Arc<Script>;
}

/// What befalls a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is held before its call reaches the store.
    PauseBefore,
    /// It is held after the store has answered.
    PauseAfter,
    /// The call never reaches the store.
    FailBefore,
    /// The store has done it, and its answer is lost.
    FailAfter,
}

impl Fate {
    pub const ALL: [Fate; 4] = [Fate::PauseBefore, Fate::PauseAfter, Fate::FailBefore, Fate::FailAfter];

    pub fn is_pause(self) -> bool {
        matches!(self, Fate::PauseBefore | Fate::PauseAfter)
    }
}

/// Befalls the call number `at`, from 0.
pub struct Script {
    at: usize,
    fate: Fate,
    calls: AtomicUsize,
    /// The verb knows the epoch that its proof is of.
    knows_epoch: AtomicBool,
    /// The verb is held.
    pub held: Notify,
    /// It may go on.
    pub go_on: Notify,
}

impl Script {
    pub fn new(at: usize, fate: Fate) -> Arc<Script> {
        Arc::new(Script {
            at,
            fate,
            calls: AtomicUsize::new(0),
            knows_epoch: AtomicBool::new(false),
            held: Notify::new(),
            go_on: Notify::new(),
        })
    }

    /// Whether the verb made the call that was meant.
    pub fn was_met(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }

    /// Whether the verb had read the user's epoch when it was held: before that it is as if it had
    /// not begun.
    pub fn knows_epoch(&self) -> bool {
        self.knows_epoch.load(Ordering::SeqCst)
    }

    async fn hold(&self) {
        self.held.notify_one();
        self.go_on.notified().await;
    }
}

/// Makes a call as the script of this task says; `None`: it failed.
async fn call<T>(call: impl Future<Output = T>) -> Option<T> {
    let Ok(script) = SCRIPT.try_with(Arc::clone) else {
        return Some(call.await);
    };
    let is_it = script.calls.fetch_add(1, Ordering::SeqCst) == script.at;
    match script.fate {
        Fate::PauseBefore if is_it => script.hold().await,
        Fate::FailBefore if is_it => return None,
        _ => {}
    }
    let answer = call.await;
    match script.fate {
        Fate::PauseAfter if is_it => script.hold().await,
        Fate::FailAfter if is_it => return None,
        _ => {}
    }
    Some(answer)
}

/// The verb of this task has read the user's epoch.
fn epoch_is_known() {
    let _other_task = SCRIPT.try_with(|script| script.knows_epoch.store(true, Ordering::SeqCst));
}

async fn store<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    call(asked).await.unwrap_or(Err(StoreError::Timeout))
}

async fn account<T>(asked: impl Future<Output = Result<T, AccountError>>) -> Result<T, AccountError> {
    let failed = || Err(AccountError::Unavailable("no answer".into()));
    call(asked).await.unwrap_or_else(failed)
}

/// A store or accounts, whose calls are made as the script of the task says.
pub struct Held<T: ?Sized>(pub Arc<T>);

#[async_trait]
impl TicketStore for Held<dyn Store> {
    async fn issue_ticket(&self, new: NewTicket) -> Result<bool, StoreError> {
        store(self.0.issue_ticket(new)).await
    }

    async fn find_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        store(self.0.find_ticket(key)).await
    }

    async fn redeem_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        store(self.0.redeem_ticket(key)).await
    }

    async fn end_tickets(&self, user: &UserId) -> Result<(), StoreError> {
        store(self.0.end_tickets(user)).await
    }

    async fn end_tickets_to(&self, address: &str) -> Result<(), StoreError> {
        store(self.0.end_tickets_to(address)).await
    }
}

#[async_trait]
impl FactorStore for Held<dyn Store> {
    async fn find_factors(&self, user: &UserId) -> Result<StoredFactors, StoreError> {
        store(self.0.find_factors(user)).await
    }

    async fn start_totp(&self, user: &UserId, epoch: i64, sealed: &str) -> Result<bool, StoreError> {
        store(self.0.start_totp(user, epoch, sealed)).await
    }

    async fn try_totp(&self, user: &UserId, limit: TryLimit) -> Result<TotpTry, StoreError> {
        store(self.0.try_totp(user, limit)).await
    }

    async fn confirm_totp(
        &self,
        user: &UserId,
        epoch: i64,
        sealed: &str,
        step: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        store(self.0.confirm_totp(user, epoch, sealed, step, codes)).await
    }

    async fn use_totp_step(
        &self,
        user: &UserId,
        sealed: &str,
        step: i64,
        resealed: Option<String>,
    ) -> Result<bool, StoreError> {
        store(self.0.use_totp_step(user, sealed, step, resealed)).await
    }

    async fn use_recovery_code(&self, user: &UserId, code: SecretHash) -> Result<bool, StoreError> {
        store(self.0.use_recovery_code(user, code)).await
    }

    async fn replace_recovery_codes(
        &self,
        user: &UserId,
        epoch: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        store(self.0.replace_recovery_codes(user, epoch, codes)).await
    }

    async fn delete_factors(&self, user: &UserId, epoch: Option<i64>) -> Result<bool, StoreError> {
        store(self.0.delete_factors(user, epoch)).await
    }
}

#[async_trait]
impl SessionStore for Held<dyn Store> {
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let asked = async {
            let counters = self.0.counters(user).await;
            epoch_is_known();
            counters
        };
        store(asked).await
    }

    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError> {
        store(self.0.create(new)).await
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        store(self.0.rotate(presented, policy)).await
    }

    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError> {
        store(self.0.revoke(id, secret, why)).await
    }

    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError> {
        store(self.0.end_epoch(user)).await
    }

    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError> {
        store(self.0.end_epoch_but(user, kept)).await
    }

    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        store(self.0.change_roles_version(user)).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        store(self.0.find(id)).await
    }

    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError> {
        store(self.0.list(user, limit)).await
    }
}

#[async_trait]
impl RevocationLog for Held<dyn Store> {
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        store(self.0.revoked_since(since)).await
    }

    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError> {
        store(self.0.users_changed_since(since)).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        store(self.0.now()).await
    }

    fn keeps_time(&self) -> bool {
        self.0.keeps_time()
    }

    fn changes(&self) -> Option<Changes> {
        self.0.changes()
    }
}

#[async_trait]
impl Maintenance for Held<dyn Store> {
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        store(self.0.delete_expired(keep, limit)).await
    }

    async fn delete_expired_tickets(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        store(self.0.delete_expired_tickets(keep, limit)).await
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        store(self.0.revoke_created_before(time, limit, why)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        store(self.0.ping()).await
    }
}

macro_rules! held_accounts {
    ($accounts:ty) => {
        #[async_trait]
        impl Accounts for Held<$accounts> {
            async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
                account(self.0.find_by_email(email)).await
            }

            async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
                account(self.0.find(id)).await
            }

            async fn replace_password_hash(
                &self,
                id: &UserId,
                current: &SecretString,
                new: &SecretString,
            ) -> Result<bool, AccountError> {
                account(self.0.replace_password_hash(id, current, new)).await
            }
        }
    };
}

held_accounts!(dyn Accounts);
held_accounts!(dyn AccountStore);
held_accounts!(dyn ManagedAccounts);

#[async_trait]
impl AccountStore for Held<dyn AccountStore> {
    async fn create(&self, new: NewAccount) -> Result<UserId, AccountError> {
        account(self.0.create(new)).await
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        account(self.0.show(id)).await
    }

    async fn list(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        account(self.0.list(after, limit)).await
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        account(self.0.set_email(id, email)).await
    }

    async fn set_password_hash(&self, id: &UserId, hash: &SecretString) -> Result<(), AccountError> {
        account(self.0.set_password_hash(id, hash)).await
    }

    async fn set_roles(&self, id: &UserId, roles: Vec<String>, keep: Option<&str>) -> Result<(), AccountError> {
        account(self.0.set_roles(id, roles, keep)).await
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError> {
        account(self.0.disable(id, keep)).await
    }

    async fn enable(&self, id: &UserId) -> Result<bool, AccountError> {
        account(self.0.enable(id)).await
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError> {
        account(self.0.delete(id, keep)).await
    }
}

#[async_trait]
impl ManagedAccounts for Held<dyn ManagedAccounts> {
    async fn create(&self, new: NewAccount) -> Result<UserId, AccountError> {
        account(self.0.create(new)).await
    }

    async fn find_with_epoch(&self, email: &str) -> Result<Option<(Account, i64)>, AccountError> {
        let asked = async {
            let found = self.0.find_with_epoch(email).await;
            epoch_is_known();
            found
        };
        account(asked).await
    }

    async fn change_password(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
        kept: KeptSession,
    ) -> Result<PasswordChange, AccountError> {
        account(self.0.change_password(id, current, new, kept)).await
    }

    async fn set_password(&self, id: &UserId, new: &SecretString) -> Result<NewEpoch, AccountError> {
        account(self.0.set_password(id, new)).await
    }

    async fn set_roles(
        &self,
        id: &UserId,
        roles: Vec<String>,
        keep: Option<&str>,
    ) -> Result<Option<UserCounters>, AccountError> {
        account(self.0.set_roles(id, roles, keep)).await
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError> {
        account(self.0.disable(id, keep)).await
    }

    async fn enable(&self, id: &UserId) -> Result<Option<NewEpoch>, AccountError> {
        account(self.0.enable(id)).await
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>, epoch: Option<i64>) -> Result<NewEpoch, AccountError> {
        account(self.0.delete(id, keep, epoch)).await
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        account(self.0.set_email(id, email)).await
    }

    async fn create_by_ticket(&self, ticket: &TicketKey, new: NewAccount) -> Result<Option<UserId>, AccountError> {
        account(self.0.create_by_ticket(ticket, new)).await
    }

    async fn set_password_by_ticket(
        &self,
        ticket: &TicketKey,
        new: &SecretString,
    ) -> Result<Option<(UserId, NewEpoch)>, AccountError> {
        account(self.0.set_password_by_ticket(ticket, new)).await
    }

    async fn set_email_by_ticket(&self, ticket: &TicketKey) -> Result<Option<UserId>, AccountError> {
        account(self.0.set_email_by_ticket(ticket)).await
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        account(self.0.show(id)).await
    }

    async fn list_accounts(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        account(self.0.list_accounts(after, limit)).await
    }

    async fn count(&self) -> Result<AccountCount, AccountError> {
        account(self.0.count()).await
    }
}
