// Wanted: any role will do.
// Write: the roles in parentheses, `any(AppRole::Admin, AppRole::Editor)`, or `#[authenticated]` for everyone.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(any)]
#[get("/any")]
fn anyone() {}

fn main() {
    guarded_routes![anyone];
}
