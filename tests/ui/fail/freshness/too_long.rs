// Wanted: a handler for admins who signed in at any time.
// Write: `#[require_role(AppRole::Admin)]`, without `fresh`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, fresh = "500 years")]
#[get("/stats")]
fn stats() {}

fn main() {}
