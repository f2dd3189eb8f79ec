use std::net::IpAddr;

use tracing::Level;

use super::pseudonym::AccountPseudonym;
use super::request_id::RequestId;
use crate::ids::{SessionId, UserId};
use crate::store::{RevocationReason, RotationOutcome};

/// A security event, for the operator. `docs/events.md` lists the fields of each kind.
///
/// Cheap enough to clone into a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The kind of the event.
    pub kind: EventKind,
    /// The user, if the request proved an identity.
    pub user: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// From where: the peer's address, or what a trusted proxy says it is.
    pub source: Option<IpAddr>,
    /// The client's `User-Agent`, at most 256 characters; its control characters are escaped.
    pub user_agent: Option<String>,
    /// In which request; absent for what an operator did by command.
    pub request: Option<RequestId>,
    /// The account that a failed sign-in was for, known or not.
    pub account: Option<AccountPseudonym>,
    /// The outcome for a presented refresh token.
    pub outcome: Option<RotationOutcome>,
    /// Why a session was revoked.
    pub why: Option<RevocationReason>,
    /// The code of a refusal, as in its body.
    pub code: Option<&'static str>,
    /// The route as declared, such as `/reports/<id>`: never the path of the request.
    pub route: Option<String>,
    /// The purpose of a ticket or a mail: `sign_up`, `reset`, …
    pub purpose: Option<&'static str>,
}

/// The kinds of an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A user signed in.
    LoginSucceeded,
    /// A password, or a link, was right, and the code of the second factor is still missing. Where
    /// no sign-in follows, an attacker may have the password.
    LoginChallenged,
    /// A sign-in failed: unknown e-mail, wrong password or disabled account. The log does not tell
    /// them apart either.
    LoginFailed,
    /// The server refused a sign-in or a password change unchecked, after too many failures.
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
    /// Every session of a user was revoked at once, but for the one that a change of the password
    /// was made in.
    SessionsRevoked,
    /// A user changed the password.
    PasswordChanged,
    /// A signed-in user gave a wrong current password.
    PasswordChangeFailed,
    /// A stored hash is malformed or of a cost outside 4 to 15: its user cannot sign in with a
    /// password.
    PasswordHashUnusable,
    /// A link was made: to sign up, to set a new password, to sign in.
    TicketIssued,
    /// A link was used that is not good any more, or never was.
    TicketRejected,
    /// A mail was not sent, for too many requests.
    MailThrottled,
    /// A mail could not be delivered, after four tries.
    MailFailed,
    /// A user signed up or accepted an invitation, or an operator added the account.
    AccountCreated,
    /// A user set a new password by a link, or an operator set it.
    PasswordReset,
    /// A user changed the e-mail by a link, or an operator did.
    EmailChanged,
    /// An operator gave a user other roles.
    RolesChanged,
    /// An operator disabled an account.
    AccountDisabled,
    /// An operator enabled an account again.
    AccountEnabled,
    /// A user deleted the account, or an operator did.
    AccountDeleted,
    /// A signed-in user proved the password again.
    Reauthenticated,
    /// A signed-in user gave a wrong password.
    ReauthenticationFailed,
    /// A user added an authenticator app: the account signs in with it from now on.
    FactorAdded,
    /// A user removed the authenticator app.
    FactorRemoved,
    /// A user got other recovery codes.
    RecoveryCodesReplaced,
    /// A recovery code was used in place of the authenticator app.
    RecoveryCodeUsed,
    /// A wrong or used code, after the right password.
    SecondFactorFailed,
    /// A request was refused by a guard.
    AuthorizationDenied,
    /// A request that carried a cookie came from another site.
    CsrfRejected,
}

impl EventKind {
    /// Every kind.
    pub const ALL: &'static [EventKind] = &[
        EventKind::LoginSucceeded,
        EventKind::LoginChallenged,
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
        EventKind::TicketIssued,
        EventKind::TicketRejected,
        EventKind::MailThrottled,
        EventKind::MailFailed,
        EventKind::AccountCreated,
        EventKind::PasswordReset,
        EventKind::EmailChanged,
        EventKind::RolesChanged,
        EventKind::AccountDisabled,
        EventKind::AccountEnabled,
        EventKind::AccountDeleted,
        EventKind::Reauthenticated,
        EventKind::ReauthenticationFailed,
        EventKind::FactorAdded,
        EventKind::FactorRemoved,
        EventKind::RecoveryCodesReplaced,
        EventKind::RecoveryCodeUsed,
        EventKind::SecondFactorFailed,
        EventKind::AuthorizationDenied,
        EventKind::CsrfRejected,
    ];

    /// The name of this kind, as in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::LoginSucceeded => "login_succeeded",
            EventKind::LoginChallenged => "login_challenged",
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
            EventKind::TicketIssued => "ticket_issued",
            EventKind::TicketRejected => "ticket_rejected",
            EventKind::MailThrottled => "mail_throttled",
            EventKind::MailFailed => "mail_failed",
            EventKind::AccountCreated => "account_created",
            EventKind::PasswordReset => "password_reset",
            EventKind::EmailChanged => "email_changed",
            EventKind::RolesChanged => "roles_changed",
            EventKind::AccountDisabled => "account_disabled",
            EventKind::AccountEnabled => "account_enabled",
            EventKind::AccountDeleted => "account_deleted",
            EventKind::Reauthenticated => "reauthenticated",
            EventKind::ReauthenticationFailed => "reauthentication_failed",
            EventKind::FactorAdded => "factor_added",
            EventKind::FactorRemoved => "factor_removed",
            EventKind::RecoveryCodesReplaced => "recovery_codes_replaced",
            EventKind::RecoveryCodeUsed => "recovery_code_used",
            EventKind::SecondFactorFailed => "second_factor_failed",
            EventKind::AuthorizationDenied => "authorization_denied",
            EventKind::CsrfRejected => "csrf_rejected",
        }
    }

    /// The log level: info for normal use, warn for a possible attack, error for what an operator
    /// must repair.
    #[doc(hidden)]
    pub const fn level(self) -> Level {
        match self {
            EventKind::LoginSucceeded
            | EventKind::LoginChallenged
            | EventKind::TokenCreated
            | EventKind::TokenRefreshed
            | EventKind::SessionRevoked
            | EventKind::SessionsRevoked
            | EventKind::PasswordChanged
            | EventKind::TicketIssued
            | EventKind::AccountCreated
            | EventKind::PasswordReset
            | EventKind::EmailChanged
            | EventKind::RolesChanged
            | EventKind::AccountDisabled
            | EventKind::AccountEnabled
            | EventKind::AccountDeleted
            | EventKind::Reauthenticated
            | EventKind::FactorAdded
            | EventKind::FactorRemoved
            | EventKind::RecoveryCodesReplaced
            | EventKind::RecoveryCodeUsed
            | EventKind::AuthorizationDenied => Level::INFO,
            EventKind::LoginFailed
            | EventKind::LoginThrottled
            | EventKind::SessionRowBehind
            | EventKind::RefreshReuse
            | EventKind::PasswordChangeFailed
            | EventKind::TicketRejected
            | EventKind::MailThrottled
            | EventKind::ReauthenticationFailed
            | EventKind::SecondFactorFailed
            | EventKind::CsrfRejected => Level::WARN,
            EventKind::PasswordHashUnusable | EventKind::MailFailed => Level::ERROR,
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
            user_agent: None,
            request: None,
            account: None,
            outcome: None,
            why: None,
            code: None,
            route: None,
            purpose: None,
        }
    }

    /// Names the user, where one is known.
    pub(crate) fn user<'u>(mut self, user: impl Into<Option<&'u UserId>>) -> Event {
        self.user = user.into().cloned();
        self
    }

    pub(crate) fn session(mut self, session: impl Into<Option<SessionId>>) -> Event {
        self.session = session.into();
        self
    }

    /// Says where it came from.
    pub(crate) fn from(
        mut self,
        source: Option<IpAddr>,
        user_agent: Option<String>,
        request: Option<RequestId>,
    ) -> Event {
        (self.source, self.user_agent, self.request) = (source, user_agent, request);
        self
    }

    pub(crate) fn account(mut self, account: AccountPseudonym) -> Event {
        self.account = Some(account);
        self
    }

    pub(crate) fn outcome(mut self, outcome: RotationOutcome) -> Event {
        self.outcome = Some(outcome);
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

    pub(crate) fn purpose(mut self, purpose: &'static str) -> Event {
        self.purpose = Some(purpose);
        self
    }

    pub(crate) fn route(mut self, route: Option<&str>) -> Event {
        self.route = route.map(str::to_owned);
        self
    }
}
