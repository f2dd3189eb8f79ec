// Wanted: a handler for admins.
// Write: the role, `#[require_role(AppRole::Admin)]`. For every signed-in user, write
// `#[authenticated]`.

use auth_core::require_role;
use rocket::get;

#[require_role()]
#[get("/stats")]
fn stats() {}

fn main() {}
