// Wanted: one handler for two methods.
// Write: one function for each method. If they share code, move it into a helper function.

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
