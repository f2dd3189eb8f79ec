//! A user deletes the account.

use super::super::{ClientInfo, Identity, SessionError};
use super::AccountFlows;
use crate::account::AccountError;
use crate::audit::{Event, EventKind};
use crate::secret::SecretString;
use crate::store::RevocationReason;

impl AccountFlows<'_> {
    /// Deletes the account of a signed-in user who gives the password: its sessions and its tickets
    /// end.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`], which counts as a failed sign-in;
    /// [`SessionError::TooManyAttempts`]; [`SessionError::SessionRevoked`] when the password
    /// changed or the session ended meanwhile.
    pub async fn delete_account(
        &self,
        who: &Identity,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<(), SessionError> {
        let (managed, store) = (self.auth.managed()?, self.auth.store());
        let epoch = store.counters(who.user()).await?.epoch;
        let account = self
            .auth
            .prove_user(who.user(), Some(who.session()), password, client)
            .await?;
        self.live_session(who, epoch).await?;
        let deleted = managed.delete(&account.id, None, Some(epoch)).await;
        let ended = deleted.map_err(|error| match error {
            // Deleted by another request, or the epoch ended meanwhile.
            AccountError::NotFound => SessionError::SessionRevoked,
            other => other.into(),
        })?;
        let reason = RevocationReason::AccountClosed;
        self.auth
            .emit(client, Event::new(EventKind::AccountDeleted).user(&account.id));
        self.auth.note_epoch(client, &account.id, &ended, reason);
        Ok(())
    }
}
