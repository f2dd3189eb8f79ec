//! The page that asks for the code of a second factor, after the password or a link, without
//! JavaScript.

use askama::Template;
use auth_core::{Auth, SecretString};

use crate::notice::Notice;
use crate::page::{Page, base};

/// Where users ask for a link to sign in with, and where the link leads.
pub const LINK_PAGE: &str = "/sign-in-link";

/// The second step of a sign-in. It is the answer to a form, so that no address holds the
/// challenge.
#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage {
    /// Where the forms are.
    forms: String,
    notice: &'static str,
    challenge: SecretString,
    /// Whether the sign-in began with a link, which is used up.
    by_link: bool,
}

impl CodePage {
    /// The page for a sign-in that was answered with `challenge`. `by_link` says that it began with
    /// a link.
    pub fn new(auth: &Auth, challenge: &str, by_link: bool, notice: &'static str) -> Page<CodePage> {
        Page(CodePage {
            forms: base(auth.config()).trim_end_matches('/').to_owned(),
            notice,
            challenge: SecretString::new(challenge),
            by_link,
        })
    }
}
