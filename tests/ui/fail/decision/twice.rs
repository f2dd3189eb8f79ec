// Wanted: a handler for admins who are editors too.
// Write: one attribute, `#[require_role(all(AppRole::Admin, AppRole::Editor))]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
#[require_role(AppRole::Editor)]
#[get("/stats")]
fn stats() {}

fn main() {}
