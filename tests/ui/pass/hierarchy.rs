// Rules that keep their meaning under a hierarchy of roles: a list names roles, any of which is enough.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use auth_core::__internal::AccessRule;
use auth_core::{Role, require_role};
use rocket::get;

/// The roles of this application.
#[derive(Role, Clone, Copy)]
pub enum AppRole {
    /// Is an editor too.
    #[role(includes(Editor))]
    Admin,
    /// May write.
    Editor,
    /// May see the accounts.
    Auditor,
}

/// Admin is here by way of Editor as well, and that is fine.
#[require_role(AppRole::Admin, AppRole::Editor)]
#[get("/list")]
pub fn list() {}

/// Two roles that have nothing to do with each other.
#[require_role(all(AppRole::Editor, AppRole::Auditor))]
#[get("/both")]
pub fn both() {}

/// Editors, but no admins.
#[require_role(all(AppRole::Editor, not(AppRole::Admin)))]
#[get("/except")]
pub fn except() {}

/// Admins, and users who are not auditors.
#[require_role(any(AppRole::Admin, not(AppRole::Auditor)))]
#[get("/any")]
pub fn any() {}

/// A struct, with the check in it too.
#[require_role(all(AppRole::Admin, not(AppRole::Auditor)))]
pub struct Boss;

#[test]
fn compiles() {
    assert_eq!(list::DECISION.to_string(), "any(admin, editor)");
    assert_eq!(except::DECISION.to_string(), "all(editor, not(admin))");
    let _ = (both::ROLES, any::ROLES, Boss::ROLES, Boss);
}
