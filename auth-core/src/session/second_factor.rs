//! Signing in with a second factor: the challenge that a password gets, and the code that answers
//! it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tickets::{Draft, key_of};
use super::{Auth, ClientInfo, SessionError, TokenPair};
use crate::account::{Account, normalise_email};
use crate::audit::{Event, EventKind};
use crate::factor::totp::typed_code;
use crate::factor::{FactorKeys, RecoveryCode, TotpSecret, UnknownKey};
use crate::ids::{SessionId, UserId};
use crate::mail::MessageKind;
use crate::methods::AuthMethods;
use crate::secret::SecretString;
use crate::store::{StoredTotp, TicketOwner, TotpTry, TryLimit};

/// The purpose of the tickets that are challenges.
const CHALLENGE: &str = "second_factor";

/// How long a challenge is good: long enough to find the phone.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How many codes may be tried. A code is one of three in a million, so that 96 tries a day find
/// one in ten years, and only with the password.
const TRIES: TryLimit = TryLimit {
    tries: 10,
    wait: Duration::from_secs(15 * 60),
};

/// What a challenge remembers of the proof before it.
#[derive(Serialize, Deserialize)]
struct FirstFactor {
    /// The user's epoch when it was given: the session begins under this one or not at all.
    epoch: i64,
    /// How it was given.
    methods: String,
}

impl Auth {
    /// Lets a user without a second factor pass. Others get a challenge:
    /// [`SessionError::SecondFactorRequired`]. Without `auth.second_factor` it reads nothing.
    pub(super) async fn challenge_second_factor(
        &self,
        user: &UserId,
        epoch: i64,
        methods: AuthMethods,
        client: &ClientInfo,
    ) -> Result<(), SessionError> {
        if self.0.factor_keys.is_none() {
            return Ok(());
        }
        let factors = self.0.store.find_factors(user).await?;
        if !factors.totp.is_some_and(|totp| totp.is_confirmed) {
            return Ok(());
        }
        let methods = methods.to_text();
        let data = serde_json::to_string(&FirstFactor { epoch, methods }).map_err(|_| SessionError::TicketData)?;
        let draft = Draft {
            owner: Some(TicketOwner {
                user: user.clone(),
                epoch,
            }),
            data: Some(data),
            ..Draft::new(CHALLENGE, LIFETIME)
        };
        let challenge = self.issue_ticket(draft).await.map_err(|error| match error {
            // The epoch ended since: what was proven does not count any more.
            SessionError::InvalidTicket => SessionError::InvalidCredentials,
            other => other,
        })?;
        self.emit(client, Event::new(EventKind::LoginChallenged).user(user));
        Err(SessionError::SecondFactorRequired { challenge })
    }

    /// Goes on with a sign-in that was answered with
    /// [`SessionError::SecondFactorRequired`]: a new session, always. `code` is one of the
    /// authenticator app or a recovery code. `replaced` as in [`Auth::login_with_password`].
    ///
    /// A wrong code leaves the challenge good. A challenge is good for five minutes and once.
    ///
    /// # Errors
    ///
    /// [`SessionError::InvalidChallenge`]; [`SessionError::InvalidCode`], which counts as a failed
    /// sign-in; [`SessionError::TooManyAttempts`].
    pub async fn login_with_factor(
        &self,
        challenge: &str,
        code: &SecretString,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let signed_in = self.answer_challenge(challenge, code, client, replaced).await;
        self.note_sign_in(client, &signed_in);
        signed_in
    }

    async fn answer_challenge(
        &self,
        challenge: &str,
        code: &SecretString,
        client: &ClientInfo,
        replaced: Option<&str>,
    ) -> Result<TokenPair, SessionError> {
        let gone = |_| SessionError::InvalidChallenge;
        let key = key_of(CHALLENGE, challenge).map_err(gone)?;
        let found = self.0.store.find_ticket(&key).await?;
        let found = found.ok_or(SessionError::InvalidChallenge)?;
        let user = found.user.ok_or(SessionError::InvalidChallenge)?;
        let first: FirstFactor =
            serde_json::from_str(&found.data.unwrap_or_default()).map_err(|_| SessionError::InvalidChallenge)?;
        let account = self.0.accounts.find(&user).await?;
        let account = account
            .filter(|account| !account.disabled)
            .ok_or(SessionError::InvalidChallenge)?;
        self.prove_factor(&account, None, code, client).await?;
        let used = self.0.store.redeem_ticket(&key).await?;
        used.ok_or(SessionError::InvalidChallenge)?;
        let methods = AuthMethods::of_text(&first.methods).and_second_factor();
        match self
            .start_session(&account, first.epoch, methods, client, replaced)
            .await
        {
            Err(SessionError::InvalidCredentials) => Err(SessionError::InvalidChallenge),
            started => started,
        }
    }

    /// Uses a code of a user's second factor, within the limits on failures.
    pub(super) async fn prove_factor(
        &self,
        account: &Account,
        session: Option<SessionId>,
        code: &SecretString,
        client: &ClientInfo,
    ) -> Result<(), SessionError> {
        let address = normalise_email(&account.email);
        let proving = async {
            self.0.throttle.check(&address, client.ip)?;
            self.0.throttle.check_user(&account.id, client.ip)?;
            self.use_code(&account.id, session, code, client).await
        };
        let proven = proving.await;
        let kind = match &proven {
            Err(SessionError::InvalidCode) => {
                self.0.throttle.failed(&address, Some(&account.id), client.ip);
                Some(EventKind::SecondFactorFailed)
            }
            Err(SessionError::TooManyAttempts { .. }) => Some(EventKind::LoginThrottled),
            _ => None,
        };
        if let Some(kind) = kind {
            let event = Event::new(kind).user(&account.id).session(session);
            self.emit(client, event.account(self.account_pseudonym(&address)));
        }
        proven
    }

    async fn use_code(
        &self,
        user: &UserId,
        session: Option<SessionId>,
        code: &SecretString,
        client: &ClientInfo,
    ) -> Result<(), SessionError> {
        // Where factors are off, no code is good.
        if self.0.factor_keys.is_none() {
            return Err(SessionError::InvalidCode);
        }
        if let Some(code) = RecoveryCode::parse(code.expose()) {
            if !self.0.store.use_recovery_code(user, code.hash()).await? {
                return Err(SessionError::InvalidCode);
            }
            let event = Event::new(EventKind::RecoveryCodeUsed);
            self.emit(client, event.user(user).session(session));
            // Never refused: it may be the user's only way to sign in.
            self.0.mail_limits.count_notice(user);
            self.notify(MessageKind::RecoveryCodeUsed, user, client);
            return Ok(());
        }
        let (totp, step) = self.step_of(user, code).await?;
        let keys = self.factor_keys()?;
        let resealed = if keys.is_outdated(&totp.sealed) {
            let secret = keys.open(user, &totp.sealed)?;
            Some(keys.seal(user, secret.expose())?)
        } else {
            None
        };
        let is_new = self.0.store.use_totp_step(user, &totp.sealed, step, resealed).await?;
        is_new.then_some(()).ok_or(SessionError::InvalidCode)
    }

    /// The user's authenticator app, confirmed or not, and the step of a code of it. Counts a try.
    pub(super) async fn step_of(&self, user: &UserId, code: &SecretString) -> Result<(StoredTotp, i64), SessionError> {
        let keys = self.factor_keys()?;
        let code = typed_code(code.expose()).ok_or(SessionError::InvalidCode)?;
        // Before the try: a key that is missing here must not use up the tries of the user.
        if let Some(totp) = self.0.store.find_factors(user).await?.totp {
            keys.open(user, &totp.sealed)?;
        }
        let totp = match self.0.store.try_totp(user, TRIES).await? {
            TotpTry::Counted(totp) => totp,
            TotpTry::TooMany { retry_after } => return Err(SessionError::TooManyAttempts { retry_after }),
            TotpTry::NoTotp => return Err(SessionError::InvalidCode),
        };
        let secret = TotpSecret::new(keys.open(user, &totp.sealed)?);
        let step = secret.step_of(&code, self.now()).ok_or(SessionError::InvalidCode)?;
        Ok((totp, step))
    }

    pub(super) fn factor_keys(&self) -> Result<&FactorKeys, UnknownKey> {
        self.0.factor_keys.as_ref().ok_or(UnknownKey)
    }
}
