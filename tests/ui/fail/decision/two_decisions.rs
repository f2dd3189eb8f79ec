// Wanted: a handler for admins; who is signed in is asked for by that already.
// Write: `#[require_role(AppRole::Admin)]` alone.

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
