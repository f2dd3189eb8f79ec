// Wanted: a handler for admins.
// Write: `#[require_role(AppRole::Admin)]` alone. It asks for a sign-in already.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
#[auth_core::authenticated]
#[get("/stats")]
fn stats() {}

fn main() {}
