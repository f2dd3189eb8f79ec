// Wanted: a handler for admins only.
// Write: a rule that does not exclude them: `AppRole::Admin`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(all(AppRole::Admin, not(AppRole::Admin)))]
#[get("/stats")]
fn stats() {}

fn main() {}
