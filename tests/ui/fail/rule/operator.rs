// Wanted: a handler for admins or editors.
// Write: a list, `#[require_role(AppRole::Admin, AppRole::Editor)]`, or `any(…)`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin || AppRole::Editor)]
#[get("/stats")]
fn stats() {}

fn main() {}
