// Wanted: a handler for users with both roles. Every admin is an editor already.
// Write: `#[require_role(AppRole::Admin)]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Editor))]
    Admin,
    #[role(includes(Viewer))]
    Editor,
    Viewer,
}

#[require_role(all(AppRole::Admin, AppRole::Viewer))]
#[get("/stats")]
fn stats() {}

fn main() {}
