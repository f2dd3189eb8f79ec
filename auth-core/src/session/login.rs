use super::{Auth, ClientInfo, SessionError, TokenPair};
use crate::account::normalise_email;
use crate::audit::{Event, EventKind};
use crate::ids::UserId;
use crate::methods::AuthMethods;
use crate::metrics;
use crate::password::HashError;
use crate::secret::SecretString;

/// The e-mail and password of a sign-in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// The e-mail, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: SecretString,
}

impl Credentials {
    /// An e-mail and a password, as typed.
    pub fn new(email: impl Into<String>, password: SecretString) -> Credentials {
        Credentials {
            email: email.into(),
            password,
        }
    }
}

impl Auth {
    /// Signs a user in with e-mail and password: a new session, always. `replaced` is the refresh
    /// token that the client still had; its session ends.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`] for an unknown e-mail, a wrong password and a disabled
    /// account alike, after equal work; [`SessionError::SecondFactorRequired`] for an account with
    /// a second factor, and [`Auth::login_with_factor`] goes on; [`SessionError::TooManyAttempts`];
    /// [`SessionError::Hash`] when too many passwords are being hashed; [`SessionError::Store`] and
    /// [`SessionError::Accounts`] when the database does not answer.
    pub async fn login_with_password(
        &self,
        credentials: Credentials,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let signed_in = self.begin_session(credentials, client, replaced).await;
        self.note_sign_in(client, &signed_in);
        signed_in
    }

    /// Signs in a user whose identity is already proven: by another service (OAuth 2, OpenID
    /// Connect, SAML), a passkey or a link in a mail. It always makes a new session, without a
    /// password. `replaced` is the client's former refresh token; its session ends.
    ///
    /// The caller says who the user is, and this method does not check it: there is no password and
    /// no limit on failures. A second factor of the account is not asked for, and the session
    /// counts as one without. The proof must be of this sign-in (state, nonce and PKCE with OpenID
    /// Connect). It must name the user by what the other service never gives to another user: `iss`
    /// and `sub`. An e-mail may have changed hands, or may never have been verified.
    ///
    /// [`SetTokenCookies::signed_in`](crate::SetTokenCookies::signed_in) makes the answer for a
    /// browser.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidCredentials`] for a user who is unknown or disabled;
    /// [`SessionError::Store`] and [`SessionError::Accounts`] when the database does not answer.
    pub async fn login_as(
        &self,
        user: &UserId,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let methods = AuthMethods::NONE;
        let started = self.start_proven_session(user, methods, client, replaced).await;
        self.note_sign_in(client, &started);
        if let Err(SessionError::InvalidCredentials) = &started {
            let account = self.account_pseudonym(user.as_str());
            self.emit(client, Event::new(EventKind::LoginFailed).account(account));
        }
        started
    }

    async fn begin_session(
        &self,
        credentials: Credentials,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let email = normalise_email(&credentials.email);
        let (account, epoch) = match self.authenticate(&email, credentials.password, client).await {
            Ok(proven) => proven,
            Err(refused) => {
                let kind = match refused {
                    SessionError::InvalidCredentials => Some(EventKind::LoginFailed),
                    SessionError::TooManyAttempts { .. } => Some(EventKind::LoginThrottled),
                    _ => None,
                };
                if let Some(kind) = kind {
                    self.emit(client, Event::new(kind).account(self.account_pseudonym(&email)));
                }
                return Err(refused);
            }
        };
        let methods = AuthMethods::PASSWORD;
        self.challenge_second_factor(&account.id, epoch, methods, client)
            .await?;
        self.start_session(&account, epoch, methods, client, replaced).await
    }

    /// Starts a session of a user whose identity is proven, by `methods`.
    pub(crate) async fn start_proven_session(
        &self,
        user: &UserId,
        methods: AuthMethods,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        // The epoch first: what ends it later, such as disabling the account, ends this sign-in.
        let epoch = self.0.store.counters(user).await?.epoch;
        match self.0.accounts.find(user).await? {
            Some(account) if !account.disabled => self.start_session(&account, epoch, methods, client, replaced).await,
            _ => Err(SessionError::InvalidCredentials),
        }
    }

    /// Counts a sign-in by how it ended, and reports the session that began.
    pub(super) fn note_sign_in(&self, client: &ClientInfo, signed_in: &Result<TokenPair, SessionError>) {
        count(signed_in);
        if let Ok(pair) = signed_in {
            for kind in [EventKind::TokenCreated, EventKind::LoginSucceeded] {
                self.emit(client, Event::new(kind).user(&pair.user).session(pair.session));
            }
        }
    }
}

/// Counts a sign-in by how it ended.
fn count(signed_in: &Result<TokenPair, SessionError>) {
    let outcome = match signed_in {
        Ok(_) => "succeeded",
        Err(SessionError::SecondFactorRequired { .. }) => "second_factor_required",
        Err(
            SessionError::InvalidCredentials
            | SessionError::InvalidTicket
            | SessionError::InvalidChallenge
            | SessionError::InvalidCode,
        ) => "failed",
        Err(SessionError::TooManyAttempts { .. }) => "throttled",
        Err(SessionError::Hash(HashError::Busy)) => "busy",
        Err(_) => "unavailable",
    };
    metrics::count(metrics::SIGN_INS, Some(outcome));
}
