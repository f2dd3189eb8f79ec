// Wanted: a handler for admins.
// Write: the enum's name as it is in scope here, `AppRole::Admin`.

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
