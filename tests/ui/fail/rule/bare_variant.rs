// Wanted: a handler for admins.
// Write: the enum too: `AppRole::Admin`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Editor, Admin)]
#[get("/stats")]
fn stats() {}

fn main() {}
