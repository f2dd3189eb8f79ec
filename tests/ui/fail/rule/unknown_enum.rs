// Wanted: a handler for admins.
// Write: the name of the enum that is in scope: `AppRole::Admin`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRoles::Admin)]
#[get("/stats")]
fn stats() {}

fn main() {}
