// Wanted: a handler for everyone.
// Write: the reason, `#[public("health check")]`: it stands in the access map.

use auth_core::public;
use rocket::get;

#[public]
#[get("/health")]
fn health() {}

fn main() {}
