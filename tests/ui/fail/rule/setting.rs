// Wanted: admins who signed in lately.
// Write: roles only, for now.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, fresh = "5m")]
#[get("/stats")]
fn stats() {}

fn main() {}
