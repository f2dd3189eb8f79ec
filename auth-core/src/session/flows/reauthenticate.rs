//! Proving the password again, within a session.

use std::time::Duration;

use super::super::issue::seconds;
use super::super::{Auth, ClientInfo, Identity, SessionError};
use super::AccountFlows;
use crate::account::{Account, normalise_email};
use crate::audit::{Event, EventKind};
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::secret::SecretString;
use crate::store::Session;
use crate::token::NewAccess;

/// An access token that says that the user proved the password just now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FreshAccess {
    /// The token, of the same session.
    pub access: SecretString,
    /// For how long it is good, in whole seconds.
    pub expires_in: Duration,
}

impl AccountFlows<'_> {
    /// Proves the password of a signed-in user again, and with `code` a second factor: one access
    /// token of the same session whose `auth_time` is now, and no refresh token. Its `amr` names
    /// what was proven now. The session does not change, so a copy of its
    /// refresh token never gets there.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`], which counts as a failed sign-in;
    /// [`SessionError::InvalidCode`] likewise; [`SessionError::TooManyAttempts`];
    /// [`SessionError::SessionRevoked`] when the session ended meanwhile.
    pub async fn reauthenticate(
        &self,
        who: &Identity,
        password: SecretString,
        code: Option<&SecretString>,
        client: &ClientInfo,
    ) -> Result<FreshAccess, SessionError> {
        let store = self.auth.store();
        // The counters first: what ends the epoch meanwhile, such as a change of the password, ends
        // this token.
        let counters = store.counters(who.user()).await?;
        let account = self
            .auth
            .prove_user(who.user(), Some(who.session()), password, client)
            .await?;
        let app = self.auth.app_claims(&account)?;
        let session = self.live_session(who, counters.epoch).await?;
        let mut methods = AuthMethods::PASSWORD;
        if let Some(code) = code {
            self.auth
                .prove_factor(&account, Some(who.session()), code, client)
                .await?;
            methods = methods.and_second_factor();
        }
        let now = self.auth.now();
        let (access, exp) = self.auth.0.access.issue(NewAccess {
            user: &account.id,
            session: session.id,
            counters,
            roles: self.auth.role_set(&account.roles),
            auth_time: now,
            methods: self.auth.shown(methods),
            now,
            session_end: session.expires_at,
            app: app.as_ref(),
        })?;
        let event = Event::new(EventKind::Reauthenticated);
        self.auth.emit(client, event.user(&account.id).session(session.id));
        Ok(FreshAccess {
            access: SecretString::new(access),
            expires_in: seconds(exp - now.secs()),
        })
    }

    /// The session of a signed-in user, of the epoch `epoch`, if it is live. The token was judged
    /// when the request began, and the body came later.
    pub(in crate::session) async fn live_session(&self, who: &Identity, epoch: i64) -> Result<Session, SessionError> {
        let found = self.auth.store().find(who.session()).await?;
        let session = found.ok_or(SessionError::SessionRevoked)?;
        if session.revoked_at.is_some() || session.epoch != epoch || session.user != *who.user() {
            return Err(SessionError::SessionRevoked);
        }
        if self.auth.now() >= session.expires_at.min(session.idle_until) {
            return Err(SessionError::TokenExpired);
        }
        Ok(session)
    }
}

impl Auth {
    /// Proves the password of a user, who may be signed in, within the limits on failures.
    pub(in crate::session) async fn prove_user(
        &self,
        user: &UserId,
        session: Option<SessionId>,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<Account, SessionError> {
        let account = self.accounts().enabled(user).await?;
        let address = normalise_email(&account.email);
        let proving = async {
            let throttle = &self.0.throttle;
            throttle.check(&address, client.ip)?;
            throttle.check_user(&account.id, client.ip)?;
            let proven = self.prove_password(&address, Some(&account), password, client).await?;
            proven.map(drop).ok_or(SessionError::InvalidCredentials)
        };
        let proven = proving.await;
        let kind = match &proven {
            Err(SessionError::InvalidCredentials) => Some(EventKind::ReauthenticationFailed),
            Err(SessionError::TooManyAttempts { .. }) => Some(EventKind::LoginThrottled),
            _ => None,
        };
        if let Some(kind) = kind {
            let event = Event::new(kind).user(&account.id).session(session);
            self.emit(client, event.account(self.account_pseudonym(&address)));
        }
        proven.map(|()| account)
    }
}
