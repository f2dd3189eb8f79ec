//! Who may do what: the roles, the policies that ask for more than a role, and guards with a name.

use std::path::PathBuf;

use auth::{Role, User, authenticated, require_role};
use rocket::State;
use rocket::request::Request;

use crate::users::Users;

/// The roles of the club.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClubRole {
    /// Keeps the books, and may do what a librarian may.
    #[role(includes(Librarian))]
    Treasurer,
    /// Lends books.
    Librarian,
    /// Reads them.
    Reader,
}

/// Whether the card of this number is the user's own.
pub async fn own_card(user: &User<ClubRole>, card: i32, _: &Request<'_>) -> bool {
    user.id().as_str() == card.to_string()
}

/// Whether the path is one of the shelves that every member may look at.
pub async fn on_open_shelf(_: &User<ClubRole>, path: PathBuf, _: &Request<'_>) -> bool {
    path.starts_with("open")
}

/// Whether the user has not left since the token was issued: queries the database, which may fail.
///
/// # Errors
///
/// The database's; the request is answered with 503.
pub async fn still_here(user: &User<ClubRole>, request: &Request<'_>) -> Result<bool, auth::AccountError> {
    match request.guard::<&State<Users>>().await.succeeded() {
        Some(users) => users.is_member(user.id()).await,
        None => Ok(false),
    }
}

/// A guard without a value.
#[require_role(ClubRole::Treasurer, fresh = "10m")]
pub struct LatelySignedInTreasurer;

/// A guard with the user inside.
#[require_role(any(ClubRole::Librarian, still_here()))]
pub struct Member<'r>(pub &'r User<ClubRole>);

/// A guard with names for what is inside.
#[authenticated]
pub struct Visit {
    /// Who came.
    pub user: User<ClubRole>,
    /// From where, if that is known.
    pub from: Option<std::net::IpAddr>,
}
