// Wanted: a handler for everyone.
// Write: a reason that says something, `#[public("health check")]`.

use auth_core::public;
use rocket::get;

#[public(" ")]
#[get("/health")]
fn health() {}

fn main() {}
