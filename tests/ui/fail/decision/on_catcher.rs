// Wanted: a catcher with a decision.
// Write: `#[catch(404)]` alone. A catcher answers a request that failed already, so it has no
// decision.

use auth_core::authenticated;
use rocket::catch;

#[authenticated]
#[catch(404)]
fn not_found() -> &'static str {
    "not here"
}

fn main() {}
