// Wanted: editors, and admins who signed in with a second factor.
// Write: two handlers, or `mfa` for all: `#[require_role(AppRole::Editor, AppRole::Admin, mfa)]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Editor, all(AppRole::Admin, mfa))]
#[get("/stats")]
fn stats() {}

fn main() {}
