//! Who may do what: the role of the application, and the policies of organisations.

use auth_core::{Role, User};
use rocket::request::Request;
use uuid::Uuid;

use crate::db::DbError;
use crate::orgs::Orgs;

/// The roles of the application itself. Most users hold none: what they may do stands in
/// `memberships`.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRole {
    /// Works for the company that runs the product.
    Staff,
}

/// Whether the user belongs to the organisation.
pub async fn member_of(user: &User<AppRole>, org: Uuid, request: &Request<'_>) -> Result<bool, DbError> {
    Ok(Orgs::of(request)?.is_owner(user.id(), org).await?.is_some())
}

/// Whether the user owns the organisation.
pub async fn owner_of(user: &User<AppRole>, org: Uuid, request: &Request<'_>) -> Result<bool, DbError> {
    Ok(Orgs::of(request)?.is_owner(user.id(), org).await? == Some(true))
}
