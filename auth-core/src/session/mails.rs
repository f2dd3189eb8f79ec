//! Mails to users: delivered after the answer, and what happens where they cannot be.

use super::{Auth, ClientInfo, Identity, SessionError};
use crate::audit::{Escaped, Event, EventKind};
use crate::ids::UserId;
use crate::mail::{Letter, MessageKind, Outbox};
use crate::metrics;
use crate::secret::SecretString;

impl Auth {
    /// Counts a change to the second factor of a signed-in user before it is made, as a mail will
    /// tell of it. Without a courier it counts nothing.
    pub(super) fn charge_notice(&self, who: &Identity, client: &ClientInfo) -> Result<(), SessionError> {
        if self.0.outbox.is_none() {
            return Ok(());
        }
        let charged = self.0.mail_limits.charge_notice(who.user());
        if charged.is_err() {
            self.note_throttled(Some(who), None, client);
        }
        Ok(charged?)
    }

    /// Tells that a request for a mail was refused: who is signed in, and the address if the client
    /// named one.
    pub(super) fn note_throttled(&self, who: Option<&Identity>, address: Option<&str>, client: &ClientInfo) {
        let mut event = Event::new(EventKind::MailThrottled);
        if let Some(address) = address {
            event = event.account(self.account_pseudonym(address));
        }
        if let Some(who) = who {
            event = event.user(who.user()).session(who.session());
        }
        self.emit(client, event);
        metrics::count(metrics::MAILS, Some("throttled"));
    }

    /// Tells a user by mail of a change to the account's second factor, after the answer. Without a
    /// courier it does nothing.
    pub(super) fn notify(&self, kind: MessageKind, user: &UserId, client: &ClientInfo) {
        let Some(outbox) = self.0.outbox.clone() else { return };
        let Some(slot) = outbox.slot() else {
            self.note_unsent(kind, "too many mails are under way", Some(user), client);
            return;
        };
        let (auth, user, client) = (self.clone(), user.clone(), client.clone());
        tokio::spawn(async move {
            match auth.notice(kind, &user, &client).await {
                Ok(Some(letter)) => auth.deliver(&outbox, letter, Some(&user), &client).await,
                // The account is gone.
                Ok(None) => {}
                Err(error) => auth.note_unsent(kind, &error.to_string(), Some(&user), &client),
            }
            drop(slot);
        });
    }

    async fn notice(
        &self,
        kind: MessageKind,
        user: &UserId,
        client: &ClientInfo,
    ) -> Result<Option<Letter>, SessionError> {
        let Some(account) = self.0.accounts.find(user).await? else {
            return Ok(None);
        };
        let recovery_codes_left = match kind {
            MessageKind::RecoveryCodeUsed => Some(self.0.store.find_factors(user).await?.recovery_codes),
            _ => None,
        };
        Ok(Some(Letter {
            kind,
            to: SecretString::new(account.email),
            link: None,
            expires_in: None,
            recovery_codes_left,
            language: client.language.clone(),
            site: self.site(),
        }))
    }

    /// Delivers a letter, and tells where it could not be.
    pub(super) async fn deliver(&self, outbox: &Outbox, letter: Letter, user: Option<&UserId>, client: &ClientInfo) {
        let kind = letter.kind;
        match outbox.deliver(letter).await {
            Ok(()) => metrics::count(metrics::MAILS, Some("delivered")),
            Err(error) => self.note_unsent(kind, &error.to_string(), user, client),
        }
    }

    fn note_unsent(&self, kind: MessageKind, cause: &str, user: Option<&UserId>, client: &ClientInfo) {
        metrics::count(metrics::MAILS, Some("failed"));
        tracing::error!("a mail could not be delivered: {}", Escaped(cause));
        let event = Event::new(EventKind::MailFailed).purpose(kind.as_str());
        self.emit(client, event.user(user));
    }

    /// What mails call the site: the host of `auth.public_url`, else the issuer.
    pub(super) fn site(&self) -> String {
        let config = &self.0.config;
        let Some(public) = &config.public_url else {
            return config.issuer.clone();
        };
        let host = public.split_once("://").map_or(public.as_str(), |(_, rest)| rest);
        host.split('/').next().unwrap_or_default().to_owned()
    }
}
