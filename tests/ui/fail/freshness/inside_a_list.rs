// Wanted: a handler for editors, and for admins who signed in recently.
// Write: one duration for all: `#[require_role(AppRole::Editor, AppRole::Admin, fresh = "5m")]`.
// Two handlers can have two durations.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Editor, all(AppRole::Admin, fresh = "5m"))]
#[get("/stats")]
fn stats() {}

fn main() {}
