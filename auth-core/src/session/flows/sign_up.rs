//! Signing up: a link proves the mailbox, and the user chooses the password behind it.

use serde::{Deserialize, Serialize};

use super::super::tickets::{Draft, key_of};
use super::super::{ClientInfo, SessionError, TokenPair};
use super::ask::Asked;
use super::{AccountFlows, INVITATION, SIGN_UP};
use crate::account::{Account, AccountError, NewAccount, normalise_email};
use crate::audit::{Event, EventKind};
use crate::config::SignUp;
use crate::mail::MessageKind;
use crate::methods::AuthMethods;
use crate::secret::SecretString;
use crate::store::TicketKey;

/// What an invitation carries.
#[derive(Serialize, Deserialize)]
pub(super) struct Invited {
    pub(super) email: String,
    pub(super) roles: Vec<String>,
}

impl AccountFlows<'_> {
    /// Sends a link to sign up with; to an address with an account a notice that says so.
    ///
    /// # Errors
    ///
    /// [`AccountError::Email`] when it is no address; [`SessionError::TooManyAttempts`];
    /// [`SessionError::Store`].
    pub async fn request_sign_up(
        &self,
        email: &str,
        client: &ClientInfo,
        language: Option<&str>,
    ) -> Result<(), SessionError> {
        let asked = self.let_in(None, email, client, language).await?;
        tokio::spawn(async move {
            let sent = send(&asked).await;
            asked.note_failure(sent);
        });
        Ok(())
    }

    /// Makes the account of a sign-up or an invitation, and signs its user in. `replaced` as in
    /// [`Auth::login_with_password`](crate::Auth::login_with_password).
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidTicket`]; [`SessionError::WeakPassword`], and the ticket stays good;
    /// [`AccountError::AlreadyExists`].
    pub async fn complete_sign_up(
        &self,
        ticket: &str,
        password: SecretString,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let made = self.make_account(ticket, password).await;
        self.auth.note_ticket(client, SIGN_UP.purpose, &made);
        let account = made?;
        self.auth
            .emit(client, Event::new(EventKind::AccountCreated).user(&account.id));
        // An application may give out an id whose epoch was ended before.
        let epoch = self.auth.store().counters(&account.id).await?.epoch;
        let started = self
            .auth
            .start_session(&account, epoch, AuthMethods::PASSWORD, client, replaced)
            .await;
        self.auth.note_sign_in(client, &started);
        started
    }

    async fn make_account(&self, ticket: &str, password: SecretString) -> Result<Account, SessionError> {
        let managed = self.auth.managed()?;
        let (key, invited) = self.offer(ticket).await?;
        let permit = self.auth.judge_new_password(&password, &invited.email).await?;
        // Again, at this request's turn: a flood with one ticket ends here, before the work of a
        // hash. The account is read first: one that this very ticket made is found with the ticket
        // used.
        let address = normalise_email(&invited.email);
        let known = self.auth.0.accounts.find_by_email(&address).await?;
        self.auth.find_ticket(&key).await?;
        refuse_known(known)?;
        let password_hash = self.auth.hash_judged(permit, password).await?;
        let new = NewAccount {
            email: invited.email.clone(),
            password_hash: password_hash.clone(),
            roles: invited.roles.clone(),
            demo: false,
        };
        let made = managed.create_by_ticket(&key, new).await?;
        let mut account = Account::new(made.ok_or(SessionError::InvalidTicket)?, invited.email, String::new());
        (account.password_hash, account.roles) = (password_hash, invited.roles);
        Ok(account)
    }

    /// What a ticket offers: an account with the roles of new users, or with those of an
    /// invitation.
    async fn offer(&self, ticket: &str) -> Result<(TicketKey, Invited), SessionError> {
        let key = key_of(SIGN_UP.purpose, ticket)?;
        match self.auth.find_ticket(&key).await {
            // A link from before the operator closed the open sign-up.
            Ok(_) if self.auth.config().flows.sign_up == SignUp::Invited => Err(SessionError::InvalidTicket),
            Ok(found) => {
                let email = found.data.ok_or(SessionError::InvalidTicket)?;
                let roles = self.auth.config().flows.new_user_roles.clone();
                Ok((key, Invited { email, roles }))
            }
            Err(SessionError::InvalidTicket) => {
                let key = key_of(INVITATION.purpose, ticket)?;
                let data = self.auth.find_ticket(&key).await?.data.unwrap_or_default();
                let invited = serde_json::from_str(&data).map_err(|_| SessionError::InvalidTicket)?;
                Ok((key, invited))
            }
            Err(error) => Err(error),
        }
    }
}

async fn send(asked: &Asked) -> Result<(), SessionError> {
    let address = normalise_email(&asked.email);
    let (found, _) = asked.auth.account_and_epoch(&address).await?;
    if let Some(account) = found {
        asked.spend(&SIGN_UP).await?;
        asked
            .deliver(MessageKind::AccountExists, &account.email, None, Some(&account.id))
            .await;
        return Ok(());
    }
    let draft = Draft {
        sent_to: Some(address),
        data: Some(asked.email.clone()),
        ..Draft::new(SIGN_UP.purpose, SIGN_UP.lifetime)
    };
    asked.send(&SIGN_UP, MessageKind::SignUp, draft, &asked.email).await
}

/// Refuses to invite an address that has an account.
pub(super) fn refuse_known(found: Option<Account>) -> Result<(), AccountError> {
    found.map_or(Ok(()), |_| Err(AccountError::AlreadyExists))
}
