// Wanted: only admins, said with a name as other frameworks have it.
// Write: the role by itself, `#[require_role(AppRole::Admin)]`.

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
