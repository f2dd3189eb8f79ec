// Wanted: admins who sign in for every request.
// Write: `fresh = "30s"`, or longer: signing in takes some time itself.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, fresh = "0s")]
#[get("/stats")]
fn stats() {}

fn main() {}
