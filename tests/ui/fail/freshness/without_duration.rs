// Wanted: a handler for admins who signed in recently.
// Write: `#[require_role(AppRole::Admin, fresh = "5m")]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, fresh)]
#[get("/stats")]
fn stats() {}

fn main() {}
