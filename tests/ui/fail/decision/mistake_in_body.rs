// Wanted: a handler that is half written.
// Write: the value. The message is the compiler's own, and the attribute adds no other.

use auth_core::{authenticated, guarded_routes};
use rocket::get;

#[authenticated]
#[get("/stats")]
fn stats() -> &'static str {
    let numbers = ;
    "stats"
}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![stats]);
}
