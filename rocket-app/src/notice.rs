//! What a page says after a form was sent: one of these sentences, named in the address, so that nothing of a request is
//! ever shown.

use std::convert::Infallible;

use auth_core::AuthError;
use rocket::async_trait;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The password was wrong.
    InvalidCredentials,
    /// Too many were.
    TooManyAttempts,
    /// The new password was refused.
    WeakPassword,
    /// There is no session to go on with.
    SessionOver,
    /// The access cookie is not turned on, which the dashboard needs.
    NoAccessCookie,
    /// Signed out.
    SignedOut,
    /// A session was ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// Somebody's roles were changed.
    RolesChanged,
    /// Somebody was disabled.
    UserDisabled,
    /// There is no such role, or no such user, or it is oneself.
    NotPossible,
}

impl Notice {
    const ALL: [Notice; 11] = [
        Notice::InvalidCredentials,
        Notice::TooManyAttempts,
        Notice::WeakPassword,
        Notice::SessionOver,
        Notice::NoAccessCookie,
        Notice::SignedOut,
        Notice::SessionEnded,
        Notice::PasswordChanged,
        Notice::RolesChanged,
        Notice::UserDisabled,
        Notice::NotPossible,
    ];

    /// To `page`, which is to say it.
    pub fn on(self, page: &str) -> Redirect {
        Redirect::to(format!("{page}?notice={}", self.name()))
    }

    fn name(self) -> &'static str {
        match self {
            Notice::InvalidCredentials => "invalid_credentials",
            Notice::TooManyAttempts => "too_many_attempts",
            Notice::WeakPassword => "weak_password",
            Notice::SessionOver => "session_over",
            Notice::NoAccessCookie => "no_access_cookie",
            Notice::SignedOut => "signed_out",
            Notice::SessionEnded => "session_ended",
            Notice::PasswordChanged => "password_changed",
            Notice::RolesChanged => "roles_changed",
            Notice::UserDisabled => "user_disabled",
            Notice::NotPossible => "not_possible",
        }
    }

    /// The notice for a refusal that the user can do something about; the others are answered as refusals.
    pub fn of(refused: &AuthError) -> Option<Notice> {
        match refused.code() {
            "invalid_credentials" => Some(Notice::InvalidCredentials),
            "too_many_attempts" => Some(Notice::TooManyAttempts),
            "weak_password" => Some(Notice::WeakPassword),
            "missing_token" | "invalid_token" | "token_expired" | "session_revoked" | "refresh_reuse" => {
                Some(Notice::SessionOver)
            }
            _ => None,
        }
    }

    /// The sentence.
    pub fn text(self) -> &'static str {
        match self {
            Notice::InvalidCredentials => "The e-mail or the password is wrong.",
            Notice::TooManyAttempts => "Too many failed attempts; wait before the next one.",
            Notice::WeakPassword => "The new password is too short, too long or too common.",
            Notice::SessionOver => "The session has ended; sign in again.",
            Notice::NoAccessCookie => "The dashboard needs the access cookie: see Rocket.toml.",
            Notice::SignedOut => "You are signed out.",
            Notice::SessionEnded => "The session has ended.",
            Notice::PasswordChanged => "The password is changed; your other sessions have ended.",
            Notice::RolesChanged => "The roles are changed.",
            Notice::UserDisabled => "The user is disabled.",
            Notice::NotPossible => "This is not possible.",
        }
    }
}

/// The sentence that the address of a page names, if it names one. Not a part of the route, which the access map would show.
pub struct Said(pub &'static str);

#[async_trait]
impl<'r> FromRequest<'r> for Said {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Said, Infallible> {
        let name = request.query_value::<&str>("notice").and_then(Result::ok);
        let notice = Notice::ALL.into_iter().find(|notice| Some(notice.name()) == name);
        Outcome::Success(Said(notice.map_or("", Notice::text)))
    }
}
