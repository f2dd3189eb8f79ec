//! From a request for a mail to its delivery.
//!
//! The server answers the request before it looks up the account. It waits only for the limits and
//! for whether the store answers, which reveal nothing about the address. The work after that is
//! the same for every address, but for the mail itself.

use super::super::mail_limits::Asker;
use super::super::tickets::Draft;
use super::super::{Auth, ClientInfo, Identity, SessionError};
use super::{AccountFlows, Flow};
use crate::account::{Account, AccountError, check_email, normalise_email};
use crate::audit::{Event, EventKind};
use crate::ids::UserId;
use crate::mail::{Letter, MessageKind, Outbox, Slot};
use crate::metrics;
use crate::secret::SecretString;
use crate::store::TicketOwner;

/// A request that was let in.
pub(super) struct Asked {
    pub(super) auth: Auth,
    pub(super) outbox: Outbox,
    pub(super) client: ClientInfo,
    /// The address, trimmed.
    pub(super) email: String,
    pub(super) language: Option<String>,
    pub(super) slot: Slot,
}

impl AccountFlows<'_> {
    /// Lets a request in: the address can be one, the limits are kept, and the store answers. `who`
    /// is the user who is signed in, where one has to be.
    pub(super) async fn let_in(
        &self,
        who: Option<&Identity>,
        email: &str,
        client: &ClientInfo,
        language: Option<&str>,
    ) -> Result<Asked, SessionError> {
        let email = email.trim();
        check_email(email).map_err(AccountError::from)?;
        let inner = &self.auth.0;
        let outbox = inner.outbox.clone().ok_or(SessionError::NoCourier)?;
        let address = normalise_email(email);
        let asker = Asker {
            source: client.ip,
            user: who.map(Identity::user),
        };
        let admit = async {
            // Before a slot and the database: what is refused anyway takes neither.
            inner.mail_limits.check(&address, asker)?;
            let slot = outbox.slot().ok_or(SessionError::Busy)?;
            inner.store.ping().await?;
            inner.mail_limits.charge(&address, asker)?;
            Ok::<_, SessionError>(slot)
        };
        let admitted = admit.await;
        if let Err(SessionError::TooManyAttempts { .. }) = &admitted {
            self.auth.note_throttled(who, Some(&address), client);
        }
        let slot = admitted?;
        Ok(Asked {
            auth: self.auth.clone(),
            outbox,
            client: client.clone(),
            email: email.to_owned(),
            language: language.map(str::to_owned),
            slot,
        })
    }

    /// Lets a request in, and sends a link to the enabled account of `email` after the answer.
    pub(super) async fn ask_for_link(
        &self,
        flow: &'static Flow,
        kind: MessageKind,
        email: &str,
        client: &ClientInfo,
        language: Option<&str>,
    ) -> Result<(), SessionError> {
        let asked = self.let_in(None, email, client, language).await?;
        tokio::spawn(async move {
            let sent = asked.send_to_account(flow, kind).await;
            asked.note_failure(sent);
        });
        Ok(())
    }
}

impl Asked {
    async fn send_to_account(&self, flow: &'static Flow, kind: MessageKind) -> Result<(), SessionError> {
        let (found, epoch) = self.auth.account_and_epoch(&normalise_email(&self.email)).await?;
        let Some(account) = found.filter(|account| !account.disabled) else {
            return self.spend(flow).await;
        };
        let draft = draft_of(flow, &account, epoch);
        self.send(flow, kind, draft, &account.email).await
    }

    /// Does the work of issuing a ticket, but gives it to no client.
    pub(super) async fn spend(&self, flow: &Flow) -> Result<(), SessionError> {
        let never = Draft::new(flow.purpose, std::time::Duration::ZERO);
        self.auth.issue_ticket(never).await.map(drop)
    }

    /// Makes a ticket and sends its link.
    pub(super) async fn send(
        &self,
        flow: &'static Flow,
        kind: MessageKind,
        draft: Draft,
        to: &str,
    ) -> Result<(), SessionError> {
        let user = draft.owner.as_ref().map(|owner| owner.user.clone());
        let ticket = match self.auth.issue_ticket(draft).await {
            Ok(ticket) => ticket,
            // What the ticket was for has changed since the account was read.
            Err(SessionError::InvalidTicket) => return Ok(()),
            Err(error) => return Err(error),
        };
        let event = Event::new(EventKind::TicketIssued).purpose(flow.purpose);
        self.auth.emit(&self.client, event.user(user.as_ref()));
        let link = self.auth.link(flow, &ticket)?;
        self.deliver(kind, to, Some((link, flow)), user.as_ref()).await;
        Ok(())
    }

    /// Delivers a message, and tells where it could not be.
    pub(super) async fn deliver(
        &self,
        kind: MessageKind,
        to: &str,
        link: Option<(SecretString, &Flow)>,
        user: Option<&UserId>,
    ) {
        let (link, expires_in) = link.map_or((None, None), |(link, flow)| (Some(link), Some(flow.lifetime)));
        let letter = Letter {
            kind,
            to: SecretString::new(to),
            link,
            expires_in,
            recovery_codes_left: None,
            language: self.language.clone(),
            site: self.auth.site(),
        };
        self.auth.deliver(&self.outbox, letter, user, &self.client).await;
    }

    /// What fails after the answer is for the operator.
    pub(super) fn note_failure(self, done: Result<(), SessionError>) {
        if let Err(error) = done {
            metrics::count(metrics::MAILS, Some("failed"));
            tracing::error!(
                "a mail could not be prepared: {}",
                crate::audit::Escaped(&error.to_string())
            );
        }
        drop(self.slot);
    }
}

/// A ticket for the mailbox of an account.
pub(super) fn draft_of(flow: &Flow, account: &Account, epoch: i64) -> Draft {
    Draft {
        owner: Some(TicketOwner {
            user: account.id.clone(),
            epoch,
        }),
        sent_to: Some(normalise_email(&account.email)),
        ..Draft::new(flow.purpose, flow.lifetime)
    }
}

impl Auth {
    /// The link of a ticket. The ticket stands behind a `#`: a browser does not send it, so
    /// fetching the link changes nothing.
    pub(super) fn link(&self, flow: &Flow, ticket: &SecretString) -> Result<SecretString, SessionError> {
        let public = self.0.config.public_url.as_ref().ok_or(SessionError::NoPublicUrl)?;
        Ok(SecretString::new(format!(
            "{public}{}#ticket={}",
            flow.page,
            ticket.expose()
        )))
    }

    /// Counts a ticket that was refused, and tells of it.
    pub(super) fn note_ticket<T>(&self, client: &ClientInfo, purpose: &'static str, done: &Result<T, SessionError>) {
        match done {
            Ok(_) => metrics::count(metrics::TICKETS, Some("used")),
            Err(SessionError::InvalidTicket) => {
                metrics::count(metrics::TICKETS, Some("rejected"));
                self.emit(client, Event::new(EventKind::TicketRejected).purpose(purpose));
            }
            Err(_) => {}
        }
    }
}
