//! Security events: one `tracing` event each, under the target `auth_core::audit`.
//!
//! No field ever holds a password, a token, a cookie, a secret, an e-mail or anything else a client wrote; ids, roles and
//! addresses are of our own making or checked.

use std::net::IpAddr;

use tracing::{error, info, warn};

use crate::account::UserId;
use crate::store::{RevokedWhy, SessionId, Verdict};

const TARGET: &str = "auth_core::audit";

/// Something that whoever guards the application may want to know.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub(crate) enum Event<'a> {
    /// A user signed in.
    LoginSucceeded {
        /// Who.
        user: &'a UserId,
        /// The new session.
        session: SessionId,
        /// From where.
        source: Option<IpAddr>,
    },
    /// Somebody did not: unknown e-mail, wrong password or disabled account, which the log does not tell apart either.
    LoginFailed {
        /// From where.
        source: Option<IpAddr>,
    },
    /// A sign-in was not looked at, for too many failures.
    LoginThrottled {
        /// From where.
        source: Option<IpAddr>,
    },
    /// A stored hash is malformed or of a cost outside 4 to 15: nobody can sign in with it.
    PasswordHashUnusable {
        /// Whose.
        user: &'a UserId,
    },
    /// A refresh token was judged and the session goes on.
    TokenRefreshed {
        /// Whose.
        user: &'a UserId,
        /// Which session.
        session: SessionId,
        /// How it was judged.
        verdict: Verdict,
    },
    /// A token was ahead of its row: the database lost a commit it had acknowledged.
    SessionRowBehind {
        /// Whose.
        user: &'a UserId,
        /// Which session.
        session: SessionId,
    },
    /// A used refresh token came back: it was copied. The session is revoked.
    RefreshReuse {
        /// Whose.
        user: &'a UserId,
        /// Which session.
        session: SessionId,
        /// From where.
        source: Option<IpAddr>,
    },
    /// A session was revoked.
    SessionRevoked {
        /// Which session.
        session: SessionId,
        /// Why.
        why: RevokedWhy,
    },
    /// A user changed the password.
    PasswordChanged {
        /// Who.
        user: &'a UserId,
    },
    /// A request was refused by a guard.
    AuthorizationDenied {
        /// The code of the refusal.
        code: &'static str,
        /// The route, as it was declared.
        route: &'a str,
        /// Who, where the token said it.
        user: Option<&'a UserId>,
    },
    /// A request that carried a cookie came from another site.
    CsrfRejected {
        /// From where.
        source: Option<IpAddr>,
    },
}

impl Event<'_> {
    /// Writes the event.
    pub(crate) fn emit(self) {
        let address = |source: Option<IpAddr>| source.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        match self {
            Event::LoginSucceeded { user, session, source } => {
                info!(target: TARGET, event = "login_succeeded", %user, %session, source = address(source));
            }
            Event::LoginFailed { source } => {
                warn!(target: TARGET, event = "login_failed", source = address(source));
            }
            Event::LoginThrottled { source } => {
                warn!(target: TARGET, event = "login_throttled", source = address(source));
            }
            Event::PasswordHashUnusable { user } => {
                error!(target: TARGET, event = "password_hash_unusable", %user);
            }
            Event::TokenRefreshed { user, session, verdict } => {
                info!(target: TARGET, event = "token_refreshed", %user, %session, verdict = ?verdict);
            }
            Event::SessionRowBehind { user, session } => {
                warn!(target: TARGET, event = "session_row_behind", %user, %session);
            }
            Event::RefreshReuse { user, session, source } => {
                warn!(target: TARGET, event = "refresh_reuse", %user, %session, source = address(source));
            }
            Event::SessionRevoked { session, why } => {
                info!(target: TARGET, event = "session_revoked", %session, why = why.as_str());
            }
            Event::PasswordChanged { user } => {
                info!(target: TARGET, event = "password_changed", %user);
            }
            Event::AuthorizationDenied { code, route, user } => {
                let user = user.map_or("-", UserId::as_str);
                info!(target: TARGET, event = "authorization_denied", code, route, user);
            }
            Event::CsrfRejected { source } => {
                warn!(target: TARGET, event = "csrf_rejected", source = address(source));
            }
        }
    }
}
