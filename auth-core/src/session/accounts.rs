use super::{Auth, ClientInfo, NO_CLIENT, SessionError};
use crate::account::{Account, AccountError, ListedAccount, NewAccount, check_email, normalise_email};
use crate::audit::{Event, EventKind};
use crate::ids::UserId;
use crate::mail::MessageKind;
use crate::password::ImportedHash;
use crate::role::Role;
use crate::secret::SecretString;
use crate::store::{AccountCount, ManagedAccounts, NewEpoch, RevocationReason};

/// The verbs on accounts: [`Auth::accounts`]. A running server learns of what they change within
/// the propagation bound.
///
/// Those that add, list and change accounts work on the built-in table and on an
/// [`AccountStore`](crate::AccountStore). Where the library may only read the users, they fail with
/// [`AccountError::Unavailable`].
#[derive(Clone, Copy)]
pub struct AccountAdmin<'a> {
    pub(super) auth: &'a Auth,
    pub(super) client: &'a ClientInfo,
    kept: Option<&'static str>,
}

impl Auth {
    /// The accounts: looked up, added and changed.
    ///
    /// ```no_run
    /// # use auth_core::{Auth, Role};
    /// # #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
    /// # enum AppRole { Admin, Viewer }
    /// # async fn example(auth: &Auth) -> Result<(), auth_core::session::SessionError> {
    /// let accounts = auth.accounts();
    /// let ann = accounts.id_of("ann@example.com").await?;
    /// accounts.set_roles(&ann, [AppRole::Viewer]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn accounts(&self) -> AccountAdmin<'_> {
        AccountAdmin {
            auth: self,
            client: NO_CLIENT,
            kept: None,
        }
    }

    pub(crate) fn managed(&self) -> Result<&dyn ManagedAccounts, SessionError> {
        self.managed_accounts()
            .ok_or(SessionError::Accounts(AccountError::Unavailable(
                "the accounts are the application's own".into(),
            )))
    }
}

impl<'a> AccountAdmin<'a> {
    /// The same methods, for an application that must not lose its last admin.
    ///
    /// [`set_roles`](AccountAdmin::set_roles), [`disable`](AccountAdmin::disable) and
    /// [`delete`](AccountAdmin::delete) then refuse to take `role` from the last enabled account
    /// that holds it, with [`AccountError::LastHolder`]. The database decides in the transaction of
    /// the change: two nodes that close each other's admin at the same moment leave one of them. A
    /// role that includes `role` does not count as `role`.
    ///
    /// ```no_run
    /// # use auth_core::{Auth, Role, UserId};
    /// # #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
    /// # enum AppRole { Admin, Viewer }
    /// # async fn example(auth: &Auth, ann: &UserId) -> Result<(), auth_core::session::SessionError> {
    /// auth.accounts().keeping(AppRole::Admin).disable(ann).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keeping<R: Role>(self, role: R) -> AccountAdmin<'a> {
        AccountAdmin {
            kept: Some(role.name()),
            ..self
        }
    }

    /// The same methods, for a request of `client`: the events name its address and its program.
    #[must_use]
    pub fn asked_by(self, client: &'a ClientInfo) -> AccountAdmin<'a> {
        AccountAdmin { client, ..self }
    }

    /// Reports what was done to `user`.
    pub(super) fn note(self, kind: EventKind, user: &UserId) {
        self.emit(Event::new(kind).user(user));
    }

    pub(super) fn emit(self, event: Event) {
        self.auth.emit(self.client, event);
    }

    /// Reports that every session of `user` ended.
    fn note_epoch(self, user: &UserId, epoch: &NewEpoch, why: RevocationReason) {
        self.auth.note_epoch(self.client, user, epoch, why);
    }

    /// The id of the user who signs in with `email`.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn id_of(self, email: &str) -> Result<UserId, SessionError> {
        let account = self.auth.0.accounts.find_by_email(&normalise_email(email)).await?;
        Ok(account.ok_or(AccountError::NotFound)?.id)
    }

    /// The account of a signed-in user, as it is now.
    ///
    /// # Errors
    ///
    /// [`SessionError::SessionRevoked`] when it is disabled or gone.
    pub async fn enabled(self, user: &UserId) -> Result<Account, SessionError> {
        let account = self.auth.0.accounts.find(user).await?;
        account
            .filter(|account| !account.disabled)
            .ok_or(SessionError::SessionRevoked)
    }

    /// At most `limit` of the built-in accounts, in the order of their e-mails. They are the first
    /// ones, or those after the account of the e-mail `after`.
    ///
    /// # Errors
    ///
    /// [`SessionError::Accounts`].
    pub async fn list(self, after: Option<&str>, limit: u32) -> Result<Vec<ListedAccount>, SessionError> {
        Ok(self.auth.managed()?.list_accounts(after, limit).await?)
    }

    /// How many accounts the built-in table has. An application counts its own users itself.
    ///
    /// # Errors
    ///
    /// [`SessionError::Accounts`].
    pub async fn count(self) -> Result<AccountCount, SessionError> {
        Ok(self.auth.managed()?.count().await?)
    }

    /// Adds an account with these roles.
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`]; [`AccountError::Email`]; [`AccountError::AlreadyExists`].
    pub async fn create<R: Role>(
        self,
        email: &str,
        password: SecretString,
        roles: impl IntoIterator<Item = R>,
    ) -> Result<UserId, SessionError> {
        self.add(email, password, names(roles), false).await
    }

    /// As [`AccountAdmin::create`], for trying the application out: a release refuses to start if
    /// the built-in table has such an account.
    ///
    /// # Errors
    ///
    /// As those of [`AccountAdmin::create`].
    pub async fn create_demo<R: Role>(
        self,
        email: &str,
        password: SecretString,
        roles: impl IntoIterator<Item = R>,
    ) -> Result<UserId, SessionError> {
        self.add(email, password, names(roles), true).await
    }

    async fn add(
        self,
        email: &str,
        password: SecretString,
        roles: Vec<String>,
        demo: bool,
    ) -> Result<UserId, SessionError> {
        let accounts = self.auth.managed()?;
        // Before the work of a hash.
        check_email(email.trim()).map_err(AccountError::from)?;
        let password_hash = self.hash_password(password, email).await?;
        let account = NewAccount {
            email: email.trim().to_owned(),
            password_hash,
            roles,
            demo,
        };
        self.made(accounts.create(account).await)
    }

    fn made(self, made: Result<UserId, AccountError>) -> Result<UserId, SessionError> {
        let user = made?;
        self.note(EventKind::AccountCreated, &user);
        Ok(user)
    }

    /// Adds an account with these roles and a password hash of another program. The user keeps the
    /// password.
    ///
    /// # Errors
    ///
    /// [`AccountError::Email`]; [`AccountError::AlreadyExists`].
    pub async fn import<R: Role>(
        self,
        email: &str,
        password_hash: ImportedHash,
        roles: impl IntoIterator<Item = R>,
    ) -> Result<UserId, SessionError> {
        let account = NewAccount {
            email: email.trim().to_owned(),
            password_hash: password_hash.into_secret(),
            roles: names(roles),
            demo: false,
        };
        self.made(self.auth.managed()?.create(account).await)
    }

    /// Replaces a user's roles; tokens issued before are refused as stale, and the next refresh
    /// carries the new ones.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`]; [`AccountError::LastHolder`] after [`AccountAdmin::keeping`].
    pub async fn set_roles<R: Role>(
        self,
        user: &UserId,
        roles: impl IntoIterator<Item = R>,
    ) -> Result<(), SessionError> {
        self.set_role_names(user, names(roles)).await
    }

    /// Sets roles by name, for names that no enum has.
    #[doc(hidden)]
    pub async fn set_role_names(self, user: &UserId, roles: Vec<String>) -> Result<(), SessionError> {
        let set = self.auth.managed()?.set_roles(user, roles, self.kept);
        if let Some(counters) = set.await? {
            self.auth.note_counters(user, counters);
            self.note(EventKind::RolesChanged, user);
        }
        Ok(())
    }

    /// Reports that a user's roles have changed, if your application keeps the accounts. Access
    /// tokens with the former roles are stale, and the next refresh carries the new ones. Call it
    /// after you have stored the roles.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn roles_changed(self, user: &UserId) -> Result<(), SessionError> {
        let counters = self.auth.0.store.change_roles_version(user).await?;
        self.auth.note_counters(user, counters);
        self.note(EventKind::RolesChanged, user);
        Ok(())
    }

    /// Disables a user and ends all their sessions.
    ///
    /// # Errors
    ///
    /// As those of [`AccountAdmin::set_roles`].
    pub async fn disable(self, user: &UserId) -> Result<(), SessionError> {
        let epoch = self.auth.managed()?.disable(user, self.kept).await?;
        self.note(EventKind::AccountDisabled, user);
        self.note_epoch(user, &epoch, RevocationReason::AccountClosed);
        Ok(())
    }

    /// Enables a user again; says whether the account was disabled. No session revives.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn enable(self, user: &UserId) -> Result<bool, SessionError> {
        let epoch = self.auth.managed()?.enable(user).await?;
        if let Some(epoch) = &epoch {
            self.auth.note_counters(user, epoch.counters);
            self.note(EventKind::AccountEnabled, user);
        }
        Ok(epoch.is_some())
    }

    /// Removes the second factor and the recovery codes of a user who lost them; says whether there
    /// was one. Sessions go on, and the user is told by mail, if the application has mails. First
    /// make sure that it is the user who asks: this is what an attacker with the password would ask
    /// for.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn reset_factors(self, user: &UserId) -> Result<bool, SessionError> {
        let had_one = self.auth.0.store.delete_factors(user, None).await?;
        if had_one {
            self.note(EventKind::FactorRemoved, user);
            self.auth.notify(MessageKind::FactorReset, user, self.client);
        }
        Ok(had_one)
    }

    /// Deletes an account and ends all its sessions. The user's id is never given to another
    /// account.
    ///
    /// # Errors
    ///
    /// As those of [`AccountAdmin::set_roles`].
    pub async fn delete(self, user: &UserId) -> Result<(), SessionError> {
        let epoch = self.auth.managed()?.delete(user, self.kept, None).await?;
        self.note(EventKind::AccountDeleted, user);
        self.note_epoch(user, &epoch, RevocationReason::AccountClosed);
        Ok(())
    }

    /// Sets a user's password without the current one, and ends all their sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`]; [`SessionError::WeakPassword`].
    pub async fn set_password(self, user: &UserId, password: SecretString) -> Result<(), SessionError> {
        let account = self.auth.0.accounts.find(user).await?.ok_or(AccountError::NotFound)?;
        let hash = self.hash_password(password, &account.email).await?;
        let epoch = self.auth.managed()?.set_password(user, &hash).await?;
        self.note(EventKind::PasswordReset, user);
        self.note_epoch(user, &epoch, RevocationReason::PasswordChanged);
        Ok(())
    }

    /// Proves a user's password without a session, within the limits on failures: before a change
    /// that is dear, or for a protocol of your own. Returns the account.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`], which counts as a failed sign-in;
    /// [`SessionError::TooManyAttempts`]; [`SessionError::SessionRevoked`] for an account that is
    /// disabled or gone.
    pub async fn prove_password(
        self,
        user: &UserId,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<Account, SessionError> {
        self.auth.prove_user(user, None, password, client).await
    }

    /// Hashes a password for an account of `email`, for an application that keeps its users itself.
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`]; [`SessionError::Hash`].
    pub async fn hash_password(self, password: SecretString, email: &str) -> Result<SecretString, SessionError> {
        self.auth.hash_new_password(password, email).await
    }
}

/// The names of the roles, each once, in the order given.
pub(super) fn names<R: Role>(roles: impl IntoIterator<Item = R>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for role in roles {
        if !names.iter().any(|held| held == role.name()) {
            names.push(role.name().to_owned());
        }
    }
    names
}
