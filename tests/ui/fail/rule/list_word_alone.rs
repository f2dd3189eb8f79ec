// Wanted: a handler for users with any role.
// Write: the roles in parentheses, `any(AppRole::Admin, AppRole::Editor)`. For every signed-in
// user, write `#[authenticated]`.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(any)]
#[get("/any")]
fn any_role() {}

fn main() {
    guarded_routes![any_role];
}
