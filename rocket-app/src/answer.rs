//! Where a form leads: on, or back to its page for a refusal that the user can do something about.

use auth_core::session::{SessionError, TokenPair};
use auth_core::{Auth, AuthError, SetTokenCookies};
use rocket::Either;
use rocket::response::Redirect;

use crate::notice::Notice;

/// A redirect that sets cookies, or one that does not.
pub type Answer = Either<SetTokenCookies<Redirect>, Redirect>;

/// Sets the cookies of a pair and leads to `next`, or back to `page` for a refusal that the user
/// can do something about.
pub fn signed_in(
    auth: &Auth,
    given: Result<TokenPair, SessionError>,
    next: Redirect,
    page: &str,
) -> Result<Answer, AuthError> {
    match given {
        Ok(pair) => Ok(Either::Left(SetTokenCookies::signed_in(auth, &pair, next))),
        Err(error) => excused(error, page).map(Either::Right),
    }
}

/// Back to `page` for a refusal that the user can do something about.
pub fn excused(error: SessionError, page: &str) -> Result<Redirect, AuthError> {
    let refused = AuthError::from(error);
    Notice::of(&refused).map(|notice| notice.on(page)).ok_or(refused)
}
