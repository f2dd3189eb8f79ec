use super::{Auth, Client, SessionError, TokenPair, login};
use crate::audit::{Event, EventKind};
use crate::ids::UserId;

impl Auth {
    /// Signs a user in whose identity is proven already, by another service (OAuth 2, OpenID Connect, SAML), a passkey or a link
    /// in a mail: a new session, always, without a password. `replaced` is the refresh token that the client still had; its
    /// session ends.
    ///
    /// Whoever calls this says who the user is, and nothing here asks again: there is no password and no limit on failures.
    /// The proof must be of this sign-in (state, nonce and PKCE with OpenID Connect) and name the user by what the other service
    /// never gives to anybody else: its `iss` and `sub`, not an e-mail, which may have changed hands or never been verified.
    ///
    /// [`WithCookies::signed_in`](crate::WithCookies::signed_in) makes the answer for a browser.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`] for a user who is unknown or disabled; [`SessionError::Store`] and
    /// [`SessionError::Accounts`] when the database does not answer.
    pub async fn sign_in(
        &self,
        user: &UserId,
        client: &Client,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let started = self.start_proven_session(user, client, replaced).await;
        login::count(&started);
        match &started {
            Ok(pair) => self.note_signed_in(client, pair),
            Err(SessionError::InvalidCredentials) => {
                let account = self.account_tag(user.as_str());
                self.emit(client, Event::new(EventKind::LoginFailed).account(account));
            }
            Err(_) => {}
        }
        started
    }

    /// Starts a session of a user whose identity is proven.
    pub(crate) async fn start_proven_session(
        &self,
        user: &UserId,
        client: &Client,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        // The epoch first: what ends it later, such as disabling the account, ends this sign-in.
        let epoch = self.0.store.counters(user).await?.epoch;
        match self.0.accounts.find(user).await? {
            Some(account) if !account.disabled => self.start_session(&account, epoch, client, replaced).await,
            _ => Err(SessionError::InvalidCredentials),
        }
    }
}
