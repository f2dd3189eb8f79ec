//! A new password by a link.

use super::super::tickets::key_of;
use super::super::{ClientInfo, SessionError};
use super::{AccountFlows, RESET};
use crate::account::Account;
use crate::audit::{Event, EventKind};
use crate::ids::UserId;
use crate::mail::MessageKind;
use crate::secret::SecretString;
use crate::store::{NewEpoch, RevocationReason, StoredTicket, account_of, set_own_password_by_ticket};

impl AccountFlows<'_> {
    /// Sends a link to set a new password, to the enabled account of `email`.
    ///
    /// # Errors
    ///
    /// As [`AccountFlows::request_sign_up`].
    pub async fn request_reset(
        &self,
        email: &str,
        client: &ClientInfo,
        language: Option<&str>,
    ) -> Result<(), SessionError> {
        let kind = MessageKind::PasswordReset;
        self.ask_for_link(&RESET, kind, email, client, language).await
    }

    /// Sets a new password by the ticket of a link. Every session of the user ends, and every other
    /// ticket.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidTicket`]; [`SessionError::WeakPassword`], and the ticket stays good.
    pub async fn reset_password(
        &self,
        ticket: &str,
        password: SecretString,
        client: &ClientInfo,
    ) -> Result<(), SessionError> {
        let reset = self.set_password(ticket, password).await;
        self.auth.note_ticket(client, RESET.purpose, &reset);
        let (user, epoch) = reset?;
        self.auth.emit(client, Event::new(EventKind::PasswordReset).user(&user));
        self.auth
            .note_epoch(client, &user, &epoch, RevocationReason::PasswordChanged);
        Ok(())
    }

    async fn set_password(&self, ticket: &str, password: SecretString) -> Result<(UserId, NewEpoch), SessionError> {
        let key = key_of(RESET.purpose, ticket)?;
        let found = self.auth.find_ticket(&key).await?;
        let account = self.account_of(&found).await?;
        let permit = self.auth.judge_new_password(&password, &account.email).await?;
        // Again, at this request's turn: a flood with one ticket ends here, before the work of a
        // hash.
        self.auth.find_ticket(&key).await?;
        let hash = self.auth.hash_judged(permit, password).await?;
        let reset = match self.auth.managed_accounts() {
            Some(managed) => managed.set_password_by_ticket(&key, &hash).await?,
            None => set_own_password_by_ticket(&*self.auth.0.accounts, self.auth.store(), &key, &hash).await?,
        };
        reset.ok_or(SessionError::InvalidTicket)
    }

    /// The enabled account whose mailbox a ticket proves.
    pub(super) async fn account_of(&self, ticket: &StoredTicket) -> Result<Account, SessionError> {
        let found = account_of(&*self.auth.0.accounts, ticket).await?;
        found.ok_or(SessionError::InvalidTicket)
    }
}
