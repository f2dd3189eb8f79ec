// Wanted: admins who signed in with a second factor.
// Write: `#[require_role(AppRole::Admin, mfa)]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, mfa = true)]
#[get("/stats")]
fn stats() {}

fn main() {}
