//! Every refusal of this library: its code, its status and its sentence.

use rocket::http::Status;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal $status:literal $sentence:literal => $advice:literal;)*) => {
        /// Why a request was refused: each kind has one code, one status and one sentence.
        ///
        /// [`AuthError::kind`](crate::AuthError::kind) tells it. More kinds may come with any version.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum AuthErrorKind {
            $($(#[$doc])* $kind,)*
            /// The application, or Rocket, answered with this status; what it means is theirs.
            Status(u16),
        }

        impl AuthErrorKind {
            /// Every kind that the library decides itself: all but [`AuthErrorKind::Status`].
            pub const ALL: &'static [AuthErrorKind] = &[$(AuthErrorKind::$kind),*];

            /// The code in the body: `token_expired`, `insufficient_role`, …
            pub const fn code(self) -> &'static str {
                match self {
                    $(AuthErrorKind::$kind => $code,)*
                    AuthErrorKind::Status(status) => of_status(status).0,
                }
            }

            /// The status it is answered with.
            pub const fn status(self) -> Status {
                Status {
                    code: match self {
                        $(AuthErrorKind::$kind => $status,)*
                        AuthErrorKind::Status(status) => status,
                    },
                }
            }

            /// One sentence for a person.
            pub const fn message(self) -> &'static str {
                match self {
                    $(AuthErrorKind::$kind => $sentence,)*
                    AuthErrorKind::Status(status) => of_status(status).1,
                }
            }

            /// What a client should do about it: one or two clauses for the author of the client.
            pub const fn advice(self) -> &'static str {
                match self {
                    $(AuthErrorKind::$kind => $advice,)*
                    AuthErrorKind::Status(_) => "The application or Rocket refused; do as the status says.",
                }
            }
        }
    };
}

kinds! {
    /// The request carries no credential.
    MissingToken = "missing_token" 401 "Sign in to use this."
        => "Refresh once and repeat; if the refresh says the same, show the sign-in page.";
    /// What it carries is no token of this server.
    InvalidToken = "invalid_token" 401 "The token is not valid."
        => "Refresh once and repeat; if the refresh token itself is refused, sign in again.";
    /// The token is past its end.
    TokenExpired = "token_expired" 401 "The token has expired."
        => "Refresh once and repeat; at `/refresh` the session is over, so sign in again.";
    /// The user's roles changed after the token was issued.
    TokenStale = "token_stale" 401 "The token is older than a change of your roles; refresh it."
        => "Refresh once and repeat; the new token carries the new roles.";
    /// The session was revoked.
    SessionRevoked = "session_revoked" 401 "The session has ended; sign in again."
        => "Refresh once and repeat; at `/refresh` forget both tokens and sign in again.";
    /// The rule asks for a younger sign-in.
    ReauthenticationRequired = "reauthentication_required" 401 "Your sign-in is too long ago for this; sign in again."
        => "Ask for the password and sign in again; a refresh does not help.";
    /// The account has a second factor, or the rule or the user's role asks for one.
    SecondFactorRequired = "second_factor_required" 401 "This needs a code of your second factor."
        => "Ask for a code: send it with the `challenge` of a sign-in to `/login/factor`, else to `/reauthenticate`.";
    /// The code of a second factor is wrong, too old, or was used before.
    InvalidCode = "invalid_code" 401 "The code is wrong, too old, or was used before."
        => "Let the user type the next code; a code is good once.";
    /// The account has an authenticator app.
    FactorExists = "factor_exists" 409 "This account has an authenticator app already."
        => "Let the user remove the authenticator app first.";
    /// The refresh token was used before.
    RefreshReuse = "refresh_reuse" 401 "The refresh token was used before, so its session has ended; sign in again."
        => "Forget both tokens, sign in again, and tell the user that a copy may exist.";
    /// The e-mail is unknown, the password wrong or the account disabled.
    InvalidCredentials = "invalid_credentials" 401 "The e-mail or the password is wrong."
        => "Let the user correct the e-mail or the password; do not retry by yourself.";
    /// Credentials that do not belong together.
    SeveralCredentials = "several_credentials" 400 "The request carries more than one credential."
        => "Send exactly one credential; nothing was consumed.";
    /// A credential has characters that no token has.
    UnreadableCredentials = "unreadable_credentials" 400 "A credential of the request cannot be read."
        => "Send the token as you got it, without blanks or characters outside ASCII.";
    /// A request with a cookie came from another site.
    CsrfRejected = "csrf_rejected" 403 "The request came from another site."
        => "Send the request from a page of the server or of `allowed_origins`; nothing was consumed.";
    /// The user's roles, or a policy, do not allow it.
    InsufficientRole = "insufficient_role" 403 "Your roles do not allow this."
        => "Tell the user that the roles do not allow this; do not refresh.";
    /// The new password is too short, too long or too common.
    WeakPassword = "weak_password" 422 "The new password will not do."
        => "Show the message and ask for another new password.";
    /// The link, or the challenge of a sign-in, was used, has expired, or is of another purpose.
    InvalidTicket = "invalid_ticket" 401 "The link is not valid any more; ask for a new one."
        => "Ask the user to request a new link, or for a dead challenge to sign in again; all dead ones look like this.";
    /// The e-mail belongs to an account.
    AccountExists = "account_exists" 409 "An account with this e-mail exists already."
        => "Tell the user to sign in, or to ask for a new password.";
    /// Too many failures from this client or for this account, or too many mails were asked for.
    TooManyAttempts = "too_many_attempts" 429 "Too many attempts; wait before the next one."
        => "Tell the user to wait `Retry-After` seconds; do not retry by yourself.";
    /// A database, a policy or the hashing of passwords does not answer now.
    Unavailable = "unavailable" 503 "The service cannot answer now; try again."
        => "Wait `Retry-After` seconds, then send the same request with the same token again.";
    /// The body cannot be read.
    BadRequest = "bad_request" 400 "The request cannot be understood."
        => "Mend the request; do not repeat it as it is.";
    /// There is no such session.
    NotFound = "not_found" 404 "There is nothing here."
        => "Check the path or the id; another user's session or organisation looks like this too.";
    /// The body did not arrive in time.
    Timeout = "request_timeout" 408 "The request took too long to arrive."
        => "Send the request again; its body must arrive within 5 seconds.";
    /// The body is longer than the endpoint takes.
    TooLarge = "payload_too_large" 413 "The request's body is too large."
        => "Send a smaller body; the endpoints take 4096 bytes.";
    /// The body is no JSON by its `Content-Type`.
    UnsupportedMediaType = "unsupported_media_type" 415 "The request's body must be application/json."
        => "Send `Content-Type: application/json`.";
    /// The body, the path or the query is not what is expected.
    InvalidRequest = "invalid_request" 422 "The request's body is not what is expected here."
        => "Mend the body, path or query; do not repeat it as it is.";
    /// A mistake of the server.
    Internal = "internal_error" 500 "Something went wrong here."
        => "Do not repeat it; report it with the time of the request.";
}

/// Code and sentence of a status that the library did not decide: nothing of tokens, passwords or
/// bodies, of which it knows nothing here.
const fn of_status(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("bad_request", "The request cannot be understood."),
        401 => ("unauthorized", "The request is not authorized."),
        403 => ("forbidden", "This is not allowed."),
        404 => ("not_found", "There is nothing here."),
        408 => ("request_timeout", "The request took too long to arrive."),
        413 => ("payload_too_large", "The request is too large."),
        415 => (
            "unsupported_media_type",
            "The request's media type is not supported here.",
        ),
        422 => ("invalid_request", "The request is not what is expected here."),
        429 => ("too_many_attempts", "Too many requests; wait before the next one."),
        500 => ("internal_error", "Something went wrong here."),
        503 => ("unavailable", "The service cannot answer now; try again."),
        _ => ("error", "The request was refused."),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::metrics;

    #[test]
    fn the_metric_of_refusals_has_a_series_for_each_code_and_no_other() {
        let label = metrics::REFUSALS.label.expect("the code");
        let statuses = (400..600).map(AuthErrorKind::Status);
        let kinds = AuthErrorKind::ALL.iter().copied().chain(statuses);
        let codes: BTreeSet<&str> = kinds.map(AuthErrorKind::code).collect();
        assert_eq!(label.values.iter().copied().collect::<BTreeSet<_>>(), codes);
    }
}
