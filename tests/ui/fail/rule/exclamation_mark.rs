// Wanted: a handler for every signed-in user who is not an editor.
// Write: `not(AppRole::Editor)`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(!AppRole::Editor)]
#[get("/stats")]
fn stats() {}

fn main() {}
