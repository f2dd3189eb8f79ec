// Wanted: handlers, in a file without `use rocket::get`.
// Write: `use rocket::get;`. The compiler reports one error for each handler, and nothing else.

use auth_core::{authenticated, guarded_routes, public};

#[authenticated]
#[get("/stats")]
fn stats() {}

#[public("landing page")]
#[get("/")]
fn index() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![stats, index]);
}
