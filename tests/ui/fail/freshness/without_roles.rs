// Wanted: a handler for every user who signed in recently.
// Write: `#[authenticated(fresh = "5m")]`.

use auth_core::require_role;
use rocket::get;

#[require_role(fresh = "5m")]
#[get("/stats")]
fn stats() {}

fn main() {}
