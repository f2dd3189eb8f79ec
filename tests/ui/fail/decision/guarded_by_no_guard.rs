// Wanted: a handler for programs with a key.
// Write: `impl<'r> FromRequest<'r> for Robot`, which reads the key of the request.

use auth_core::guarded_by;
use rocket::get;

struct Robot;

#[guarded_by(Robot)]
#[get("/builds")]
fn builds() {}

fn main() {}
