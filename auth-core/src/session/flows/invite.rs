//! Invitations, and links that an operator hands over.

use super::super::SessionError;
use super::super::accounts::{AccountAdmin, names};
use super::super::tickets::Draft;
use super::ask::{Asked, draft_of};
use super::sign_up::{Invited, refuse_known};
use super::{INVITATION, RESET};
use crate::account::{AccountError, check_email, normalise_email};
use crate::audit::{Event, EventKind};
use crate::ids::UserId;
use crate::mail::MessageKind;
use crate::role::Role;
use crate::secret::SecretString;

impl AccountAdmin<'_> {
    /// Invites an address to sign up with these roles; answers with the link, which is good for 7
    /// days. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`AccountError::Email`]; [`AccountError::AlreadyExists`]; [`SessionError::NoPublicUrl`];
    /// [`SessionError::TicketData`] when the roles do not fit.
    pub async fn invite<R: Role>(
        self,
        email: &str,
        roles: impl IntoIterator<Item = R>,
    ) -> Result<SecretString, SessionError> {
        let email = email.trim();
        check_email(email).map_err(AccountError::from)?;
        let address = normalise_email(email);
        refuse_known(self.auth.0.accounts.find_by_email(&address).await?)?;
        let invited = Invited {
            email: email.to_owned(),
            roles: names(roles),
        };
        let data = serde_json::to_string(&invited).map_err(|_| SessionError::TicketData)?;
        if data.len() > crate::store::MAX_TICKET_DATA {
            return Err(SessionError::TicketData);
        }
        let draft = Draft {
            sent_to: Some(address),
            data: Some(data),
            ..Draft::new(INVITATION.purpose, INVITATION.lifetime)
        };
        let ticket = self.auth.issue_ticket(draft).await?;
        self.emit(Event::new(EventKind::TicketIssued).purpose(INVITATION.purpose));
        self.auth.link(&INVITATION, &ticket)
    }

    /// Invites an address by a mail, after this method has returned. `language` is for the courier:
    /// a tag as in `Accept-Language`.
    ///
    /// # Errors
    ///
    /// As [`AccountAdmin::invite`]; [`SessionError::NoCourier`]; [`SessionError::Busy`] while too
    /// many mails wait.
    pub async fn invite_by_mail<R: Role>(
        self,
        email: &str,
        roles: impl IntoIterator<Item = R>,
        language: Option<&str>,
    ) -> Result<(), SessionError> {
        let outbox = self.auth.0.outbox.clone().ok_or(SessionError::NoCourier)?;
        let slot = outbox.slot().ok_or(SessionError::Busy)?;
        let link = self.invite(email, roles).await?;
        let asked = Asked {
            auth: self.auth.clone(),
            outbox,
            client: self.client.clone(),
            email: email.trim().to_owned(),
            language: language.map(str::to_owned),
            slot,
        };
        tokio::spawn(async move {
            let link = Some((link, &INVITATION));
            asked.deliver(MessageKind::Invitation, &asked.email, link, None).await;
        });
        Ok(())
    }

    /// Changes a user's e-mail without a link; sessions go on, and every ticket of the user ends.
    ///
    /// # Errors
    ///
    /// [`AccountError::Email`]; [`AccountError::AlreadyExists`]; [`AccountError::NotFound`].
    pub async fn set_email(self, user: &UserId, email: &str) -> Result<(), SessionError> {
        self.auth.managed()?.set_email(user, email.trim()).await?;
        self.note(EventKind::EmailChanged, user);
        Ok(())
    }

    /// Makes a link by which a user sets a new password; good for an hour. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] for a user who is unknown or disabled;
    /// [`SessionError::NoPublicUrl`].
    pub async fn reset_link(self, user: &UserId) -> Result<SecretString, SessionError> {
        // The epoch first: what ends it meanwhile ends this link.
        let epoch = self.auth.store().counters(user).await?.epoch;
        let found = self
            .auth
            .0
            .accounts
            .find(user)
            .await?
            .filter(|account| !account.disabled);
        let account = found.ok_or(AccountError::NotFound)?;
        let ticket = self.auth.issue_ticket(draft_of(&RESET, &account, epoch)).await?;
        self.emit(Event::new(EventKind::TicketIssued).purpose(RESET.purpose).user(user));
        self.auth.link(&RESET, &ticket)
    }
}
