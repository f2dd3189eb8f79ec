use std::net::IpAddr;

use tracing::Level;

use super::pseudonym::AccountPseudonym;
use super::request_id::RequestId;
use crate::ids::{SessionId, UserId};
use crate::store::{RevocationReason, RotationOutcome};

/// Something that an operator who watches over security may want to know. `docs/events.md` lists the fields of each
/// kind.
///
/// Cheap enough to clone into a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Who, where that is proven.
    pub user: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// From where: the peer's address, or what a trusted proxy says it is.
    pub source: Option<IpAddr>,
    /// In which request; absent for what an operator did by command.
    pub request: Option<RequestId>,
    /// The account that a failed sign-in was for, known or not.
    pub account: Option<AccountPseudonym>,
    /// How a refresh token was judged.
    pub verdict: Option<RotationOutcome>,
    /// Why a session was revoked.
    pub why: Option<RevocationReason>,
    /// The code of a refusal, as in its body.
    pub code: Option<&'static str>,
    /// The route, as it was declared: never what was asked for.
    pub route: Option<String>,
}

/// What an [`Event`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A user signed in.
    LoginSucceeded,
    /// Somebody did not: unknown e-mail, wrong password or disabled account, which the log does not tell apart either.
    LoginFailed,
    /// A sign-in or a change of a password was not looked at, for too many failures.
    LoginThrottled,
    /// A session began, and its first tokens were issued.
    TokenCreated,
    /// A refresh token was judged and the session goes on.
    TokenRefreshed,
    /// A token was ahead of its row: the database lost a commit it had acknowledged.
    SessionRowBehind,
    /// A used refresh token came back: it was copied. The session is revoked.
    RefreshReuse,
    /// A session was revoked.
    SessionRevoked,
    /// Every session of a user was revoked at once, but for the one that a change of the password was made in.
    SessionsRevoked,
    /// A user changed the password.
    PasswordChanged,
    /// A signed-in user gave a wrong current password.
    PasswordChangeFailed,
    /// A stored hash is malformed or of a cost outside 4 to 15: nobody can sign in with it.
    PasswordHashUnusable,
    /// A request was refused by a guard.
    AuthorizationDenied,
    /// A request that carried a cookie came from another site.
    CsrfRejected,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [EventKind; 14] = [
        EventKind::LoginSucceeded,
        EventKind::LoginFailed,
        EventKind::LoginThrottled,
        EventKind::TokenCreated,
        EventKind::TokenRefreshed,
        EventKind::SessionRowBehind,
        EventKind::RefreshReuse,
        EventKind::SessionRevoked,
        EventKind::SessionsRevoked,
        EventKind::PasswordChanged,
        EventKind::PasswordChangeFailed,
        EventKind::PasswordHashUnusable,
        EventKind::AuthorizationDenied,
        EventKind::CsrfRejected,
    ];

    /// Its name, as it stands in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::LoginSucceeded => "login_succeeded",
            EventKind::LoginFailed => "login_failed",
            EventKind::LoginThrottled => "login_throttled",
            EventKind::TokenCreated => "token_created",
            EventKind::TokenRefreshed => "token_refreshed",
            EventKind::SessionRowBehind => "session_row_behind",
            EventKind::RefreshReuse => "refresh_reuse",
            EventKind::SessionRevoked => "session_revoked",
            EventKind::SessionsRevoked => "sessions_revoked",
            EventKind::PasswordChanged => "password_changed",
            EventKind::PasswordChangeFailed => "password_change_failed",
            EventKind::PasswordHashUnusable => "password_hash_unusable",
            EventKind::AuthorizationDenied => "authorization_denied",
            EventKind::CsrfRejected => "csrf_rejected",
        }
    }

    /// How loud it is: what is in order, what somebody may be up to, what needs an operator.
    pub const fn level(self) -> Level {
        match self {
            EventKind::LoginSucceeded
            | EventKind::TokenCreated
            | EventKind::TokenRefreshed
            | EventKind::SessionRevoked
            | EventKind::SessionsRevoked
            | EventKind::PasswordChanged
            | EventKind::AuthorizationDenied => Level::INFO,
            EventKind::LoginFailed
            | EventKind::LoginThrottled
            | EventKind::SessionRowBehind
            | EventKind::RefreshReuse
            | EventKind::PasswordChangeFailed
            | EventKind::CsrfRejected => Level::WARN,
            EventKind::PasswordHashUnusable => Level::ERROR,
        }
    }
}

impl Event {
    pub(crate) fn new(kind: EventKind) -> Event {
        Event {
            kind,
            user: None,
            session: None,
            source: None,
            request: None,
            account: None,
            verdict: None,
            why: None,
            code: None,
            route: None,
        }
    }

    /// Names the user, where one is known.
    pub(crate) fn user<'u>(mut self, user: impl Into<Option<&'u UserId>>) -> Event {
        self.user = user.into().cloned();
        self
    }

    pub(crate) fn session(mut self, session: SessionId) -> Event {
        self.session = Some(session);
        self
    }

    /// Says where it came from.
    pub(crate) fn from(mut self, source: Option<IpAddr>, request: Option<RequestId>) -> Event {
        (self.source, self.request) = (source, request);
        self
    }

    pub(crate) fn account(mut self, account: AccountPseudonym) -> Event {
        self.account = Some(account);
        self
    }

    pub(crate) fn verdict(mut self, verdict: RotationOutcome) -> Event {
        self.verdict = Some(verdict);
        self
    }

    pub(crate) fn why(mut self, why: RevocationReason) -> Event {
        self.why = Some(why);
        self
    }

    pub(crate) fn code(mut self, code: &'static str) -> Event {
        self.code = Some(code);
        self
    }

    pub(crate) fn route(mut self, route: Option<&str>) -> Event {
        self.route = route.map(str::to_owned);
        self
    }
}
