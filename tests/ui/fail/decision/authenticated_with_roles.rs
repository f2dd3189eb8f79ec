// Wanted: a handler for admins.
// Write: `#[require_role(AppRole::Admin)]`.

use auth_core::{Role, authenticated};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[authenticated(AppRole::Admin)]
#[get("/stats")]
fn stats() {}

fn main() {}
