// Wanted: every user who signed in with a second factor.
// Write: `#[authenticated(mfa)]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(mfa)]
#[get("/stats")]
fn stats() {}

fn main() {}
