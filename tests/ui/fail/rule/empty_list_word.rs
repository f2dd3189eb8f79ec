// Wanted: a handler for admins or editors.
// Write: the roles, `any(AppRole::Admin, AppRole::Editor)`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, any())]
#[get("/stats")]
fn stats() {}

fn main() {}
