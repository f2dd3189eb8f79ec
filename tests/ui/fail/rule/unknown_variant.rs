// Wanted: a handler for admins.
// Write: a variant of the enum: `AppRole::Admin`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admn)]
#[get("/stats")]
fn stats() {}

fn main() {}
