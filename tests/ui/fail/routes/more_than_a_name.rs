// Wanted: handlers and other routes in one list.
// Write: the names of handlers, `guarded_routes![index]`, and `protect(…)` for other routes.

use auth_core::{guarded_routes, public};
use rocket::fs::FileServer;
use rocket::get;

#[public("landing page")]
#[get("/")]
fn index() {}

fn main() {
    let _ = guarded_routes![index(1)];
    let _ = guarded_routes!["/index"];
    let _ = guarded_routes![FileServer::from("files")];
    let _ = guarded_routes![index,, index];
    let _ = guarded_routes![&index];
}
