// Wanted: a handler for admins who signed in recently.
// Write: `#[require_role(AppRole::Admin, fresh = "5m")]`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(fresh = "5m", AppRole::Admin, fresh = "1h")]
#[get("/stats")]
fn stats() {}

fn main() {}
