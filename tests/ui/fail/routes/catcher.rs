// Wanted: a page for a path that does not exist.
// Write: `.register("/", catchers![not_found])`.

use auth_core::guarded_routes;
use rocket::catch;

#[catch(404)]
fn not_found() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![not_found]);
}
