//! Where a form leads: on, or back to its page for a refusal that the user can do something about.

use auth_core::session::{SessionError, TokenPair};
use auth_core::{Auth, AuthError, SetTokenCookies};
use rocket::response::{Redirect, Responder};

use crate::code_page::{CodePage, LINK_PAGE};
use crate::notice::Notice;
use crate::page::Page;

/// The answer to a form that begins, goes on with or ends a session.
#[derive(Responder)]
pub enum Answer {
    /// A redirect that sets or clears cookies.
    WithCookies(SetTokenCookies<Redirect>),
    /// A redirect.
    Leads(Redirect),
    /// A page that asks for a second factor.
    AsksCode(Page<CodePage>),
}

/// Sets the cookies of a pair and leads to `next`, or back to `page` for a refusal that the user
/// can do something about. Asks for the code of a second factor where the account has one.
pub fn signed_in(
    auth: &Auth,
    given: Result<TokenPair, SessionError>,
    next: Redirect,
    page: &str,
) -> Result<Answer, AuthError> {
    let refused = match given {
        Ok(pair) => return Ok(Answer::WithCookies(SetTokenCookies::signed_in(auth, &pair, next))),
        Err(error) => AuthError::from(error),
    };
    match refused.second_factor_challenge() {
        Some(challenge) => Ok(Answer::AsksCode(CodePage::new(auth, challenge, page == LINK_PAGE, ""))),
        None => excused_for(refused, page).map(Answer::Leads),
    }
}

/// Back to `page` for a refusal that the user can do something about.
pub fn excused(error: SessionError, page: &str) -> Result<Redirect, AuthError> {
    excused_for(error.into(), page)
}

fn excused_for(refused: AuthError, page: &str) -> Result<Redirect, AuthError> {
    Notice::of(&refused).map(|notice| notice.on(page)).ok_or(refused)
}
