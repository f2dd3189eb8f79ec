//! Another e-mail: a link proves the new mailbox.

use std::time::Duration;

use super::super::tickets::{Draft, key_of};
use super::super::{ClientInfo, Identity, SessionError};
use super::{AccountFlows, CHANGE_EMAIL};
use crate::account::normalise_email;
use crate::audit::{Event, EventKind};
use crate::mail::MessageKind;
use crate::store::TicketOwner;

/// How long ago the user may have signed in.
const FRESH: Duration = Duration::from_secs(600);

impl AccountFlows<'_> {
    /// Sends a link to the new address of a signed-in user, and a notice to the present one. The
    /// address changes when the link is used.
    ///
    /// # Errors
    ///
    /// [`SessionError::NotFresh`] when the sign-in is more than 10 minutes ago; otherwise as
    /// [`AccountFlows::request_sign_up`].
    pub async fn request_email_change(
        &self,
        who: &Identity,
        new_email: &str,
        client: &ClientInfo,
        language: Option<&str>,
    ) -> Result<(), SessionError> {
        if self.auth.now().since(who.auth_time()).as_secs() > FRESH.as_secs() {
            return Err(SessionError::NotFresh);
        }
        // The epoch of the token: what ended it since then ends this request.
        let epoch = who.epoch();
        if self.auth.store().counters(who.user()).await?.epoch != epoch {
            return Err(SessionError::SessionRevoked);
        }
        self.live_session(who, epoch).await?;
        let account = self.auth.accounts().enabled(who.user()).await?;
        let asked = self.let_in(Some(who), new_email, client, language).await?;
        let draft = Draft {
            owner: Some(TicketOwner {
                user: account.id.clone(),
                epoch,
            }),
            sent_to: Some(normalise_email(&asked.email)),
            data: Some(asked.email.clone()),
            ..Draft::new(CHANGE_EMAIL.purpose, CHANGE_EMAIL.lifetime)
        };
        tokio::spawn(async move {
            let notice = asked.deliver(MessageKind::EmailChangeNotice, &account.email, None, Some(&account.id));
            let link = asked.send(&CHANGE_EMAIL, MessageKind::EmailChange, draft, &asked.email);
            let ((), sent) = tokio::join!(notice, link);
            asked.note_failure(sent);
        });
        Ok(())
    }

    /// Changes the e-mail by the ticket of a link. Sessions go on; every other ticket of the user
    /// ends.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidTicket`];
    /// [`AccountError::AlreadyExists`](crate::account::AccountError::AlreadyExists).
    pub async fn confirm_email(&self, ticket: &str, client: &ClientInfo) -> Result<(), SessionError> {
        let set = async {
            let key = key_of(CHANGE_EMAIL.purpose, ticket)?;
            let user = self.auth.managed()?.set_email_by_ticket(&key).await?;
            user.ok_or(SessionError::InvalidTicket)
        };
        let set = set.await;
        self.auth.note_ticket(client, CHANGE_EMAIL.purpose, &set);
        self.auth.emit(client, Event::new(EventKind::EmailChanged).user(&set?));
        Ok(())
    }
}
