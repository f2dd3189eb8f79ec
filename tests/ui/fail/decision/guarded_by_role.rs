// Wanted: a handler for users with a role.
// Write: `#[require_role(AppRole::Admin)]`; `#[guarded_by(…)]` takes a request guard.

use auth_core::{Role, guarded_by};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[guarded_by(AppRole::Admin)]
#[get("/stats")]
fn stats() {}

fn main() {}
