// Wanted: a handler for admins or editors.
// Write: `any(AppRole::Admin, AppRole::Editor)`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(or(AppRole::Admin, AppRole::Editor))]
#[get("/stats")]
fn stats() {}

fn main() {}
