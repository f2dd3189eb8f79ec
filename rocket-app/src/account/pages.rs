//! The pages of the account flows.

use askama::Template;
use auth_core::config::SignUp;
use auth_core::{Auth, User, public};
use rocket::{State, get};

use super::steps::{
    CHANGE_EMAIL, COMPLETE_SIGN_UP, CONFIRM_EMAIL, DELETE_ACCOUNT, FORGOT_PASSWORD, Field, REQUEST_SIGN_IN_LINK,
    RESET_PASSWORD, SIGN_IN_BY_LINK, SIGN_UP, Step,
};
use crate::notice::{Notice, Said};
use crate::page::{Page, base};
use crate::role::AppRole;

/// A page with one form, or with two of which the second takes what the first sends.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    title: &'static str,
    /// Where the library's endpoints and the forms are.
    mount: String,
    notice: &'static str,
    /// Whether the page asks for the password of a user who signed in too long ago.
    asks_again: bool,
    /// Whether the page is for signed-in users, and no user is signed in by the cookie.
    lacks_user: bool,
    /// The id of the signed-in user whom the page is for.
    made_for: Option<String>,
    /// Whether the mails are on the terminal of the server.
    prints_mails: bool,
    /// Where to ask for another link, and what that is called.
    other: Option<(&'static str, &'static str)>,
    steps: Vec<Step>,
}

impl AccountPage {
    fn new(auth: &Auth, title: &'static str, said: &Said, steps: Vec<Step>) -> AccountPage {
        let config = auth.config();
        let sends = steps.iter().any(|step| step.done == Notice::MailSent);
        AccountPage {
            title,
            mount: base(config).trim_end_matches('/').to_owned(),
            notice: said.text(),
            // A wrong password comes from a form that asked for it.
            asks_again: matches!(said.0, Some(Notice::AskPassword | Notice::InvalidCredentials)),
            lacks_user: false,
            made_for: None,
            prints_mails: sends && config.is_debug() && config.smtp.url.is_none(),
            other: None,
            steps,
        }
    }
}

/// Where users make an account: they ask for a link, and choose a password behind it.
#[public("users sign up here")]
#[get("/sign-up")]
pub fn sign_up(auth: &State<Auth>, said: Said) -> Page<AccountPage> {
    let steps = match auth.config().flows.sign_up {
        SignUp::Open => vec![SIGN_UP, COMPLETE_SIGN_UP],
        _ => vec![COMPLETE_SIGN_UP],
    };
    Page(AccountPage::new(auth, "Create an account", &said, steps))
}

/// Where users ask for a link to set a new password with.
#[public("for users who cannot sign in")]
#[get("/forgot-password")]
pub fn forgot_password(auth: &State<Auth>, said: Said) -> Page<AccountPage> {
    let title = "Forgot your password?";
    Page(AccountPage::new(auth, title, &said, vec![FORGOT_PASSWORD]))
}

/// Where the link leads.
#[public("for users who cannot sign in")]
#[get("/reset-password")]
pub fn reset_password(auth: &State<Auth>, said: Said) -> Page<AccountPage> {
    Page(AccountPage {
        other: Some(("/forgot-password", "Ask for a new link")),
        ..AccountPage::new(auth, "Set a new password", &said, vec![RESET_PASSWORD])
    })
}

/// Where signed-in users ask for another e-mail.
#[public("its form is for signed-in users")]
#[get("/change-email")]
pub fn change_email(auth: &State<Auth>, user: Option<&User<AppRole>>, said: Said) -> Page<AccountPage> {
    Page(AccountPage {
        lacks_user: user.is_none(),
        made_for: user.map(|user| user.id().to_string()),
        ..AccountPage::new(auth, "Change your e-mail", &said, vec![CHANGE_EMAIL])
    })
}

/// Where its link leads.
#[public("users may read the mail in another browser")]
#[get("/confirm-email")]
pub fn confirm_email(auth: &State<Auth>, said: Said) -> Page<AccountPage> {
    Page(AccountPage {
        other: Some(("/change-email", "Ask for a new link")),
        ..AccountPage::new(auth, "Confirm your new e-mail", &said, vec![CONFIRM_EMAIL])
    })
}

/// Where users ask for a link to sign in with, and where it leads.
#[public("users sign in from here")]
#[get("/sign-in-link")]
pub fn sign_in_link(auth: &State<Auth>, said: Said) -> Page<AccountPage> {
    let steps = vec![REQUEST_SIGN_IN_LINK, SIGN_IN_BY_LINK];
    Page(AccountPage::new(auth, "Sign in by a link", &said, steps))
}

/// Where signed-in users delete the account.
#[public("its form is for signed-in users")]
#[get("/delete-account")]
pub fn delete_account(auth: &State<Auth>, user: Option<&User<AppRole>>, said: Said) -> Page<AccountPage> {
    Page(AccountPage {
        lacks_user: user.is_none(),
        made_for: user.map(|user| user.id().to_string()),
        ..AccountPage::new(auth, "Delete your account", &said, vec![DELETE_ACCOUNT])
    })
}
