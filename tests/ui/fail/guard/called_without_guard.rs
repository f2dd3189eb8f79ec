// Wanted: a handler used like any function.
// Write: the common part as a function of its own, called by both.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
#[get("/stats")]
fn stats() -> &'static str {
    "numbers"
}

fn report() -> &'static str {
    stats()
}

fn main() {
    report();
}
