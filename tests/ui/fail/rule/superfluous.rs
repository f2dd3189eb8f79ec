// Wanted: admins.
// Write: `#[require_role(AppRole::Admin)]`: an admin who is an editor too is an admin.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, all(AppRole::Admin, AppRole::Editor))]
#[get("/stats")]
fn stats() {}

fn main() {}
