//! The sentence that a page shows after a form. The address names one of these fixed sentences, so
//! a page never shows text of a request.

use std::convert::Infallible;

use auth_core::{AuthError, AuthErrorKind};
use rocket::async_trait;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;

macro_rules! notices {
    ($($(#[$doc:meta])* $notice:ident = $name:literal $text:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Notice {
            $($(#[$doc])* $notice,)*
        }

        impl Notice {
            const ALL: &[Notice] = &[$(Notice::$notice),*];

            /// What an address calls it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Notice::$notice => $name,)*
                }
            }

            /// The sentence.
            pub fn text(self) -> &'static str {
                match self {
                    $(Notice::$notice => $text,)*
                }
            }
        }
    };
}

notices! {
    /// The password was wrong.
    InvalidCredentials = "invalid_credentials" "The e-mail or the password is wrong.";
    /// Too many were.
    TooManyAttempts = "too_many_attempts" "Too many attempts; wait before the next one.";
    /// The new password was refused.
    WeakPassword = "weak_password" "The new password is too short, too long or too common.";
    /// There is no session to go on with.
    SessionOver = "session_over" "The session has ended; sign in again.";
    /// The access cookie is not turned on, which the dashboard needs.
    NoAccessCookie = "no_access_cookie" "The dashboard needs the access cookie: see Rocket.toml.";
    /// Signed out.
    SignedOut = "signed_out" "You are signed out.";
    /// Signed in by a link.
    SignedIn = "signed_in" "You are signed in.";
    /// A form of one user came with the cookie of another.
    AnotherUser = "another_user" "Another user has signed in here since. Look who you are, and try again.";
    /// A session was ended.
    SessionEnded = "session_ended" "The session has ended.";
    /// The password was changed.
    PasswordChanged = "password_changed" "The password is changed; your other sessions have ended.";
    /// A mail is on its way, if the address may have one.
    MailSent = "mail_sent" "A mail with a link is on its way, if this address can get one.";
    /// The user has an account now, and a session.
    SignedUp = "signed_up" "Welcome. Your account is there, and you are signed in.";
    /// A new password was set by a link.
    PasswordReset = "password_reset" "The new password is set. Sign in with it.";
    /// The new e-mail is confirmed.
    EmailChanged = "email_changed" "Your e-mail is changed. Sign in with the new one from now on.";
    /// The account is deleted.
    AccountDeleted = "account_deleted" "Your account is deleted.";
    /// A link was used, or has expired, or is none.
    InvalidLink = "invalid_link" "The link is not valid any more; ask for a new one.";
    /// The address has an account.
    AccountExists = "account_exists" "An account with this e-mail exists already.";
    /// The address cannot be one.
    InvalidEmail = "invalid_email" "This is not an e-mail address.";
    /// The sign-in is too long ago.
    AskPassword = "ask_password" "Your sign-in is more than 10 minutes ago. Type your password as well.";
    /// The code of a second factor was refused.
    WrongCode = "wrong_code" "The code is wrong, too old, or was used before.";
    /// The challenge of a sign-in is dead.
    InvalidChallenge = "invalid_challenge" "This sign-in has expired or is used up; sign in again.";
    /// The user used a link, and did not type the code that goes with it.
    LinkUsed = "link_used" "This link is used up. Ask for a new one.";
    /// The user has an authenticator app now.
    FactorAdded = "factor_added" "The app is your second factor now.";
    /// The user had one before.
    FactorExists = "factor_exists" "This account has an authenticator app already.";
    /// The user has new recovery codes.
    CodesReplaced = "codes_replaced" "The former recovery codes are dead.";
    /// The user has no second factor any more.
    FactorRemoved = "factor_removed" "Your second factor is removed.";
    /// An admin removed a user's second factor.
    UserFactorRemoved = "user_factor_removed" "The user signs in without a second factor now.";
    /// An admin added a user.
    UserAdded = "user_added" "The user is added.";
    /// An admin made a link.
    LinkMade = "link_made" "Copy the link now: this page shows it once.";
    /// An admin changed a user's roles.
    RolesChanged = "roles_changed" "The roles are changed.";
    /// An admin set a user's e-mail.
    EmailSet = "email_set" "The user's e-mail is changed.";
    /// An admin disabled a user.
    UserDisabled = "user_disabled" "The user is disabled.";
    /// An admin enabled a user.
    UserEnabled = "user_enabled" "The user is enabled.";
    /// An admin deleted a user.
    UserDeleted = "user_deleted" "The user is deleted.";
    /// An admin did not tick the box that confirms a deletion.
    NotConfirmed = "not_confirmed" "Tick the box to delete a user.";
    /// There is no such role, or no such user, or it is oneself.
    NotPossible = "not_possible" "This is not possible.";
}

impl Notice {
    /// To `page`, which is to say it.
    pub fn on(self, page: &str) -> Redirect {
        Redirect::to(self.at(page))
    }

    /// The address of `page` that says it.
    pub fn at(self, page: &str) -> String {
        format!("{page}?notice={}", self.name())
    }

    /// The notice for a refusal that the user can do something about; the others are answered as
    /// refusals.
    pub fn of(refused: &AuthError) -> Option<Notice> {
        match refused.kind() {
            AuthErrorKind::InvalidCredentials => Some(Notice::InvalidCredentials),
            AuthErrorKind::TooManyAttempts => Some(Notice::TooManyAttempts),
            AuthErrorKind::WeakPassword => Some(Notice::WeakPassword),
            AuthErrorKind::InvalidTicket => Some(Notice::InvalidLink),
            AuthErrorKind::AccountExists => Some(Notice::AccountExists),
            AuthErrorKind::InvalidCode => Some(Notice::WrongCode),
            AuthErrorKind::FactorExists => Some(Notice::FactorExists),
            AuthErrorKind::InvalidRequest => Some(Notice::InvalidEmail),
            AuthErrorKind::ReauthenticationRequired => Some(Notice::AskPassword),
            AuthErrorKind::MissingToken
            | AuthErrorKind::InvalidToken
            | AuthErrorKind::TokenExpired
            | AuthErrorKind::SessionRevoked
            | AuthErrorKind::RefreshReuse => Some(Notice::SessionOver),
            _ => None,
        }
    }
}

/// The notice that the address of a page names, if it names one. Not a part of the route, which the
/// access map would show.
pub struct Said(pub Option<Notice>);

impl Said {
    /// The sentence, or none.
    pub fn text(&self) -> &'static str {
        self.0.map_or("", Notice::text)
    }
}

#[async_trait]
impl<'r> FromRequest<'r> for Said {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Said, Infallible> {
        let name = request.query_value::<&str>("notice").and_then(Result::ok);
        let named = |notice: &Notice| Some(notice.name()) == name;
        Outcome::Success(Said(Notice::ALL.iter().copied().find(named)))
    }
}
