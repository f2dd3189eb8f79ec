//! Tickets: single-use secrets for the account flows, and for purposes of the application's own.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Auth, SessionError};
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::{
    MAX_TICKET_DATA, MAX_TICKET_PURPOSE, NewTicket, SecretHash, SessionSecret, StoredTicket, TicketKey, TicketOwner,
};

/// The purposes of an application stand behind this, so that none of its tickets is one of the
/// library's.
const OF_THE_APPLICATION: &str = "app:";

/// A kind of tickets of the application: their purpose and their data.
pub trait Ticket: Serialize + DeserializeOwned {
    /// Its purpose, 1 to 60 bytes: a ticket of one purpose is never good for another.
    const PURPOSE: &'static str;
}

/// Single-use secrets with data, for a download, an invitation, a confirmation. [`Auth::tickets`]
/// makes it.
///
/// ```no_run
/// use std::time::Duration;
/// use auth_core::Auth;
/// use auth_core::session::{SessionError, Ticket};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct JoinOrg {
///     org: u64,
/// }
///
/// impl Ticket for JoinOrg {
///     const PURPOSE: &'static str = "join_org";
/// }
///
/// # async fn example(auth: &Auth) -> Result<(), SessionError> {
/// let ticket = auth.tickets().issue(&JoinOrg { org: 7 }, Duration::from_secs(5 * 86_400)).await?;
/// // It goes into a link, behind a `#`, so that fetching the link changes nothing. The page posts it.
/// let JoinOrg { org } = auth.tickets().redeem::<JoinOrg>(ticket.expose()).await?;
/// # let _ = org;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Tickets<'a> {
    auth: &'a Auth,
}

impl Auth {
    /// Tickets for purposes of the application's own.
    pub fn tickets(&self) -> Tickets<'_> {
        Tickets { auth: self }
    }
}

impl Tickets<'_> {
    /// Makes a ticket that carries `data` and is good for `lifetime`. The database keeps a hash of
    /// it.
    ///
    /// # Errors
    ///
    /// [`SessionError::TicketData`] when the data is more than 1 KiB as JSON, or the purpose too
    /// long; [`SessionError::Store`].
    pub async fn issue<T: Ticket>(&self, data: &T, lifetime: Duration) -> Result<SecretString, SessionError> {
        let new = self.new_ticket::<T>(data, lifetime)?;
        self.auth.issue_ticket(new).await
    }

    /// Makes a ticket that ends with a change of the user's password or e-mail, and when the
    /// account is disabled or deleted. Of the user's tickets of this purpose, using one ends the
    /// others.
    ///
    /// # Errors
    ///
    /// As [`Tickets::issue`].
    pub async fn issue_for<T: Ticket>(
        &self,
        user: &UserId,
        data: &T,
        lifetime: Duration,
    ) -> Result<SecretString, SessionError> {
        let mut new = self.new_ticket::<T>(data, lifetime)?;
        new.owner = Some(TicketOwner {
            user: user.clone(),
            epoch: self.auth.0.store.counters(user).await?.epoch,
        });
        self.auth.issue_ticket(new).await
    }

    /// Uses a ticket and answers with what it carries.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidTicket`] when it was used, expired, is of another purpose, or never
    /// was; [`SessionError::Store`].
    pub async fn redeem<T: Ticket>(&self, ticket: &str) -> Result<T, SessionError> {
        let key = key_of(&purpose_of::<T>(), ticket)?;
        let redeemed = self.auth.0.store.redeem_ticket(&key).await?;
        let data = redeemed.ok_or(SessionError::InvalidTicket)?.data.unwrap_or_default();
        serde_json::from_str(&data).map_err(|_| SessionError::InvalidTicket)
    }

    fn new_ticket<T: Ticket>(&self, data: &T, lifetime: Duration) -> Result<Draft, SessionError> {
        let data = serde_json::to_string(data).map_err(|_| SessionError::TicketData)?;
        let purpose = purpose_of::<T>();
        if data.len() > MAX_TICKET_DATA || T::PURPOSE.is_empty() || purpose.len() > MAX_TICKET_PURPOSE {
            return Err(SessionError::TicketData);
        }
        Ok(Draft {
            data: Some(data),
            ..Draft::new(purpose, lifetime)
        })
    }
}

fn purpose_of<T: Ticket>() -> String {
    format!("{OF_THE_APPLICATION}{}", T::PURPOSE)
}

/// A ticket before it has a secret.
pub(super) struct Draft {
    pub(super) purpose: String,
    pub(super) owner: Option<TicketOwner>,
    pub(super) sent_to: Option<String>,
    pub(super) data: Option<String>,
    pub(super) lifetime: Duration,
}

impl Draft {
    pub(super) fn new(purpose: impl Into<String>, lifetime: Duration) -> Draft {
        Draft {
            purpose: purpose.into(),
            owner: None,
            sent_to: None,
            data: None,
            lifetime,
        }
    }
}

/// The key of the ticket in the database. Checks the text before any query.
pub(super) fn key_of(purpose: &str, ticket: &str) -> Result<TicketKey, SessionError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(ticket)
        .map_err(|_| SessionError::InvalidTicket)?;
    let secret = <[u8; 16]>::try_from(bytes).map_err(|_| SessionError::InvalidTicket)?;
    Ok(TicketKey {
        purpose: purpose.to_owned(),
        secret: SecretHash::of(&SessionSecret::new(secret)),
    })
}

impl Auth {
    /// Makes a ticket, and returns its text. [`SessionError::InvalidTicket`]: the state that the
    /// ticket was requested for has changed since.
    pub(super) async fn issue_ticket(&self, draft: Draft) -> Result<SecretString, SessionError> {
        let secret = SessionSecret::random()?;
        let new = NewTicket {
            key: TicketKey {
                purpose: draft.purpose,
                secret: SecretHash::of(&secret),
            },
            owner: draft.owner,
            sent_to: draft.sent_to,
            data: draft.data,
            lifetime: draft.lifetime,
        };
        if self.0.store.issue_ticket(new).await? {
            Ok(SecretString::new(URL_SAFE_NO_PAD.encode(secret.expose())))
        } else {
            Err(SessionError::InvalidTicket)
        }
    }

    /// The ticket, if it is good; it stays so.
    pub(super) async fn find_ticket(&self, key: &TicketKey) -> Result<StoredTicket, SessionError> {
        let found = self.0.store.find_ticket(key).await?;
        found.ok_or(SessionError::InvalidTicket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_has_one_spelling() {
        let secret = SessionSecret::new([0xa5; 16]);
        let text = URL_SAFE_NO_PAD.encode(secret.expose());
        assert_eq!(text.len(), 22);
        let key = key_of("reset", &text).expect("it is one");
        assert_eq!(key.secret, SecretHash::of(&secret));
        let other_end = format!("{}R", &text[..21]);
        for bad in [
            "",
            "x",
            &text[..21],
            &format!("{text}="),
            &format!("{text}A"),
            &other_end,
            "ä",
            &" ".repeat(22),
        ] {
            assert!(key_of("reset", bad).is_err(), "{bad:?}");
        }
    }
}
