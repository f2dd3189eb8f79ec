// Wanted: a public handler.
// Write: the reason, `#[public("health check")]`. The access map shows it.

use auth_core::public;
use rocket::get;

#[public]
#[get("/health")]
fn health() {}

fn main() {}
