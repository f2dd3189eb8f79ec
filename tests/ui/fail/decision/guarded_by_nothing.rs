// Wanted: a handler that a request guard decides.
// Write: the guard's type, `#[guarded_by(Robot)]`.

use auth_core::guarded_by;
use rocket::get;

#[guarded_by]
#[get("/builds")]
fn builds() {}

fn main() {}
