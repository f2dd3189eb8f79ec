use super::{Auth, Client, Identity, SessionError};
use crate::account::normalise_email;
use crate::audit::Event;
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
        self.0.throttle.check(&limited_as, client.ip)?;
        if !self
            .prove_password(&limited_as, Some(&account), current, client)
            .await?
        {
            return Err(SessionError::InvalidCredentials);
        }
        let permit = self.0.hasher.permit().await?;
        let hash = self.0.hasher.hash(permit, new).await?;
        self.replace_hash(&account, &hash).await?;
        Event::PasswordChanged { user: &account.id }.emit();
        self.revoke_user(&account.id, Some(who.session()), RevokedWhy::PasswordChanged)
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
