// Wanted: a handler for admins, with a named option as in other frameworks.
// Write: the role without a name: `#[require_role(AppRole::Admin)]`.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[require_role(roles = "admin")]
#[get("/admin")]
fn admin() {}

#[require_role(role = AppRole::Admin)]
#[get("/other")]
fn other() {}

fn main() {
    guarded_routes![admin, other];
}
