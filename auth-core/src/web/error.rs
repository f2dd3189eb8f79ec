use std::fmt::{self, Display};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rocket::http::Status;
use rocket::request::{Outcome, Request};
use rocket::response::{self, Responder};
use tracing::error;

use super::error_kind::AuthErrorKind;
use super::refusal::{OwnAnswer, Refusal, RefusalKind};
use crate::account::AccountError;
use crate::audit::{Escaped, RequestId};
use crate::password::{HashError, WeakPassword};
use crate::session::SessionError;

/// Why a request was refused: one code, one status, one sentence.
///
/// Catchers of the application read it with [`AuthError::of`]. The library sets the headers that go
/// with it (`WWW-Authenticate`, `Retry-After`) on the answer of any catcher.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct AuthError {
    kind: AuthErrorKind,
    /// In place of the kind's sentence.
    message: Option<&'static str>,
    /// In place of the kind's code.
    code: Option<&'static str>,
    retry_after: Option<Duration>,
    /// What the client answers with a code.
    challenge: Option<Challenge>,
    /// What a sign-in has to be, for a refusal of one that is not.
    step_up: StepUp,
    /// What the operator should know. Never part of the answer.
    cause: Option<Cause>,
}

/// What a sign-in has to be: the challenge of RFC 9470 §3 says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepUp {
    /// With a second factor.
    pub(crate) mfa: bool,
    /// At most so many seconds ago.
    pub(crate) max_age: Option<u32>,
}

impl StepUp {
    const NONE: StepUp = StepUp {
        mfa: false,
        max_age: None,
    };

    /// The parameters of the challenge.
    fn parameters(self) -> String {
        let acr = if self.mfa { ", acr_values=\"mfa\"" } else { "" };
        let age = self.max_age.map(|secs| format!(", max_age=\"{secs}\""));
        format!("{acr}{}", age.unwrap_or_default())
    }
}

/// The challenge of a second factor: a credential, so that its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
struct Challenge(Arc<str>);

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(…)")
    }
}

/// The words of a database, a policy, a library. Rocket prints the `Debug` of a guard's error; it
/// says nothing of them, so that they are in the log once, and escaped.
#[derive(Clone, PartialEq, Eq)]
struct Cause(Arc<str>);

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cause(…)")
    }
}

impl AuthError {
    pub(crate) const fn new(kind: AuthErrorKind) -> AuthError {
        AuthError {
            kind,
            message: None,
            code: None,
            retry_after: None,
            challenge: None,
            step_up: StepUp::NONE,
            cause: None,
        }
    }

    /// A refusal whose sentence says more than its kind's.
    pub(crate) fn saying(kind: AuthErrorKind, message: &'static str) -> AuthError {
        AuthError {
            message: Some(message),
            ..AuthError::new(kind)
        }
    }

    /// A refusal of a sign-in that has to be stronger or newer.
    pub(crate) const fn stepping_up(kind: AuthErrorKind, step_up: StepUp) -> AuthError {
        AuthError {
            kind,
            message: None,
            code: None,
            retry_after: None,
            challenge: None,
            step_up,
            cause: None,
        }
    }

    /// A failure of ours: the cause goes to the log, with the request's id, once the request is
    /// refused for it.
    pub(crate) fn caused_by(kind: AuthErrorKind, cause: &dyn Display) -> AuthError {
        AuthError {
            cause: Some(Cause(cause.to_string().into())),
            ..AuthError::new(kind)
        }
    }

    /// The refusal for a signed-in user whose roles do not suffice, for a handler that decides by
    /// more than roles.
    ///
    /// As a response it becomes 403 `insufficient_role`, with body and header as any guard's
    /// refusal.
    pub const fn insufficient_role() -> AuthError {
        AuthError::new(AuthErrorKind::InsufficientRole)
    }

    /// The reason why a guard or an endpoint of this library refused the request, if one did.
    ///
    /// ```
    /// use auth_core::AuthError;
    /// use rocket::{Request, catch};
    ///
    /// #[catch(401)]
    /// fn unauthorized(request: &Request<'_>) -> String {
    ///     let code = AuthError::of(request).map_or("unauthorized", AuthError::code);
    ///     format!("please sign in ({code})")
    /// }
    /// ```
    pub fn of<'r>(request: &'r Request<'_>) -> Option<&'r AuthError> {
        let recorded = recorded(request);
        recorded.answer.get().or_else(|| recorded.guard.get())
    }

    /// Keeps the reason why a guard failed, for the catcher and the headers. The first one stays: a
    /// second reason is for the same refusal, seen from further out.
    pub(crate) fn record(&self, request: &Request<'_>) {
        self.keep(request, &recorded(request).guard);
    }

    /// Keeps the reason that the request is answered with. It counts for more than a guard's, which
    /// the handler may have taken for a `None`.
    pub(crate) fn record_answer(&self, request: &Request<'_>) {
        self.keep(request, &recorded(request).answer);
    }

    fn keep(&self, request: &Request<'_>, place: &OnceLock<AuthError>) {
        if place.set(self.clone()).is_ok() {
            self.log_cause(request);
        }
    }

    /// The same without its cause, which is in the log now.
    pub(crate) fn logged(self, request: &Request<'_>) -> AuthError {
        self.log_cause(request);
        AuthError { cause: None, ..self }
    }

    fn log_cause(&self, request: &Request<'_>) {
        if let Some(Cause(cause)) = &self.cause {
            error!(request = %RequestId::of(request), "{}", Escaped(cause));
        }
    }

    /// What a response of `status` is called that the library did not decide: it says no more than
    /// the status says.
    pub(crate) const fn from_status(status: Status) -> AuthError {
        AuthError::new(AuthErrorKind::Status(status.code))
    }

    /// The kind of the refusal.
    pub const fn kind(&self) -> AuthErrorKind {
        self.kind
    }

    /// The code in the body: `token_expired`, `insufficient_role`, …, or that of a [`Refusal`].
    pub const fn code(&self) -> &'static str {
        match self.code {
            Some(code) => code,
            None => self.kind.code(),
        }
    }

    /// The status it is answered with.
    pub const fn status(&self) -> Status {
        self.kind.status()
    }

    /// One sentence for a person: a fixed text, with nothing of the request or of another library.
    pub const fn message(&self) -> &'static str {
        match self.message {
            Some(message) => message,
            None => self.kind.message(),
        }
    }

    /// The challenge of a sign-in that needs a second factor, for a page that asks for the code.
    /// [`Auth::login_with_factor`](crate::Auth::login_with_factor) takes both.
    pub fn second_factor_challenge(&self) -> Option<&str> {
        self.challenge.as_ref().map(|challenge| &*challenge.0)
    }

    /// The `WWW-Authenticate` challenge that goes with it (RFC 6750 §3), if one does.
    pub(crate) fn challenge(&self, realm: &str) -> Option<String> {
        let error = match self.kind {
            AuthErrorKind::InsufficientRole => Some("insufficient_scope"),
            AuthErrorKind::MissingToken
            | AuthErrorKind::InvalidCredentials
            | AuthErrorKind::InvalidTicket
            | AuthErrorKind::InvalidCode
            | AuthErrorKind::Status(401) => None,
            AuthErrorKind::SecondFactorRequired if self.challenge.is_some() => None,
            // RFC 9470 §3.
            AuthErrorKind::SecondFactorRequired | AuthErrorKind::ReauthenticationRequired => {
                Some("insufficient_user_authentication")
            }
            _ if self.status() == Status::Unauthorized => Some("invalid_token"),
            _ => return None,
        };
        let error = error.map(|error| format!(", error=\"{error}\"")).unwrap_or_default();
        Some(format!("Bearer realm=\"{realm}\"{error}{}", self.step_up.parameters()))
    }

    /// The `Retry-After` that goes with it, in whole seconds, if one does.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        match self.kind {
            AuthErrorKind::TooManyAttempts | AuthErrorKind::Unavailable => {
                let wait = self.retry_after.unwrap_or(Duration::from_secs(1));
                Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
            }
            _ => None,
        }
    }
}

impl From<Refusal> for AuthError {
    /// The answer that the refusal stands for. Its kind is [`AuthErrorKind::Status`].
    fn from(refusal: Refusal) -> AuthError {
        let OwnAnswer { status, code, message } = match refusal.0 {
            RefusalKind::No(answer) if is_good_code(&answer) => answer,
            RefusalKind::No(answer) => {
                let cause = format!(
                    "`{}` is no code for a refusal with status {}",
                    answer.code, answer.status
                );
                return AuthError::caused_by(AuthErrorKind::Internal, &cause);
            }
            RefusalKind::Unavailable(problem) => {
                return AuthError::caused_by(AuthErrorKind::Unavailable, &format!("a policy failed: {problem}"));
            }
        };
        AuthError {
            code: Some(code),
            message: Some(message),
            ..AuthError::new(AuthErrorKind::Status(status))
        }
    }
}

/// Clients act on the library's codes, so the application's must not look like them.
fn is_good_code(answer: &OwnAnswer) -> bool {
    let means_the_same = |kind: &AuthErrorKind| kind.code() != answer.code || kind.status().code == answer.status;
    answer.is_well_formed() && AuthErrorKind::ALL.iter().all(means_the_same)
}

impl From<SessionError> for AuthError {
    fn from(error: SessionError) -> AuthError {
        let kind = match error {
            SessionError::InvalidCredentials => AuthErrorKind::InvalidCredentials,
            SessionError::InvalidToken => AuthErrorKind::InvalidToken,
            SessionError::TokenExpired => AuthErrorKind::TokenExpired,
            SessionError::TokenStale => AuthErrorKind::TokenStale,
            SessionError::SessionRevoked => AuthErrorKind::SessionRevoked,
            SessionError::RefreshReuse => AuthErrorKind::RefreshReuse,
            SessionError::SeveralCredentials => AuthErrorKind::SeveralCredentials,
            SessionError::UnreadableCredentials => AuthErrorKind::UnreadableCredentials,
            SessionError::UnknownSession => AuthErrorKind::NotFound,
            SessionError::WeakPassword(weak) => {
                return AuthError::saying(AuthErrorKind::WeakPassword, sentence_of(weak));
            }
            SessionError::TooManyAttempts { retry_after } => {
                return AuthError {
                    retry_after: Some(retry_after),
                    ..AuthError::new(AuthErrorKind::TooManyAttempts)
                };
            }
            SessionError::InvalidTicket => AuthErrorKind::InvalidTicket,
            SessionError::SecondFactorRequired { challenge } => {
                return AuthError {
                    challenge: Some(Challenge(challenge.expose().into())),
                    ..AuthError::new(AuthErrorKind::SecondFactorRequired)
                };
            }
            SessionError::InvalidChallenge => {
                return AuthError::saying(
                    AuthErrorKind::InvalidTicket,
                    "This sign-in has expired or is used up; sign in again.",
                );
            }
            SessionError::InvalidCode => AuthErrorKind::InvalidCode,
            SessionError::SecondFactorMissing => {
                return AuthError::stepping_up(AuthErrorKind::SecondFactorRequired, RECENT_WITH_FACTOR);
            }
            SessionError::FactorExists => AuthErrorKind::FactorExists,
            SessionError::NotFresh => {
                return AuthError::stepping_up(AuthErrorKind::ReauthenticationRequired, RECENT);
            }
            SessionError::Accounts(AccountError::AlreadyExists) => AuthErrorKind::AccountExists,
            SessionError::StaleFeed | SessionError::Busy | SessionError::Hash(HashError::Busy) => {
                AuthErrorKind::Unavailable
            }
            SessionError::Accounts(AccountError::Email(_) | AccountError::LastHolder(_)) => {
                AuthErrorKind::InvalidRequest
            }
            SessionError::Accounts(AccountError::NotFound) => AuthErrorKind::NotFound,
            // The operator reads in the log what happened. The client only learns that it may try
            // again.
            down @ (SessionError::Store(_) | SessionError::Accounts(_)) => {
                return AuthError::caused_by(AuthErrorKind::Unavailable, &down);
            }
            broken @ (SessionError::Hash(_)
            | SessionError::Signing(_)
            | SessionError::Claims(_)
            | SessionError::NoEntropy(_)
            | SessionError::TicketData
            | SessionError::UnknownFactorKey
            | SessionError::NoCourier
            | SessionError::NoPublicUrl) => {
                return AuthError::caused_by(AuthErrorKind::Internal, &broken);
            }
        };
        AuthError::new(kind)
    }
}

/// What the verbs that change an account need.
const RECENT: StepUp = StepUp {
    mfa: false,
    max_age: Some(600),
};
const RECENT_WITH_FACTOR: StepUp = StepUp { mfa: true, ..RECENT };

/// Why a new password is refused.
const fn sentence_of(weak: WeakPassword) -> &'static str {
    match weak {
        WeakPassword::TooShort => "The new password is shorter than 8 bytes.",
        WeakPassword::TooLong => "The new password is longer than 72 bytes.",
        WeakPassword::Nul => "The new password holds a NUL character.",
        WeakPassword::Common => "The new password is too common.",
    }
}

impl<'r> Responder<'r, 'static> for AuthError {
    /// Leaves the answer to the catchers, so that an application can give its own.
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.record_answer(request);
        Err(self.status())
    }
}

#[derive(Default)]
struct RefusalSlot {
    guard: OnceLock<AuthError>,
    answer: OnceLock<AuthError>,
}

fn recorded<'r>(request: &'r Request<'_>) -> &'r RefusalSlot {
    request.local_cache(RefusalSlot::default)
}

/// The outcome of a guard: always an error, never a forward, or a refused request would fall to the
/// next route.
pub(crate) fn outcome<T>(request: &Request<'_>, result: Result<T, AuthError>) -> Outcome<T, AuthError> {
    match result {
        Ok(value) => Outcome::Success(value),
        Err(refused) => {
            refused.record(request);
            Outcome::Error((refused.status(), refused))
        }
    }
}

/// A guard of the application failed inside a guard struct: its status stands.
pub(crate) fn refusal_of_field(status: Status) -> AuthError {
    AuthError::from_status(status)
}
