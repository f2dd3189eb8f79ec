// Wanted: a public handler.
// Write: a reason with words in it, `#[public("health check")]`.

use auth_core::public;
use rocket::get;

#[public(" ")]
#[get("/health")]
fn health() {}

fn main() {}
