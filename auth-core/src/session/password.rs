use super::{Auth, ClientInfo, Identity, SessionError, TokenPair};
use crate::account::{Account, normalise_email};
use crate::audit::{Event, EventKind};
use crate::metrics;
use crate::password::{HashLoad, HashPermit, WeakPassword, check_plainly_of};
use crate::secret::SecretString;
use crate::store::{
    KeptSession, PasswordChange, RenewedSession, RevocationReason, SecretHash, SessionSecret, change_own_password,
};

impl Auth {
    /// Changes the password of the user `who`, and ends the user's other sessions. The session of
    /// `who` goes on with the new pair. Every older token of it is worthless, so a copy of this
    /// session is locked out as well.
    ///
    /// # Errors
    ///
    /// [`SessionError::WeakPassword`] before anything is compared;
    /// [`SessionError::InvalidCredentials`] for a wrong current password, which counts as a failed
    /// sign-in; [`SessionError::TooManyAttempts`]; [`SessionError::SessionRevoked`] when the
    /// session ended meanwhile.
    pub async fn change_password(
        &self,
        who: &Identity,
        current: SecretString,
        new: SecretString,
        client: &ClientInfo,
    ) -> Result<TokenPair, SessionError> {
        let account = self.accounts().enabled(who.user()).await?;
        check_plainly_of(new.expose(), &account.email)?;
        let throttle_key = normalise_email(&account.email);
        let app = self.app_claims(&account)?;
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
            self.emit(client, event.account(self.account_pseudonym(&throttle_key)));
        }
        let (renewed, secret) = changed?;
        let event = Event::new(EventKind::PasswordChanged);
        self.emit(client, event.user(&account.id).session(who.session()));
        self.note_epoch(client, &account.id, &renewed.epoch, RevocationReason::PasswordChanged);
        let roles = match &renewed.roles {
            Some(names) => self.role_set(names),
            None => self
                .current_roles(client, &account.id, renewed.session.id)
                .await?
                .ok_or(SessionError::SessionRevoked)?,
        };
        self.pair(
            &renewed.session,
            &secret,
            roles,
            renewed.now,
            renewed.epoch.counters,
            app.as_ref(),
        )
    }

    /// Proves the current password, within the limits on failures, and replaces its hash.
    async fn prove_and_replace(
        &self,
        who: &Identity,
        account: &Account,
        current: &SecretString,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<(RenewedSession, SessionSecret), SessionError> {
        let throttle_key = normalise_email(&account.email);
        self.0.throttle.check(&throttle_key, client.ip)?;
        self.0.throttle.check_user(&account.id, client.ip)?;
        drop(self.refuse_common(new).await?);
        let replaced = self.replace_password(who, &throttle_key, account, current, new, client);
        if let Some(changed) = replaced.await? {
            return Ok(changed);
        }
        // Something else replaced the hash meanwhile. A sign-in that renewed it leaves the password
        // as it is.
        let account = self.accounts().enabled(who.user()).await?;
        let replaced = self.replace_password(who, &throttle_key, &account, current, new, client);
        replaced.await?.ok_or(SessionError::InvalidCredentials)
    }

    /// Replaces the hash that the current password was compared with, and ends the user's epoch;
    /// `None` when the hash has changed since.
    async fn replace_password(
        &self,
        who: &Identity,
        throttle_key: &str,
        account: &Account,
        current: &SecretString,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<Option<(RenewedSession, SessionSecret)>, SessionError> {
        let proven = self
            .prove_password(throttle_key, Some(account), current.clone(), client)
            .await?
            .ok_or(SessionError::InvalidCredentials)?;
        let hash = self.0.hasher.hash(proven.permit, new.clone()).await?;
        let secret = SessionSecret::random()?;
        let kept = KeptSession {
            id: who.session(),
            secret: Some(SecretHash::of(&secret)),
            idle: self.0.config.sessions.idle_timeout,
        };
        let changed = match self.managed_accounts() {
            Some(managed) => {
                managed
                    .change_password(&account.id, &account.password_hash, &hash, kept)
                    .await?
            }
            None => {
                let (accounts, store) = (&*self.0.accounts, &*self.0.store);
                change_own_password(accounts, store, &account.id, &account.password_hash, &hash, kept).await?
            }
        };
        match changed {
            PasswordChange::Changed(renewed) => Ok(Some((renewed, secret))),
            PasswordChange::HashChanged => Ok(None),
            PasswordChange::SessionOver => Err(SessionError::SessionRevoked),
        }
    }

    /// Hashes a password for a new account of `email`.
    pub(crate) async fn hash_new_password(
        &self,
        password: SecretString,
        email: &str,
    ) -> Result<SecretString, SessionError> {
        let permit = self.judge_new_password(&password, email).await?;
        self.hash_judged(permit, password).await
    }

    /// Refuses a weak password; answers with the turn at which it may be hashed.
    pub(super) async fn judge_new_password(
        &self,
        password: &SecretString,
        email: &str,
    ) -> Result<HashPermit, SessionError> {
        check_plainly_of(password.expose(), email)?;
        self.refuse_common(password).await
    }

    pub(super) async fn hash_judged(
        &self,
        permit: HashPermit,
        password: SecretString,
    ) -> Result<SecretString, SessionError> {
        Ok(self.0.hasher.hash(permit, password).await?)
    }

    /// Refuses a common password, at a turn of its own among the hashes.
    async fn refuse_common(&self, password: &SecretString) -> Result<HashPermit, SessionError> {
        let permit = self.0.hasher.permit().await?;
        match self.0.hasher.is_common(permit, password.clone()).await? {
            (true, _) => Err(WeakPassword::Common.into()),
            (false, permit) => Ok(permit),
        }
    }

    /// How many passwords are being hashed, and how many requests wait for their turn.
    #[doc(hidden)]
    pub fn hash_load(&self) -> HashLoad {
        self.0.hasher.load()
    }
}
