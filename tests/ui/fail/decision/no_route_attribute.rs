// Wanted: a handler for admins.
// Write: `#[get("/stats")]` between `#[require_role(…)]` and the function.

use auth_core::{Role, guarded_routes, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
fn stats() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![stats]);
}
