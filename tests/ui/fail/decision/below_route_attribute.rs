// Wanted: a handler for admins.
// Write: `#[require_role(…)]` above `#[get(…)]`.

use auth_core::{Role, guarded_routes, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[get("/stats")]
#[require_role(AppRole::Admin)]
fn stats() {}

fn main() {
    let _ = rocket::build().mount("/", guarded_routes![stats]);
}
