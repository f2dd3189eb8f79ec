use super::{Auth, ClientInfo, SessionError, TokenPair};
use crate::audit::{Event, EventKind};
use crate::config::RevokeOnReuse;
use crate::ids::SessionId;
use crate::metrics;
use crate::store::{
    PresentedToken, Rejection, RevocationReason, RotatedSession, Rotation, RotationOutcome, RotationPolicy, SecretHash,
};
use crate::token::RefreshClaims;

impl Auth {
    /// Exchanges a refresh token for a new pair.
    ///
    /// Safe to repeat and to race: within the grace the same token gives the same successor.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidToken`] when nothing was consumed because it is no token of ours;
    /// [`SessionError::TokenExpired`] past the idle or the absolute end;
    /// [`SessionError::RefreshReuse`] the one time a reuse is found, after the session was revoked;
    /// [`SessionError::SessionRevoked`] for an ended or unknown session and a disabled user;
    /// [`SessionError::Store`] when the database does not answer: the token stays as good as it
    /// was.
    pub async fn refresh(&self, token: &str, client: &ClientInfo) -> Result<TokenPair, SessionError> {
        let mut outcome = None;
        let exchanged = self.exchange(token, client, &mut outcome).await;
        let said = match (&exchanged, outcome) {
            // A token that was judged and then met a database that is gone got nothing.
            (Ok(_) | Err(SessionError::RefreshReuse | SessionError::SessionRevoked), Some(outcome)) => outcome.as_str(),
            (Err(SessionError::InvalidToken), _) => "invalid_token",
            (Err(SessionError::TokenExpired), _) => "token_expired",
            (Err(SessionError::SessionRevoked), _) => "session_revoked",
            _ => "unavailable",
        };
        metrics::count(metrics::REFRESHES, Some(said));
        exchanged
    }

    /// The exchange itself; says how the token was judged, if it came to that.
    async fn exchange(
        &self,
        token: &str,
        client: &ClientInfo,
        outcome: &mut Option<RotationOutcome>,
    ) -> Result<TokenPair, SessionError> {
        let claims = self.0.refresh.verify(token, self.0.clock.now())?;
        let presented = PresentedToken {
            session: claims.session,
            secret: SecretHash::of(&claims.secret),
            generation: claims.generation,
        };
        let policy = RotationPolicy {
            grace: self.0.config.sessions.refresh_grace,
            mode: self.0.config.sessions.rotation,
            idle: self.0.config.sessions.idle_timeout,
            reuse_ends_user: self.0.config.sessions.revoke_on_reuse == RevokeOnReuse::User,
        };
        let rotated = match self.0.store.rotate(presented, policy).await? {
            Rotation::Judged(rotated) => rotated,
            Rotation::Rejected(Rejection::WrongSecret) => return Err(SessionError::InvalidToken),
            Rotation::Rejected(Rejection::Expired) => return Err(SessionError::TokenExpired),
            Rotation::Rejected(Rejection::Unknown) => return Err(SessionError::SessionRevoked),
            Rotation::Rejected(Rejection::Revoked) => {
                // The call that revoked the session may have been cut off before this node noted
                // it.
                self.0.revocations.revoke(claims.session, self.0.clock.now());
                return Err(SessionError::SessionRevoked);
            }
        };
        *outcome = Some(rotated.outcome);
        let (user, session) = (&rotated.session.user, rotated.session.id);
        match rotated.outcome {
            RotationOutcome::Reused => {
                self.emit(client, Event::new(EventKind::RefreshReuse).user(user).session(session));
                self.note_revoked(client, Some(user), session, RevocationReason::Reuse);
                if let Some(epoch) = &rotated.new_epoch {
                    self.note_epoch(client, user, epoch, RevocationReason::Reuse);
                }
                return Err(SessionError::RefreshReuse);
            }
            RotationOutcome::AccountClosed => {
                self.note_revoked(client, Some(user), session, RevocationReason::AccountClosed);
                return Err(SessionError::SessionRevoked);
            }
            RotationOutcome::Ahead => {
                self.emit(
                    client,
                    Event::new(EventKind::SessionRowBehind).user(user).session(session),
                );
            }
            RotationOutcome::Rotated | RotationOutcome::Replayed | RotationOutcome::Forked => {}
        }
        let pair = self.successor(client, &rotated, &claims.secret).await?;
        let event = Event::new(EventKind::TokenRefreshed);
        self.emit(client, event.user(user).session(session).outcome(rotated.outcome));
        Ok(pair)
    }

    /// Whether this is an unexpired refresh token of this server. Does not query the database.
    pub fn is_refresh_token(&self, token: &str) -> bool {
        self.0.refresh.verify(token, self.0.clock.now()).is_ok()
    }

    /// Whether this is a refresh token of `session`, by its signature alone.
    pub(crate) fn is_refresh_token_of(&self, token: &str, session: SessionId) -> bool {
        let claims = self.0.refresh.verify(token, self.0.clock.now());
        claims.is_ok_and(|claims| claims.session == session)
    }

    /// The claims of an unexpired refresh token of this server. Does not query the database.
    pub(crate) fn read_refresh_token(&self, token: &str) -> Option<RefreshClaims> {
        self.0.refresh.verify(token, self.0.clock.now()).ok()
    }

    /// The session that a refresh token of ours names, expired or not.
    pub(crate) fn session_of_refresh_token(&self, token: &str) -> Option<SessionId> {
        let claims = self.0.refresh.verify_for_logout(token).ok()?;
        Some(claims.session)
    }

    async fn successor(
        &self,
        client: &ClientInfo,
        rotated: &RotatedSession,
        secret: &crate::store::SessionSecret,
    ) -> Result<TokenPair, SessionError> {
        let (user, session) = (&rotated.session.user, rotated.session.id);
        let (roles, app) = match (&rotated.roles, &self.0.claims) {
            (Some(names), None) => (self.role_set(names), None),
            (names, _) => {
                let account = self.current_account(client, user, session).await?;
                let account = account.ok_or(SessionError::SessionRevoked)?;
                let roles = self.role_set(names.as_ref().unwrap_or(&account.roles));
                (roles, self.app_claims(&account)?)
            }
        };
        self.pair(
            &rotated.session,
            secret,
            roles,
            rotated.now,
            rotated.counters,
            app.as_ref(),
        )
    }
}
