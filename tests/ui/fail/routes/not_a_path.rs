// Wanted: to mount a handler.
// Write: its path alone, `index`; arguments come from the request.

use auth_core::{guarded_routes, public};
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![index()]);
}
