// Wanted: a handler for every signed-in user, admin or not.
// Write: `#[authenticated]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin, not(AppRole::Admin))]
#[get("/stats")]
fn stats() {}

fn main() {}
