//! The page that asks for the code of a second factor, after the password or a link, without
//! JavaScript.

use askama::Template;
use auth_core::{Auth, SecretString};

use crate::page::{Page, base};

/// The second step of a sign-in. It is the answer to a form, so that no address holds the
/// challenge.
#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage {
    /// Where the forms are.
    forms: String,
    notice: &'static str,
    challenge: SecretString,
}

impl CodePage {
    /// The page for a sign-in that was answered with `challenge`.
    pub fn new(auth: &Auth, challenge: &str, notice: &'static str) -> Page<CodePage> {
        Page(CodePage {
            forms: base(auth.config()).trim_end_matches('/').to_owned(),
            notice,
            challenge: SecretString::new(challenge),
        })
    }
}
