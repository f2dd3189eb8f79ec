// Wanted: a handler that works for any type of guard.
// Write: the type of the guard. If several handlers share code, move it into a generic function.

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
