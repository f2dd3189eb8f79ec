// Wanted: a handler in the list.
// Write: its path alone, `index`. Rocket passes the arguments at each request.

use auth_core::{guarded_routes, public};
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![index()]);
}
