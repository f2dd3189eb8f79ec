use super::{Auth, Client, Identity, SessionError};
use crate::account::UserId;
use crate::store::{RevokedWhy, SecretHash, Session, SessionId};
use crate::token::RefreshClaims;

/// What a request to sign out carries.
#[derive(Clone, Debug, Default)]
pub struct SignOut<'a> {
    /// The bearer token.
    pub bearer: Option<&'a str>,
    /// Refresh tokens, from cookie and body.
    pub refresh: Vec<&'a str>,
    /// Access cookies: they name the session where nothing else does.
    pub access_cookies: Vec<&'a str>,
}

impl Auth {
    /// Ends the session that the credentials name: any validly signed refresh or access token will do, used, stale or
    /// expired. Without one there is nothing to end, which is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::SeveralCredentials`] when they name different sessions (nothing is ended then);
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn logout(&self, credentials: &SignOut<'_>, client: &Client) -> Result<(), SessionError> {
        let now = self.0.clock.now();
        let session_of = |token: &&str| {
            let claims = self.0.access.verify_for_logout(token, now).ok()?;
            Some((claims.user, claims.session))
        };
        let refresh = credentials
            .refresh
            .iter()
            .filter_map(|token| self.0.refresh.verify_for_logout(token).ok());
        let refresh: Vec<RefreshClaims> = refresh.collect();
        let mut access: Vec<(UserId, SessionId)> = credentials.bearer.iter().filter_map(session_of).collect();
        if access.is_empty() && refresh.is_empty() {
            access.extend(credentials.access_cookies.iter().filter_map(session_of));
        }
        let mut named = access
            .iter()
            .map(|(user, session)| (user, *session))
            .chain(refresh.iter().map(|claims| (&claims.user, claims.session)));
        let Some((user, session)) = named.next() else {
            return Ok(());
        };
        if named.any(|(_, other)| other != session) {
            return Err(SessionError::SeveralCredentials);
        }
        // An access token is signed with its own key; a refresh token alone must also carry the session's secret.
        let secret = refresh
            .first()
            .filter(|_| access.is_empty())
            .map(|claims| SecretHash::of(&claims.secret));
        self.revoke(client, user, session, secret, RevokedWhy::Logout).await?;
        Ok(())
    }

    /// Ends every session of the user.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn logout_all(&self, user: &UserId, client: &Client) -> Result<(), SessionError> {
        self.end_sessions_of(user, client, RevokedWhy::LogoutAll)
            .await
            .map(drop)
    }

    /// The live sessions of a user, the one used last first: at most `auth.sessions.max_per_user`.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, SessionError> {
        Ok(self.0.store.list(user, self.0.config.sessions.max_per_user).await?)
    }

    /// Ends one session of the user who asks. Ending it twice is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::UnknownSession`] when it is another user's or nobody's, alike.
    pub async fn end_session(&self, who: &Identity, session: SessionId, client: &Client) -> Result<(), SessionError> {
        match self.0.store.find(session).await? {
            Some(found) if found.user == *who.user() => {
                self.revoke(client, who.user(), session, None, RevokedWhy::Ended)
                    .await?;
                Ok(())
            }
            _ => Err(SessionError::UnknownSession),
        }
    }

    /// Begins a new epoch of the user; answers how many live sessions ended.
    pub(super) async fn end_sessions_of(
        &self,
        user: &UserId,
        client: &Client,
        why: RevokedWhy,
    ) -> Result<u64, SessionError> {
        let epoch = self.0.store.end_epoch(user).await?;
        self.note_epoch(client, user, &epoch, why);
        Ok(epoch.ended)
    }

    async fn revoke(
        &self,
        client: &Client,
        user: &UserId,
        session: SessionId,
        secret: Option<SecretHash>,
        why: RevokedWhy,
    ) -> Result<(), SessionError> {
        if self.0.store.revoke(session, secret, why).await? {
            self.note_revoked(client, Some(user), session, why);
        } else if let Some(ended) = self.0.store.find(session).await?.and_then(|found| found.revoked_at) {
            // This node may not have heard of it yet, where the call that did it was cut off.
            self.0.revocations.revoke(session, ended);
        }
        Ok(())
    }
}
