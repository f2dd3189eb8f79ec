//! Accounts that the library keeps itself, in a table of the store.

use async_trait::async_trait;

use super::types::{KeptSession, NewEpoch, RenewedSession, UserCounters};
use crate::account::{Account, AccountError, Accounts};
use crate::ids::UserId;
use crate::secret::SecretString;

/// What a new account of the built-in table starts with.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What the user signs in with; stored as given, found in any ASCII case. It must pass [`check_email`](crate::account::check_email).
    pub email: String,
    /// The bcrypt hash.
    pub password_hash: SecretString,
    /// Role names, already checked against the role table.
    pub roles: Vec<String>,
    /// Made for trying the software out; a release refuses to start on a database that has one.
    pub demo: bool,
}

/// What became of a change of a password.
#[expect(clippy::large_enum_variant, reason = "made once per change and taken apart at once")]
#[derive(Clone, Debug)]
pub enum PasswordChange {
    /// The hash was replaced, every other session ended, and this one goes on with its new secret.
    Changed(RenewedSession),
    /// The stored hash is not the expected one any more, or the account is disabled or gone. Nothing was changed.
    HashChanged,
    /// The session is not live, or not the user's. Nothing was changed.
    SessionOver,
}

/// Accounts that the library itself keeps: the built-in table of a store.
///
/// What changes an account and ends its sessions does both in one transaction.
///
/// Three methods take a role to `keep`. Each refuses, with [`AccountError::LastHolder`], to take that role from the last
/// enabled account that holds it. The store decides within the transaction of the change, so that no other change can come
/// between, from whichever process. An account holds a role when its list names the role itself.
#[async_trait]
pub trait AccountStore: Accounts {
    /// Adds an account and answers with its id. Refuses what [`check_email`](crate::account::check_email) refuses.
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError>;

    /// The account that signs in with `email`, as [`Accounts::find_by_email`] finds it, and the user's epoch, both as they were
    /// at one moment.
    async fn find_with_epoch(&self, email: &str) -> Result<Option<(Account, i64)>, AccountError>;

    /// Replaces the hash if it still is `current`, and begins a new epoch under which only `kept` goes on.
    async fn change_password(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
        kept: KeptSession,
    ) -> Result<PasswordChange, AccountError>;

    /// Replaces the hash, and begins a new epoch: every session ends.
    async fn set_password(&self, id: &UserId, new: &SecretString) -> Result<NewEpoch, AccountError>;

    /// Replaces the roles; access tokens issued before are stale. `None`: the account has these roles already, in whatever
    /// order, and nothing was changed. Some enabled account goes on holding the role `keep`.
    async fn set_roles(
        &self,
        id: &UserId,
        roles: Vec<String>,
        keep: Option<&str>,
    ) -> Result<Option<UserCounters>, AccountError>;

    /// Disables the account and begins a new epoch: every session ends. Some enabled account goes on holding the role `keep`.
    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError>;

    /// Enables the account, and begins a new epoch, so that no session revives. `None`: it is enabled, and nothing was changed.
    async fn enable(&self, id: &UserId) -> Result<Option<NewEpoch>, AccountError>;

    /// Deletes the account and begins a new epoch: every session ends. The counters stay, so that nothing of the user is good
    /// again. Some enabled account goes on holding the role `keep`.
    async fn delete(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError>;

    /// How many accounts there are, and how many of them are demo accounts.
    async fn count(&self) -> Result<AccountCount, AccountError>;
}

/// The number of accounts in the built-in table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountCount {
    /// All accounts.
    pub all: i64,
    /// Accounts made for trying the software out.
    pub demo: i64,
}

/// Whether two lists name the same roles.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) fn same_roles(some: &[String], others: &[String]) -> bool {
    use std::collections::BTreeSet;

    BTreeSet::from_iter(some) == BTreeSet::from_iter(others)
}
