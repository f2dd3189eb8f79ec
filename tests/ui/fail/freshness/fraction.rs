// Wanted: a handler for admins who signed in within one and a half seconds.
// Write: `fresh = "2s"`. The server counts whole seconds.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, fresh = "1500ms")]
#[get("/stats")]
fn stats() {}

fn main() {}
