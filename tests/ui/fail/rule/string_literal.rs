// Wanted: a handler for admins.
// Write: the variant, `AppRole::Admin`. The compiler checks that it exists.

use auth_core::require_role;
use rocket::get;

#[require_role("admin")]
#[get("/stats")]
fn stats() {}

fn main() {}
