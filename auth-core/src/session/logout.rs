use super::{Auth, Identity, SessionError};
use crate::account::UserId;
use crate::store::{RevokedWhy, SecretHash, Session, SessionId};

impl Auth {
    /// Ends the session that the credentials name: any validly signed refresh or access token will do, used, stale or
    /// expired. Without one there is nothing to end, which is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::SeveralCredentials`] when they name different sessions (nothing is ended then);
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn logout(&self, access: Option<&str>, refresh: &[&str]) -> Result<(), SessionError> {
        let access = access.and_then(|token| self.0.access.verify_for_logout(token, self.0.clock.now()).ok());
        let refresh: Vec<_> = refresh
            .iter()
            .filter_map(|token| self.0.refresh.verify_for_logout(token).ok())
            .collect();
        let mut named = refresh
            .iter()
            .map(|claims| claims.session)
            .chain(access.iter().map(|claims| claims.session));
        let Some(session) = named.next() else { return Ok(()) };
        if named.any(|other| other != session) {
            return Err(SessionError::SeveralCredentials);
        }
        // The access token is signed with its own key; a refresh token must also carry the session's secret.
        let secret = match (&access, refresh.first()) {
            (None, Some(claims)) => Some(SecretHash::of(&claims.secret)),
            _ => None,
        };
        self.revoke(session, secret, RevokedWhy::Logout).await?;
        Ok(())
    }

    /// Ends every session of the user.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn logout_all(&self, user: &UserId) -> Result<(), SessionError> {
        self.revoke_user(user, None, RevokedWhy::LogoutAll).await
    }

    /// The live sessions of a user, the one used last first.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, SessionError> {
        Ok(self.0.store.list(user).await?)
    }

    /// Ends one session of the user who asks. Ending it twice is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::UnknownSession`] when it is another user's or nobody's, alike.
    pub async fn end_session(&self, who: &Identity, session: SessionId) -> Result<(), SessionError> {
        match self.0.store.find(session).await? {
            Some(found) if found.user == *who.user() => {
                self.revoke(session, None, RevokedWhy::Ended).await?;
                Ok(())
            }
            _ => Err(SessionError::UnknownSession),
        }
    }

    pub(super) async fn revoke_user(
        &self,
        user: &UserId,
        except: Option<SessionId>,
        why: RevokedWhy,
    ) -> Result<(), SessionError> {
        for session in self.0.store.revoke_user(user, except, why).await? {
            self.note_revoked(session, why);
        }
        Ok(())
    }

    async fn revoke(
        &self,
        session: SessionId,
        secret: Option<SecretHash>,
        why: RevokedWhy,
    ) -> Result<(), SessionError> {
        if self.0.store.revoke(session, secret, why).await? {
            self.note_revoked(session, why);
        }
        Ok(())
    }
}
