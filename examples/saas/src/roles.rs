//! Who may do what: the role of the application, and the roles within an organisation.

use auth_core::Role;
use uuid::Uuid;

/// The roles of the application itself. Most users hold none: what they may do stands in
/// `memberships`.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppRole {
    /// Works for the company that runs the product.
    Staff,
}

/// The roles within an organisation. A stranger to it gets 404, as if it did not exist.
#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
#[role(within = Uuid)]
pub enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}
