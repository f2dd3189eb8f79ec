// Wanted: a handler for admins.
// Write: `#[require_role(AppRole::Admin)]`. An admin who is also an editor is an admin.

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
