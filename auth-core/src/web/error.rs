use std::fmt::{self, Display};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rocket::http::Status;
use rocket::request::{Outcome, Request};
use rocket::response::{self, Responder};
use tracing::error;

use crate::account::AccountError;
use crate::audit::{Escaped, RequestId};
use crate::password::{HashError, WeakPassword};
use crate::session::SessionError;

/// Why a request was refused: one code, one status, one sentence.
///
/// Catchers of the application read it with [`AuthError::of`]; the headers that go with it (`WWW-Authenticate`,
/// `Retry-After`) are set whichever catcher answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct AuthError {
    kind: Kind,
    retry_after: Option<Duration>,
    /// What the operator should know. Never part of the answer.
    cause: Option<Cause>,
}

/// The words of a database, a policy, a library. Rocket prints the `Debug` of a guard's error; it says nothing of them, so that they
/// are in the log once, and escaped.
#[derive(Clone, PartialEq, Eq)]
struct Cause(Arc<str>);

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cause(…)")
    }
}

/// The codes, as they stand in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Kind {
    MissingToken,
    InvalidToken,
    TokenExpired,
    TokenStale,
    SessionRevoked,
    ReauthenticationRequired,
    RefreshReuse,
    InvalidCredentials,
    SeveralCredentials,
    UnreadableCredentials,
    CsrfRejected,
    InsufficientRole,
    WeakPassword(WeakPassword),
    TooManyAttempts,
    Unavailable,
    BadRequest,
    NotFound,
    Timeout,
    TooLarge,
    UnsupportedMediaType,
    InvalidRequest,
    Unparsed(Unparsed),
    Internal,
    /// The application, or Rocket, answered with this status; what it means is theirs.
    Status(u16),
}

/// The part of a request whose parameters do not parse, as far as the route tells: Rocket only says that one did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unparsed {
    Path,
    Query,
    PathOrQuery,
}

impl AuthError {
    pub(crate) const fn new(kind: Kind) -> AuthError {
        AuthError {
            kind,
            retry_after: None,
            cause: None,
        }
    }

    /// A failure of ours: the cause goes to the log, with the request's id, once the request is refused for it.
    pub(crate) fn caused_by(kind: Kind, cause: &dyn Display) -> AuthError {
        AuthError {
            cause: Some(Cause(cause.to_string().into())),
            ..AuthError::new(kind)
        }
    }

    /// The refusal for a signed-in user whose roles do not suffice, for a handler that decides by more than roles.
    ///
    /// As a response it becomes 403 `insufficient_role`, with body and header as any guard's refusal.
    pub const fn insufficient_role() -> AuthError {
        AuthError::new(Kind::InsufficientRole)
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

    /// Keeps the reason why a guard failed, for the catcher and the headers. The first one stays: a second reason is for the same
    /// refusal, seen from further out.
    pub(crate) fn record(&self, request: &Request<'_>) {
        self.keep(request, &recorded(request).guard);
    }

    /// Keeps the reason that the request is answered with. It counts for more than a guard's, which the handler may have taken for
    /// a `None`.
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

    /// What a response of `status` is called that the library did not decide: it says no more than the status says.
    pub(crate) const fn from_status(status: Status) -> AuthError {
        AuthError::new(Kind::Status(status.code))
    }

    /// The code in the body: `token_expired`, `insufficient_role`, …
    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::MissingToken => "missing_token",
            Kind::InvalidToken => "invalid_token",
            Kind::TokenExpired => "token_expired",
            Kind::TokenStale => "token_stale",
            Kind::SessionRevoked => "session_revoked",
            Kind::ReauthenticationRequired => "reauthentication_required",
            Kind::RefreshReuse => "refresh_reuse",
            Kind::InvalidCredentials => "invalid_credentials",
            Kind::SeveralCredentials => "several_credentials",
            Kind::UnreadableCredentials => "unreadable_credentials",
            Kind::CsrfRejected => "csrf_rejected",
            Kind::InsufficientRole => "insufficient_role",
            Kind::WeakPassword(_) => "weak_password",
            Kind::TooManyAttempts => "too_many_attempts",
            Kind::Unavailable => "unavailable",
            Kind::BadRequest => "bad_request",
            Kind::NotFound => "not_found",
            Kind::Timeout => "request_timeout",
            Kind::TooLarge => "payload_too_large",
            Kind::UnsupportedMediaType => "unsupported_media_type",
            Kind::InvalidRequest | Kind::Unparsed(_) => "invalid_request",
            Kind::Internal => "internal_error",
            Kind::Status(status) => code_of(status),
        }
    }

    /// The status it is answered with.
    pub fn status(&self) -> Status {
        Status::new(match self.kind {
            Kind::BadRequest | Kind::SeveralCredentials | Kind::UnreadableCredentials => 400,
            Kind::MissingToken
            | Kind::InvalidToken
            | Kind::TokenExpired
            | Kind::TokenStale
            | Kind::SessionRevoked
            | Kind::ReauthenticationRequired
            | Kind::RefreshReuse
            | Kind::InvalidCredentials => 401,
            Kind::CsrfRejected | Kind::InsufficientRole => 403,
            Kind::NotFound => 404,
            Kind::Timeout => 408,
            Kind::TooLarge => 413,
            Kind::UnsupportedMediaType => 415,
            Kind::InvalidRequest | Kind::Unparsed(_) | Kind::WeakPassword(_) => 422,
            Kind::TooManyAttempts => 429,
            Kind::Internal => 500,
            Kind::Unavailable => 503,
            Kind::Status(status) => status,
        })
    }

    /// One sentence for a person; fixed texts, nothing of the request and nothing of a library.
    pub fn message(&self) -> &'static str {
        match self.kind {
            Kind::MissingToken => "Sign in to use this.",
            Kind::InvalidToken => "The token is not valid.",
            Kind::TokenExpired => "The token has expired.",
            Kind::TokenStale => "The token is older than a change of your roles; refresh it.",
            Kind::SessionRevoked => "The session has ended; sign in again.",
            Kind::RefreshReuse => "The refresh token was used before, so its session has ended; sign in again.",
            Kind::ReauthenticationRequired => "Your sign-in is too long ago for this; sign in again.",
            Kind::InvalidCredentials => "The e-mail or the password is wrong.",
            Kind::SeveralCredentials => "The request carries more than one credential.",
            Kind::UnreadableCredentials => "A credential of the request cannot be read.",
            Kind::CsrfRejected => "The request came from another site.",
            Kind::InsufficientRole => "Your roles do not allow this.",
            Kind::WeakPassword(WeakPassword::TooShort) => "The new password is shorter than 8 bytes.",
            Kind::WeakPassword(WeakPassword::TooLong) => "The new password is longer than 72 bytes.",
            Kind::WeakPassword(WeakPassword::Nul) => "The new password holds a NUL character.",
            Kind::WeakPassword(WeakPassword::Common) => "The new password is too common.",
            Kind::TooManyAttempts => "Too many failed attempts; wait before the next one.",
            Kind::Unavailable => "The service cannot answer now; try again.",
            Kind::BadRequest => "The request cannot be understood.",
            Kind::NotFound => "There is nothing here.",
            Kind::Timeout => "The request took too long to arrive.",
            Kind::TooLarge => "The request's body is too large.",
            Kind::UnsupportedMediaType => "The request's body must be application/json.",
            Kind::InvalidRequest => "The request's body is not what is expected here.",
            Kind::Unparsed(Unparsed::Path) => "The path is not what is expected here.",
            Kind::Unparsed(Unparsed::Query) => "The query is not what is expected here.",
            Kind::Unparsed(Unparsed::PathOrQuery) => "The path or the query is not what is expected here.",
            Kind::Internal => "Something went wrong here.",
            Kind::Status(status) => message_of(status),
        }
    }

    /// The `WWW-Authenticate` challenge that goes with it (RFC 6750 §3), if one does.
    pub(crate) fn challenge(&self, realm: &str) -> Option<String> {
        let error = match self.kind {
            Kind::InsufficientRole => Some("insufficient_scope"),
            Kind::MissingToken | Kind::InvalidCredentials | Kind::Status(401) => None,
            _ if self.status() == Status::Unauthorized => Some("invalid_token"),
            _ => return None,
        };
        let error = error.map(|error| format!(", error=\"{error}\"")).unwrap_or_default();
        Some(format!("Bearer realm=\"{realm}\"{error}"))
    }

    /// The `Retry-After` that goes with it, in whole seconds, if one does.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        match self.kind {
            Kind::TooManyAttempts | Kind::Unavailable => {
                let wait = self.retry_after.unwrap_or(Duration::from_secs(1));
                Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
            }
            _ => None,
        }
    }
}

impl From<SessionError> for AuthError {
    fn from(error: SessionError) -> AuthError {
        let kind = match error {
            SessionError::InvalidCredentials => Kind::InvalidCredentials,
            SessionError::InvalidToken => Kind::InvalidToken,
            SessionError::TokenExpired => Kind::TokenExpired,
            SessionError::TokenStale => Kind::TokenStale,
            SessionError::SessionRevoked => Kind::SessionRevoked,
            SessionError::RefreshReuse => Kind::RefreshReuse,
            SessionError::SeveralCredentials => Kind::SeveralCredentials,
            SessionError::UnreadableCredentials => Kind::UnreadableCredentials,
            SessionError::UnknownSession => Kind::NotFound,
            SessionError::WeakPassword(weak) => Kind::WeakPassword(weak),
            SessionError::TooManyAttempts { retry_after } => {
                return AuthError {
                    retry_after: Some(retry_after),
                    ..AuthError::new(Kind::TooManyAttempts)
                };
            }
            SessionError::StaleFeed | SessionError::Hash(HashError::Busy) => Kind::Unavailable,
            SessionError::Accounts(AccountError::Email(_)) => Kind::InvalidRequest,
            // The operator reads in the log what happened. The client only learns that it may try again.
            down @ (SessionError::Store(_) | SessionError::Accounts(_)) => {
                return AuthError::caused_by(Kind::Unavailable, &down);
            }
            broken @ (SessionError::Hash(_) | SessionError::Signing(_) | SessionError::NoEntropy(_)) => {
                return AuthError::caused_by(Kind::Internal, &broken);
            }
        };
        AuthError::new(kind)
    }
}

impl<'r> Responder<'r, 'static> for AuthError {
    /// Leaves the answer to the catchers, so that an application can give its own.
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.record_answer(request);
        Err(self.status())
    }
}

/// The code of a status that the library did not decide.
const fn code_of(status: u16) -> &'static str {
    match status {
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        408 => "request_timeout",
        413 => "payload_too_large",
        415 => "unsupported_media_type",
        422 => "invalid_request",
        429 => "too_many_attempts",
        500 => "internal_error",
        503 => "unavailable",
        _ => "error",
    }
}

/// Its sentence: nothing of tokens, passwords or bodies, of which the library knows nothing here.
const fn message_of(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be understood.",
        401 => "The request is not authorized.",
        403 => "This is not allowed.",
        404 => "There is nothing here.",
        408 => "The request took too long to arrive.",
        413 => "The request is too large.",
        415 => "The request's media type is not supported here.",
        422 => "The request is not what is expected here.",
        429 => "Too many requests; wait before the next one.",
        500 => "Something went wrong here.",
        503 => "The service cannot answer now; try again.",
        _ => "The request was refused.",
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

/// The outcome of a guard: always an error, never a forward, or a refused request would fall to the next route.
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
