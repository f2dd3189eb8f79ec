// Wanted: all handlers of a module guarded at once.
// Write: the attribute above each handler; `guarded_routes!` finds the ones forgotten.

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
