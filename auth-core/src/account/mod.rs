//! Accounts: who can sign in. An application with users of its own implements [`Accounts`].

mod email;
mod user_id;

use async_trait::async_trait;

use crate::role::Role;
use crate::secret::SecretString;
use crate::store::{KeptSession, NewEpoch, Renewed, UserCounters};

pub use email::{InvalidEmail, MAX_EMAIL_BYTES, check_email, normalise_email};
pub use user_id::{InvalidUserId, UserId};

/// What the library needs to know of a user.
#[derive(Clone, Debug)]
pub struct Account {
    /// Identifies the user for as long as the application lives.
    pub id: UserId,
    /// What the user signs in with.
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

/// Where accounts come from: the built-in table, or an application's own users.
///
/// # Contract
///
/// - An error is only ever "cannot be reached": an unknown user is `Ok(None)`.
/// - [`Accounts::find_by_email`] gets the e-mail trimmed and with ASCII letters in lower case, and finds the
///   account whose e-mail is equal to it when written the same way.
/// - What is read is current: the roles read here go into the next token.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The account that signs in with `email`, disabled or not.
    async fn find_by_email(&self, email: &str) -> Result<Option<Account>, AccountError>;

    /// The account of `id`, disabled or not.
    async fn find(&self, id: &UserId) -> Result<Option<Account>, AccountError>;

    /// Replaces the stored hash if it still is `current`; says whether it did. Called when a user changes the
    /// password, and at a sign-in whose stored hash is of an old cost. When your application replaces a hash by itself,
    /// for a new password, call [`Auth::end_sessions`](crate::Auth::end_sessions) after it.
    async fn replace_password_hash(
        &self,
        id: &UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<bool, AccountError>;
}

/// What a new account of the built-in table starts with.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What the user signs in with; stored as given, found in any ASCII case. It must pass [`check_email`].
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
    Changed(Renewed),
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
pub trait ManagedAccounts: Accounts {
    /// Adds an account and answers with its id. Refuses what [`check_email`] refuses.
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
pub(crate) fn same_roles(some: &[String], others: &[String]) -> bool {
    use std::collections::BTreeSet;
    BTreeSet::from_iter(some) == BTreeSet::from_iter(others)
}
