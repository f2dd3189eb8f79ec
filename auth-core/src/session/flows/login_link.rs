//! Signing in by a link.

use super::super::tickets::key_of;
use super::super::{ClientInfo, SessionError, TokenPair};
use super::{AccountFlows, LOGIN_LINK};
use crate::mail::MessageKind;
use crate::methods::AuthMethods;

impl AccountFlows<'_> {
    /// Sends a link to sign in with, to the enabled account of `email`.
    ///
    /// # Errors
    ///
    /// As [`AccountFlows::request_sign_up`].
    pub async fn request_login_link(
        &self,
        email: &str,
        client: &ClientInfo,
        language: Option<&str>,
    ) -> Result<(), SessionError> {
        let kind = MessageKind::LoginLink;
        self.ask_for_link(&LOGIN_LINK, kind, email, client, language).await
    }

    /// Signs a user in by the ticket of a link: a new session, always. `replaced` as in
    /// [`Auth::login_with_password`](crate::Auth::login_with_password).
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidTicket`]; [`SessionError::SecondFactorRequired`], and
    /// [`Auth::login_with_factor`](crate::Auth::login_with_factor) goes on.
    pub async fn login_by_link(
        &self,
        ticket: &str,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let started = self.start_by_link(ticket, client, replaced).await;
        self.auth.note_ticket(client, LOGIN_LINK.purpose, &started);
        self.auth.note_sign_in(client, &started);
        started
    }

    async fn start_by_link(
        &self,
        ticket: &str,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let key = key_of(LOGIN_LINK.purpose, ticket)?;
        let found = self.auth.find_ticket(&key).await?;
        let user = found.user.as_ref().ok_or(SessionError::InvalidTicket)?;
        // The epoch first: what ends it later, such as a change of the password, ends this sign-in.
        let epoch = self.auth.store().counters(user).await?.epoch;
        let account = self.account_of(&found).await?;
        let used = self.auth.store().redeem_ticket(&key).await?;
        used.ok_or(SessionError::InvalidTicket)?;
        let methods = AuthMethods::NONE;
        let challenged = self.auth.challenge_second_factor(&account.id, epoch, methods, client);
        let started = match challenged.await {
            Ok(()) => {
                self.auth
                    .start_session(&account, epoch, methods, client, replaced)
                    .await
            }
            Err(error) => Err(error),
        };
        match started {
            Err(SessionError::InvalidCredentials) => Err(SessionError::InvalidTicket),
            started => started,
        }
    }
}
