// Wanted: one decision for all handlers of a module.
// Write: the attribute above each handler. `guarded_routes!` refuses a handler without one.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
mod admin {
    use super::get;

    #[get("/stats")]
    fn stats() {}
}

fn main() {}
