//! Accounts that the library may change: in the built-in table of a store, or in the application's
//! own.

use async_trait::async_trait;

use super::tickets::TicketKey;
use super::types::{KeptSession, NewEpoch, RenewedSession, UserCounters};
use crate::account::{Account, AccountError, Accounts, ListedAccount, NewAccount};
use crate::ids::UserId;
use crate::secret::SecretString;

/// The result of a change of a password.
#[expect(clippy::large_enum_variant, reason = "made once per change and taken apart at once")]
#[derive(Clone, Debug)]
pub enum PasswordChange {
    /// The hash was replaced, every other session ended, and this one goes on with its new secret.
    Changed(RenewedSession),
    /// The stored hash is not the expected one any more, or the account is disabled or gone.
    /// Nothing was changed.
    HashChanged,
    /// The session is not live, or not the user's. Nothing was changed.
    SessionOver,
}

/// Accounts that the library itself keeps: the built-in table of a store.
///
/// What changes an account and ends its sessions does both in one transaction. A change of the
/// password or of the e-mail, disabling and deleting end the user's tickets in it as well.
///
/// Three methods take a role to `keep`. Each refuses, with [`AccountError::LastHolder`], to take
/// that role from the last enabled account that holds it. The store decides within the transaction
/// of the change, so no other change can come between, from any process. An account holds a role
/// when its list names the role itself.
#[async_trait]
pub trait ManagedAccounts: Accounts {
    /// Adds an account and answers with its id. Refuses what
    /// [`check_email`](crate::account::check_email) refuses.
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError>;

    /// The account that signs in with `email`, as [`Accounts::find_by_email`] finds it, and the
    /// user's epoch, both as they were at one moment.
    async fn find_with_epoch(&self, email: &str) -> Result<Option<(Account, i64)>, AccountError>;

    /// Replaces the hash if it still is `current`, and begins a new epoch under which only `kept`
    /// goes on.
    async fn change_password(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
        kept: KeptSession,
    ) -> Result<PasswordChange, AccountError>;

    /// Replaces the hash, and begins a new epoch: every session ends.
    async fn set_password(&self, id: &UserId, new: &SecretString) -> Result<NewEpoch, AccountError>;

    /// Replaces the roles; access tokens issued before are stale. `None`: the account has these
    /// roles already, in any order, and nothing was changed. Some enabled account goes on holding
    /// the role `keep`.
    async fn set_roles(
        &self,
        id: &UserId,
        roles: Vec<String>,
        keep: Option<&str>,
    ) -> Result<Option<UserCounters>, AccountError>;

    /// Disables the account and begins a new epoch: every session ends. Some enabled account goes
    /// on holding the role `keep`.
    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<NewEpoch, AccountError>;

    /// Enables the account, and begins a new epoch, so that no session revives. `None`: it is
    /// enabled, and nothing was changed.
    async fn enable(&self, id: &UserId) -> Result<Option<NewEpoch>, AccountError>;

    /// Deletes the account and begins a new epoch: every session ends. The counters stay, so that
    /// nothing of the user is good again. Some enabled account goes on holding the role `keep`.
    ///
    /// With `epoch`, only while that is the user's epoch; else [`AccountError::NotFound`].
    async fn delete(&self, id: &UserId, keep: Option<&str>, epoch: Option<i64>) -> Result<NewEpoch, AccountError>;

    /// Replaces the e-mail; sessions go on. Refuses what
    /// [`check_email`](crate::account::check_email) refuses, and with
    /// [`AccountError::AlreadyExists`] an e-mail of another account.
    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError>;

    /// Uses a ticket and adds an account, in one transaction. `None`, and nothing was changed: the
    /// ticket is not good. With
    /// [`AccountError::AlreadyExists`] the ticket stays good.
    async fn create_by_ticket(&self, ticket: &TicketKey, account: NewAccount) -> Result<Option<UserId>, AccountError>;

    /// Uses a ticket that was sent to its user's e-mail and replaces the password's hash, in one
    /// transaction. Every session and every ticket of the user ends. `None`, and nothing was
    /// changed: the ticket is not good, the e-mail has changed since, or the account is disabled or
    /// gone.
    async fn set_password_by_ticket(
        &self,
        ticket: &TicketKey,
        new: &SecretString,
    ) -> Result<Option<(UserId, NewEpoch)>, AccountError>;

    /// Uses a ticket and gives its user the e-mail that is its data, in one transaction. `None`,
    /// and nothing was changed: the ticket is not good, or the account is disabled or gone. With
    /// [`AccountError::AlreadyExists`] the ticket stays good.
    async fn set_email_by_ticket(&self, ticket: &TicketKey) -> Result<Option<UserId>, AccountError>;

    /// The account of `id` as lists show it.
    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError>;

    /// At most `limit` accounts in the order of their e-mails, written as sign-in compares them.
    /// They are the first ones, or those after the account of the e-mail `after`.
    async fn list_accounts(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError>;

    /// How many accounts there are, and how many of them are demo accounts.
    async fn count(&self) -> Result<AccountCount, AccountError>;
}

/// The number of accounts in the built-in table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
