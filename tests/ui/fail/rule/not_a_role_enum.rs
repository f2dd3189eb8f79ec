// Wanted: a handler for admins.
// Write: `#[derive(Role, Clone, Copy)]` on the enum.

use auth_core::require_role;
use rocket::get;

#[derive(Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, AppRole::Editor)]
#[get("/stats")]
fn stats() {}

fn main() {}
