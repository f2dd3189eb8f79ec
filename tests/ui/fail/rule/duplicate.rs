// Wanted: a handler for admins or editors.
// Write: each role once.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, AppRole::Editor, AppRole::Admin)]
#[get("/stats")]
fn stats() {}

fn main() {}
