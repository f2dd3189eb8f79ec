use super::{Auth, ClientInfo, Identity, NO_CLIENT, SessionError};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::store::{RevocationReason, Session};

/// How many sessions one statement ends at most when all older ones are ended.
const REVOKE_BATCH: u32 = 500;

/// The verbs on sessions: [`Auth::sessions`].
#[derive(Clone, Copy)]
pub struct SessionAdmin<'a> {
    auth: &'a Auth,
}

impl Auth {
    /// The sessions: listed, ended and deleted.
    ///
    /// ```no_run
    /// # use auth_core::session::{RevocationReason, SessionError};
    /// # use auth_core::{Auth, UserId};
    /// # async fn example(auth: &Auth, ann: &UserId) -> Result<(), SessionError> {
    /// let ended = auth.sessions().end_all(ann, RevocationReason::Operator).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sessions(&self) -> SessionAdmin<'_> {
        SessionAdmin { auth: self }
    }
}

impl SessionAdmin<'_> {
    /// The live sessions of a user, the one used last first: at most `auth.sessions.max_per_user`.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`] when the database does not answer.
    pub async fn list(self, user: &UserId) -> Result<Vec<Session>, SessionError> {
        let most = self.auth.0.config.sessions.max_per_user;
        Ok(self.auth.0.store.list(user, most).await?)
    }

    /// Ends one session of the user `who`. Ending it twice is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::UnknownSession`] if the session belongs to another user or does not exist.
    /// Both cases look the same.
    pub async fn end(self, who: &Identity, session: SessionId, client: &ClientInfo) -> Result<(), SessionError> {
        match self.auth.0.store.find(session).await? {
            Some(found) if found.user == *who.user() => {
                let auth = self.auth;
                auth.revoke(client, who.user(), session, None, RevocationReason::Ended)
                    .await
            }
            _ => Err(SessionError::UnknownSession),
        }
    }

    /// Ends one session of any user, for a page for admins. Ending it twice is no error.
    ///
    /// # Errors
    ///
    /// [`SessionError::UnknownSession`]; [`SessionError::Store`].
    pub async fn end_one(self, session: SessionId, reason: RevocationReason) -> Result<(), SessionError> {
        let found = self.auth.0.store.find(session).await?;
        let user = found.ok_or(SessionError::UnknownSession)?.user;
        self.auth.revoke(NO_CLIENT, &user, session, None, reason).await
    }

    /// Ends all sessions of a user, and every sign-in that is under way. Returns how many of them
    /// were live. Call it after your application itself replaced a password or disabled a user. The
    /// reasons for these, [`RevocationReason::PasswordChanged`] and
    /// [`RevocationReason::AccountClosed`], also end the user's tickets.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`].
    pub async fn end_all(self, user: &UserId, reason: RevocationReason) -> Result<u64, SessionError> {
        let mut before = 0;
        if matches!(
            reason,
            RevocationReason::PasswordChanged | RevocationReason::AccountClosed
        ) {
            // The epoch ends on both sides of the tickets: a link used in between began a session
            // of the second one.
            let epoch = self.auth.0.store.end_epoch(user).await?;
            self.auth.note_counters(user, epoch.counters);
            before = epoch.ended;
            self.auth.0.store.end_tickets(user).await?;
        }
        Ok(before + self.auth.end_sessions_of(user, NO_CLIENT, reason).await?)
    }

    /// Ends every session that was made before `time`; answers how many there were. For a database
    /// that was restored from a back-up: sessions live in it again that were revoked since the
    /// back-up was made.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`]; what ended by then stays ended.
    pub async fn end_created_before(self, time: Timestamp) -> Result<u64, SessionError> {
        let mut count = 0;
        loop {
            let store = &self.auth.0.store;
            let ended = store
                .revoke_created_before(time, REVOKE_BATCH, RevocationReason::Operator)
                .await?;
            for session in &ended {
                self.auth
                    .note_revoked(NO_CLIENT, None, *session, RevocationReason::Operator);
            }
            count += ended.len() as u64;
            if ended.len() < REVOKE_BATCH as usize {
                return Ok(count);
            }
        }
    }

    /// Deletes sessions whose absolute end is over, in small batches; answers how many. Live
    /// sessions, and the evidence of used and revoked ones, stay until that end.
    ///
    /// # Errors
    ///
    /// [`SessionError::Store`]; what was deleted by then stays deleted.
    pub async fn delete_expired(self) -> Result<u64, SessionError> {
        self.auth.0.delete_expired_sessions().await
    }
}
