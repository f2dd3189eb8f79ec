// Wanted: a handler in the list.
// Write: the name of the function, `index`.

use auth_core::{guarded_routes, public};
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![index, idnex]);
}
