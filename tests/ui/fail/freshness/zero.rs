// Wanted: a handler for which admins sign in at every request.
// Write: `fresh = "30s"` or longer. The sign-in itself takes some time.

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
