// Wanted: several handlers mounted in `#[launch]`.
// Write: a decision above each handler. The compiler reports one error for each.

use auth_core::guarded_routes;
use rocket::{get, launch};

#[get("/stats")]
fn stats() {}

#[get("/news")]
fn news() {}

#[launch]
fn rocket() -> _ {
    rocket::build().mount("/", guarded_routes![stats, news])
}
