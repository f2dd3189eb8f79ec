// Wanted: roles of two enums in one rule.
// Write: roles of one enum. An application has one enum of roles.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[derive(Role, Clone, Copy)]
enum TeamRole {
    Owner,
}

#[require_role(AppRole::Admin, TeamRole::Owner)]
#[get("/stats")]
fn stats() {}

fn main() {}
