//! Accounts: who can sign in. An application with users of its own implements [`Accounts`], or
//! [`AccountStore`].

pub(crate) mod email;
pub(crate) mod store;

use std::sync::Arc;

use async_trait::async_trait;

use crate::ids::UserId;
use crate::role::Role;
use crate::secret::SecretString;

pub use email::{InvalidEmail, check_email, normalise_email};
pub use store::{AccountStore, ListedAccount, NewAccount};

/// A user's account, as far as the library needs it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// Identifies the user for as long as the application lives.
    pub id: UserId,
    /// The e-mail that the user signs in with.
    pub email: String,
    /// The stored bcrypt hash, as the password module wrote it.
    pub password_hash: SecretString,
    /// The names of the roles the user holds, as in [`Role::NAMES`]; unknown names give nothing.
    pub roles: Vec<String>,
    /// A disabled user cannot sign in, and no session of theirs goes on.
    pub disabled: bool,
}

impl Account {
    /// An enabled account without roles.
    pub fn new(id: UserId, email: impl Into<String>, password_hash: impl Into<SecretString>) -> Account {
        Account {
            id,
            email: email.into(),
            password_hash: password_hash.into(),
            roles: Vec::new(),
            disabled: false,
        }
    }

    /// The same account, holding `roles`.
    #[must_use]
    pub fn with_roles<R: Role>(mut self, roles: impl IntoIterator<Item = R>) -> Account {
        self.roles = roles.into_iter().map(|role| role.name().to_owned()).collect();
        self
    }
}

/// Why accounts could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// An account with this e-mail exists already.
    #[error("an account with this e-mail exists already")]
    AlreadyExists,
    /// The e-mail is no address.
    #[error(transparent)]
    Email(#[from] InvalidEmail),
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// No enabled account would hold this role any more. Nothing was changed.
    #[error("this is the last enabled account with the role `{0}`")]
    LastHolder(String),
    /// The accounts cannot be reached now; the request is answered with 503.
    #[error("the accounts cannot be reached: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A source of accounts: the built-in table, or an application's own users.
///
/// # Contract
///
/// - An error is only ever "cannot be reached": an unknown user is `Ok(None)`.
/// - [`Accounts::find_by_email`] gets the e-mail trimmed and with ASCII letters in lower case. It
///   finds the account whose e-mail, written the same way, is equal.
/// - What is read is current: the roles read here go into the next token.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account that signs in with `email`, disabled or not.
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError>;

    /// The account of `id`, disabled or not.
    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError>;

    /// Replaces the stored hash if it still is `current`; says whether it did. Called when a user
    /// changes the password, and at a sign-in whose stored hash is of an old cost. When your
    /// application replaces a hash by itself, for a new password, call
    /// [`SessionAdmin::end_all`](crate::session::SessionAdmin::end_all) after it.
    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError>;
}

#[async_trait]
impl<A: Accounts + ?Sized> Accounts for Arc<A> {
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError> {
        (**self).find_by_email(email).await
    }

    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError> {
        (**self).find(id).await
    }

    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError> {
        (**self).replace_password_hash(id, current, new).await
    }
}
