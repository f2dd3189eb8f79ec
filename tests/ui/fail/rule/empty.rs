// Wanted: a handler for admins.
// Write: the role, `#[require_role(AppRole::Admin)]`; `#[authenticated]` for everyone signed in.

use auth_core::require_role;
use rocket::get;

#[require_role()]
#[get("/stats")]
fn stats() {}

fn main() {}
