// Wanted: a catcher, which no one can call who is not refused already.
// Write: `#[catch(404)]` alone.

use auth_core::authenticated;
use rocket::catch;

#[authenticated]
#[catch(404)]
fn not_found() -> &'static str {
    "not here"
}

fn main() {}
