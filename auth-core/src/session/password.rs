use super::{Auth, Client, Identity, SessionError};
use crate::account::{Account, normalise_email};
use crate::audit::{Event, EventKind};
use crate::metrics;
use crate::password::{HashLoad, check_new_password_of};
use crate::secret::SecretString;
use crate::store::RevokedWhy;

impl Auth {
    /// Changes the password of the user who asks, and ends the user's other sessions.
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`] before anything is compared; [`SessionError::InvalidCredentials`] for a wrong current
    /// password, which counts as a failed sign-in; [`SessionError::TooManyAttempts`].
    pub async fn change_password(
        &self,
        who: &Identity,
        current: SecretString,
        new: SecretString,
        client: &Client,
    ) -> Result<(), SessionError> {
        let account = self.account(who.user()).await?;
        check_new_password_of(new.expose(), &account.email)?;
        let limited_as = normalise_email(&account.email);
        let changed = self.prove_and_replace(who, &account, &current, &new, client).await;
        let failed = match &changed {
            Err(SessionError::InvalidCredentials) => Some(EventKind::PasswordChangeFailed),
            Err(SessionError::TooManyAttempts { .. }) => Some(EventKind::LoginThrottled),
            _ => None,
        };
        if failed == Some(EventKind::LoginThrottled) {
            metrics::count(metrics::THROTTLED_PASSWORD_CHANGES, None);
        }
        if let Some(kind) = failed {
            let event = Event::new(kind).user(&account.id).session(who.session());
            self.emit(client, event.account(self.account_tag(&limited_as)));
        }
        changed?;
        let event = Event::new(EventKind::PasswordChanged);
        self.emit(client, event.user(&account.id).session(who.session()));
        self.revoke_user(client, &account.id, Some(who.session()), RevokedWhy::PasswordChanged)
            .await
    }

    /// Proves the current password, within the limits on failures, and replaces its hash.
    async fn prove_and_replace(
        &self,
        who: &Identity,
        account: &Account,
        current: &SecretString,
        new: &SecretString,
        client: &Client,
    ) -> Result<(), SessionError> {
        let limited_as = normalise_email(&account.email);
        self.0.throttle.check(&limited_as, client.ip)?;
        if self
            .replace_password(&limited_as, account, current, new, client)
            .await?
        {
            return Ok(());
        }
        // Something else replaced the hash meanwhile. A sign-in that renewed it leaves the password as it is.
        let account = self.account(who.user()).await?;
        if self
            .replace_password(&limited_as, &account, current, new, client)
            .await?
        {
            Ok(())
        } else {
            Err(SessionError::InvalidCredentials)
        }
    }

    /// Replaces the hash that the current password was compared with; `false` when it has changed since.
    async fn replace_password(
        &self,
        limited_as: &str,
        account: &Account,
        current: &SecretString,
        new: &SecretString,
        client: &Client,
    ) -> Result<bool, SessionError> {
        let proven = self
            .prove_password(limited_as, Some(account), current.clone(), client)
            .await?
            .ok_or(SessionError::InvalidCredentials)?;
        let hash = self.0.hasher.hash(proven.permit, new.clone()).await?;
        let replaced = self
            .0
            .accounts
            .replace_password_hash(&account.id, &account.password_hash, &hash)
            .await?;
        Ok(replaced)
    }

    /// Hashes a password for a new account of `email`.
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`]; [`SessionError::Hash`].
    pub async fn hash_new_password(&self, password: SecretString, email: &str) -> Result<SecretString, SessionError> {
        check_new_password_of(password.expose(), email)?;
        let permit = self.0.hasher.permit().await?;
        Ok(self.0.hasher.hash(permit, password).await?)
    }

    /// How many passwords are being hashed, and how many requests wait for their turn.
    pub fn hash_load(&self) -> HashLoad {
        self.0.hasher.load()
    }
}
