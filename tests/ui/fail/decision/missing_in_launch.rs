// Wanted: several handlers mounted in `#[launch]`.
// Write: a decision above each of them. Each is one error.

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
