use super::{Auth, ClientInfo, SessionError};
use crate::ids::{SessionId, UserId};
use crate::store::{RevocationReason, SecretHash};
use crate::token::{RefreshClaims, is_readable};

/// The tokens of a request to sign out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LogoutCredentials<'a> {
    /// The bearer token.
    pub bearer: Option<&'a str>,
    /// Refresh tokens, from cookie and body. Each ends its session.
    pub refresh: Vec<&'a str>,
    /// Access cookies: they name the session where nothing else does.
    pub access_cookies: Vec<&'a str>,
}

impl Auth {
    /// Ends the sessions that the credentials name: any validly signed refresh or access token will
    /// do, used, stale or expired. Refresh tokens of several sessions end all of them. Without a
    /// credential there is nothing to end, which is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::UnreadableCredentials`] when no credential names a session and one of them
    /// cannot be read; [`SessionError::SeveralCredentials`] when the bearer token names a session
    /// that no refresh token names (nothing is ended then); [`SessionError::Store`] when the
    /// database does not answer.
    pub async fn logout(&self, credentials: &LogoutCredentials<'_>, client: &ClientInfo) -> Result<(), SessionError> {
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
        let bearer = credentials.bearer.as_ref().and_then(session_of);
        // An access token is signed with its own key; a refresh token alone must also carry the
        // session's secret.
        let mut ending: Vec<(UserId, SessionId, Option<SecretHash>)> = Vec::new();
        if let Some((user, session)) = bearer {
            if !refresh.is_empty() && refresh.iter().all(|claims| claims.session != session) {
                return Err(SessionError::SeveralCredentials);
            }
            ending.push((user, session, None));
        } else if refresh.is_empty() {
            let access = credentials.access_cookies.iter().filter_map(session_of);
            ending.extend(access.map(|(user, session)| (user, session, None)));
        }
        ending.extend(refresh.into_iter().map(|claims| {
            let secret = SecretHash::of(&claims.secret);
            (claims.user, claims.session, Some(secret))
        }));
        let presented = credentials.refresh.iter().chain(&credentials.access_cookies);
        if ending.is_empty() && presented.into_iter().any(|token| !is_readable(token)) {
            return Err(SessionError::UnreadableCredentials);
        }
        for (number, (user, session, secret)) in ending.iter().enumerate() {
            let is_named_before = ending[..number].iter().any(|(_, other, secret_of_other)| {
                other == session && (secret_of_other.is_none() || secret_of_other == secret)
            });
            if !is_named_before {
                self.revoke(client, user, *session, *secret, RevocationReason::Logout)
                    .await?;
            }
        }
        Ok(())
    }

    /// Ends every session of the user.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn logout_all(&self, user: &UserId, client: &ClientInfo) -> Result<(), SessionError> {
        self.end_sessions_of(user, client, RevocationReason::LogoutAll)
            .await
            .map(drop)
    }

    /// Begins a new epoch of the user; answers how many live sessions ended.
    pub(super) async fn end_sessions_of(
        &self,
        user: &UserId,
        client: &ClientInfo,
        why: RevocationReason,
    ) -> Result<u64, SessionError> {
        let epoch = self.0.store.end_epoch(user).await?;
        self.note_epoch(client, user, &epoch, why);
        Ok(epoch.ended)
    }

    pub(super) async fn revoke(
        &self,
        client: &ClientInfo,
        user: &UserId,
        session: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<(), SessionError> {
        if self.0.store.revoke(session, secret, why).await? {
            self.note_revoked(client, Some(user), session, why);
        } else if let Some(ended) = self.0.store.find(session).await?.and_then(|found| found.revoked_at) {
            // The call that revoked the session may have been cut off before this node noted it.
            self.0.revocations.revoke(session, ended);
        }
        Ok(())
    }
}
