// Wanted: to mount a handler.
// Write: its name as it is, `index`.

use auth_core::{guarded_routes, public};
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![index, idnex]);
}
