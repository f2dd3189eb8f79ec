//! The trait of an application that lets the library change its own table of users.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Account, AccountError, Accounts};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::secret::SecretString;

/// A new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The e-mail to sign in with: it has passed the library's check. Store it as given, and find
    /// it in any ASCII case.
    pub email: String,
    /// The bcrypt hash of the password.
    pub password_hash: SecretString,
    /// The names of the roles, each one of the application's.
    pub roles: Vec<String>,
    /// Made for trying the software out; a release refuses to start on a database that has one.
    #[doc(hidden)]
    pub demo: bool,
}

/// An account as lists show it: all but the password's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedAccount {
    /// The user's id.
    pub id: UserId,
    /// What the user signs in with.
    pub email: String,
    /// The names of the roles the user holds.
    pub roles: Vec<String>,
    /// A disabled user cannot sign in.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ListedAccount {
    /// `account`, made at `created_at`.
    pub fn new(account: Account, created_at: Timestamp) -> ListedAccount {
        ListedAccount {
            id: account.id,
            email: account.email,
            roles: account.roles,
            disabled: account.disabled,
            created_at,
        }
    }
}

/// An application's own table of users, which the library may change.
///
/// [`AuthBuilder::account_store`](crate::AuthBuilder::account_store) takes it. The application then
/// has every account flow, the methods of [`Auth::accounts`](crate::Auth::accounts) and the
/// operator commands, as with the built-in table.
///
/// # Contract
///
/// - Change your own data only. The library ends sessions and tickets itself, before or after: they
///   cannot share your transaction.
/// - Each method is one transaction. `Ok` means that a crash afterwards loses nothing.
/// - For an unknown `id`, methods that change an account return [`AccountError::NotFound`].
/// - The column of the e-mail is unique in the form in which [`Accounts::find_by_email`] compares.
/// - Three methods take a role to `keep`. They change nothing and return
///   [`AccountError::LastHolder`] if the change takes it from the last enabled account that holds
///   it. It is `None` unless the application calls
///   [`AccountAdmin::keeping`](crate::session::AccountAdmin::keeping).
///
/// `examples/saas` implements it with Diesel.
#[async_trait]
pub trait AccountStore: Accounts {
    /// Adds an account and returns its id. With an e-mail of another account it returns
    /// [`AccountError::AlreadyExists`].
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError>;

    /// The account of `id` as lists show it.
    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError>;

    /// At most `limit` accounts in the order of their e-mails in lower case. They are the first
    /// ones, or those after the e-mail `after`.
    async fn list(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError>;

    /// Replaces the e-mail. With an e-mail of another account it returns
    /// [`AccountError::AlreadyExists`].
    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError>;

    /// Replaces the hash of the password without a look at the former one.
    async fn set_password_hash(&self, id: &UserId, hash: &SecretString) -> Result<(), AccountError>;

    /// Replaces the roles.
    async fn set_roles(&self, id: &UserId, roles: Vec<String>, keep: Option<&str>) -> Result<(), AccountError>;

    /// Disables the account, which may be disabled already.
    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError>;

    /// Enables the account; says whether it was disabled.
    async fn enable(&self, id: &UserId) -> Result<bool, AccountError>;

    /// Deletes the account. No later account may get its id.
    async fn delete(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError>;
}

#[async_trait]
impl<A: AccountStore + ?Sized> AccountStore for Arc<A> {
    async fn create(&self, account: NewAccount) -> Result<UserId, AccountError> {
        (**self).create(account).await
    }

    async fn show(&self, id: &UserId) -> Result<Option<ListedAccount>, AccountError> {
        (**self).show(id).await
    }

    async fn list(&self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, AccountError> {
        (**self).list(after, limit).await
    }

    async fn set_email(&self, id: &UserId, email: &str) -> Result<(), AccountError> {
        (**self).set_email(id, email).await
    }

    async fn set_password_hash(&self, id: &UserId, hash: &SecretString) -> Result<(), AccountError> {
        (**self).set_password_hash(id, hash).await
    }

    async fn set_roles(&self, id: &UserId, roles: Vec<String>, keep: Option<&str>) -> Result<(), AccountError> {
        (**self).set_roles(id, roles, keep).await
    }

    async fn disable(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError> {
        (**self).disable(id, keep).await
    }

    async fn enable(&self, id: &UserId) -> Result<bool, AccountError> {
        (**self).enable(id).await
    }

    async fn delete(&self, id: &UserId, keep: Option<&str>) -> Result<(), AccountError> {
        (**self).delete(id, keep).await
    }
}
