// Wanted: one handler for two methods.
// Write: a function for each; what they have in common stands in a third, or in the first.

use auth_core::{Role, guarded_routes, require_role};
use rocket::{get, post};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[require_role(AppRole::Admin)]
#[get("/search")]
#[post("/search")]
fn search() {}

fn main() {
    guarded_routes![search];
}
