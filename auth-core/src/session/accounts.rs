use super::{Auth, ClientInfo, SessionError};
use crate::account::{Account, AccountError, check_email, normalise_email};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::password::ImportedHash;
use crate::role::Role;
use crate::secret::SecretString;
use crate::store::{AccountCount, AccountStore, NewAccount, RevocationReason};

/// How many sessions one statement ends at most when all older ones are ended.
const REVOKE_BATCH: u32 = 500;

/// What an operator does to the built-in accounts; the server learns of it within the propagation bound.
impl Auth {
    /// Adds an account with these roles (canonical names, see [`crate::RoleTable::parse`]).
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`]; [`AccountError::Email`]; [`AccountError::AlreadyExists`].
    pub async fn add_account(
        &self,
        email: &str,
        password: SecretString,
        roles: Vec<String>,
        demo: bool,
    ) -> Result<UserId, SessionError> {
        let accounts = self.managed()?;
        // Before the work of a hash.
        check_email(email.trim()).map_err(AccountError::from)?;
        let password_hash = self.hash_new_password(password, email).await?;
        let account = NewAccount {
            email: email.trim().to_owned(),
            password_hash,
            roles,
            demo,
        };
        Ok(accounts.create(account).await?)
    }

    /// Adds an account whose password another program has hashed, with these roles; nobody need choose a new one.
    ///
    /// # Errors
    ///
    /// [`AccountError::Email`]; [`AccountError::AlreadyExists`].
    pub async fn import_account(
        &self,
        email: &str,
        password_hash: ImportedHash,
        roles: Vec<String>,
    ) -> Result<UserId, SessionError> {
        let account = NewAccount {
            email: email.trim().to_owned(),
            password_hash: password_hash.into_secret(),
            roles,
            demo: false,
        };
        Ok(self.managed()?.create(account).await?)
    }

    /// The account of a signed-in user, as it is now.
    ///
    /// # Errors
    ///
    /// [`SessionError::SessionRevoked`] when it is disabled or gone.
    pub async fn account(&self, user: &UserId) -> Result<Account, SessionError> {
        let account = self.0.accounts.find(user).await?.filter(|account| !account.disabled);
        account.ok_or(SessionError::SessionRevoked)
    }

    /// How many accounts the built-in table has.
    ///
    /// # Errors
    ///
    /// [`SessionError::Accounts`].
    pub async fn account_count(&self) -> Result<AccountCount, SessionError> {
        Ok(self.managed()?.count().await?)
    }

    /// Replaces a user's roles; tokens issued before are refused as stale, and the next refresh carries the new ones.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn set_roles(&self, email: &str, roles: Vec<String>) -> Result<(), SessionError> {
        self.keeping_role(None).set_roles(email, roles).await
    }

    /// Tells that the roles of a user have changed, where your application keeps the accounts: access tokens with the roles
    /// from before are stale, and the next refresh carries the new ones. Call it after the roles are stored.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn roles_changed(&self, user: &UserId) -> Result<(), SessionError> {
        let counters = self.0.store.change_roles_version(user).await?;
        self.note_counters(user, counters);
        Ok(())
    }

    /// Ends all sessions of a user, and every sign-in that is under way; answers how many live ones there were. Call it after
    /// your application replaced a password or disabled a user by itself.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn end_sessions(&self, user: &UserId, reason: RevocationReason) -> Result<u64, SessionError> {
        self.end_sessions_of(user, &ClientInfo::default(), reason).await
    }

    /// Disables a user and ends all their sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn disable_account(&self, email: &str) -> Result<(), SessionError> {
        self.keeping_role(None).disable_account(email).await
    }

    /// Enables a user again; says whether the account was disabled. No session revives.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn enable_account(&self, email: &str) -> Result<bool, SessionError> {
        let user = self.find_user_by_email(email).await?;
        let epoch = self.managed()?.enable(&user).await?;
        if let Some(epoch) = &epoch {
            self.note_counters(&user, epoch.counters);
        }
        Ok(epoch.is_some())
    }

    /// Deletes an account and ends all its sessions. The user's id is never given to another account.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn delete_account(&self, email: &str) -> Result<(), SessionError> {
        self.keeping_role(None).delete_account(email).await
    }

    /// Sets a user's password without the current one, and ends all their sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`]; [`SessionError::WeakPassword`].
    pub async fn set_password(&self, email: &str, password: SecretString) -> Result<(), SessionError> {
        let user = self.find_user_by_email(email).await?;
        let hash = self.hash_new_password(password, email).await?;
        let epoch = self.managed()?.set_password(&user, &hash).await?;
        self.note_epoch(&ClientInfo::default(), &user, &epoch, RevocationReason::PasswordChanged);
        Ok(())
    }

    /// Ends all sessions of a user; answers how many there were.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn revoke_sessions(&self, email: &str) -> Result<u64, SessionError> {
        let user = self.find_user_by_email(email).await?;
        self.end_sessions(&user, RevocationReason::Operator).await
    }

    /// Ends every session that was made before `time`; answers how many there were. For a database that was restored from a
    /// back-up: sessions live in it again that were revoked since the back-up was made.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`]; what ended by then stays ended.
    pub async fn revoke_sessions_before(&self, time: Timestamp) -> Result<u64, SessionError> {
        let mut count = 0;
        loop {
            let store = &self.0.store;
            let ended = store
                .revoke_created_before(time, REVOKE_BATCH, RevocationReason::Operator)
                .await?;
            for session in &ended {
                self.note_revoked(&ClientInfo::default(), None, *session, RevocationReason::Operator);
            }
            count += ended.len() as u64;
            if ended.len() < REVOKE_BATCH as usize {
                return Ok(count);
            }
        }
    }

    /// The id of the user who signs in with `email`.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`].
    pub async fn find_user_by_email(&self, email: &str) -> Result<UserId, SessionError> {
        let account = self.0.accounts.find_by_email(&normalise_email(email)).await?;
        Ok(account.ok_or(AccountError::NotFound)?.id)
    }

    pub(crate) fn managed(&self) -> Result<&dyn AccountStore, SessionError> {
        self.managed_accounts()
            .ok_or(SessionError::Accounts(AccountError::Unavailable(
                "the accounts are the application's own".into(),
            )))
    }
}

/// The verbs on accounts that leave at least one enabled account with a role. [`Auth::keeping`] makes it.
#[derive(Clone, Copy)]
pub struct Keeping<'a> {
    auth: &'a Auth,
    role: Option<&'static str>,
}

impl Auth {
    /// The verbs that change accounts, for an application that must not lose its last admin.
    ///
    /// Each of them refuses to take `role` from the last enabled account that holds it, with [`AccountError::LastHolder`].
    /// The database decides in the transaction of the change: two nodes that close each other's admin at the same moment leave one of them. A role that includes `role` does
    /// not count as `role`.
    ///
    /// ```no_run
    /// # use auth_core::{Auth, Role};
    /// # #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
    /// # enum AppRole { Admin, Viewer }
    /// # async fn example(auth: &Auth) -> Result<(), auth_core::session::SessionError> {
    /// auth.keeping(AppRole::Admin).disable_account("ann@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn keeping<R: Role>(&self, role: R) -> Keeping<'_> {
        self.keeping_role(Some(role.name()))
    }

    pub(super) fn keeping_role(&self, role: Option<&'static str>) -> Keeping<'_> {
        Keeping { auth: self, role }
    }
}

impl Keeping<'_> {
    /// As [`Auth::set_roles`].
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`]; [`AccountError::LastHolder`].
    pub async fn set_roles(&self, email: &str, roles: Vec<String>) -> Result<(), SessionError> {
        let user = self.auth.find_user_by_email(email).await?;
        let set = self.auth.managed()?.set_roles(&user, roles, self.role);
        if let Some(counters) = set.await? {
            self.auth.note_counters(&user, counters);
        }
        Ok(())
    }

    /// As [`Auth::disable_account`].
    ///
    /// # Errors
    ///
    /// As [`Keeping::set_roles`].
    pub async fn disable_account(&self, email: &str) -> Result<(), SessionError> {
        let user = self.auth.find_user_by_email(email).await?;
        let epoch = self.auth.managed()?.disable(&user, self.role).await?;
        let no_client = ClientInfo::default();
        self.auth
            .note_epoch(&no_client, &user, &epoch, RevocationReason::AccountClosed);
        Ok(())
    }

    /// As [`Auth::delete_account`].
    ///
    /// # Errors
    ///
    /// As [`Keeping::set_roles`].
    pub async fn delete_account(&self, email: &str) -> Result<(), SessionError> {
        let user = self.auth.find_user_by_email(email).await?;
        let epoch = self.auth.managed()?.delete(&user, self.role).await?;
        let no_client = ClientInfo::default();
        self.auth
            .note_epoch(&no_client, &user, &epoch, RevocationReason::AccountClosed);
        Ok(())
    }
}
