// Wanted: a handler for robots, which knows whether one calls.
// Write: `#[guarded_by(Robot)]`; an `Option<…>` of a guard lets every request pass.

use auth_core::guarded_by;
use rocket::get;

#[guarded_by(Option<rocket::http::Accept>)]
#[get("/stats")]
fn stats() {}

fn main() {}
