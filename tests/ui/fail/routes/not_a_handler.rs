// Wanted: a function in the list.
// Write: `#[get("/path")]` above the function, and a decision above that.

use auth_core::{guarded_routes, public};
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

fn about() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![index, about]);
}
