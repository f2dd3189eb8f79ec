// Wanted: a handler for users who are neither admins nor editors.
// Write: `not(any(AppRole::Admin, AppRole::Editor))`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(not(AppRole::Admin, AppRole::Editor))]
#[get("/stats")]
fn stats() {}

fn main() {}
