// Wanted: admins who signed in ever.
// Write: `#[require_role(AppRole::Admin)]`.

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
