// Wanted: a handler for any kind of guard.
// Write: the type of the guard. A generic function can do the work for several handlers.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;
use rocket::request::FromRequest;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[require_role(AppRole::Admin)]
#[get("/guarded")]
fn guarded<G: for<'r> FromRequest<'r>>(guard: G) {
    drop(guard);
}

fn main() {
    guarded_routes![guarded];
}
