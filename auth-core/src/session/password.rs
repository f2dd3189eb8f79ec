use super::{Auth, Client, Identity, SessionError};
use crate::account::normalise_email;
use crate::audit::{Event, EventKind};
use crate::password::check_new_password;
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
        check_new_password(new.expose())?;
        let account = self.account(who.user()).await?;
        let limited_as = normalise_email(&account.email);
        let proven = match self.0.throttle.check(&limited_as, client.ip) {
            Ok(()) => self.prove_password(&limited_as, Some(&account), current, client).await,
            Err(throttled) => Err(throttled.into()),
        };
        let failed = match &proven {
            Ok(false) => Some(EventKind::PasswordChangeFailed),
            Err(SessionError::TooManyAttempts { .. }) => Some(EventKind::LoginThrottled),
            _ => None,
        };
        if let Some(kind) = failed {
            let event = Event::new(kind).user(&account.id).session(who.session());
            self.emit(client, event.account(self.account_tag(&limited_as)));
        }
        if !proven? {
            return Err(SessionError::InvalidCredentials);
        }
        let permit = self.0.hasher.permit().await?;
        let hash = self.0.hasher.hash(permit, new).await?;
        self.replace_hash(&account, &hash).await?;
        let event = Event::new(EventKind::PasswordChanged);
        self.emit(client, event.user(&account.id).session(who.session()));
        self.revoke_user(client, &account.id, Some(who.session()), RevokedWhy::PasswordChanged)
            .await
    }

    /// Replaces the hash, also when proving the current password has just renewed it.
    async fn replace_hash(&self, account: &crate::account::Account, new: &SecretString) -> Result<(), SessionError> {
        if self
            .0
            .accounts
            .replace_password_hash(&account.id, &account.password_hash, new)
            .await?
        {
            return Ok(());
        }
        let now = self
            .0
            .accounts
            .find(&account.id)
            .await?
            .ok_or(SessionError::SessionRevoked)?;
        let renewed = self
            .0
            .accounts
            .replace_password_hash(&account.id, &now.password_hash, new)
            .await?;
        if renewed {
            Ok(())
        } else {
            Err(SessionError::InvalidCredentials)
        }
    }

    /// Hashes a password for a new account.
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`]; [`SessionError::Hash`].
    pub async fn hash_new_password(&self, password: SecretString) -> Result<SecretString, SessionError> {
        check_new_password(password.expose())?;
        let permit = self.0.hasher.permit().await?;
        Ok(self.0.hasher.hash(permit, password).await?)
    }
}
