// Wanted: one decision for all handlers of a trait.
// Write: the attribute above each handler. Each handler is a free function.

use auth_core::{Role, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
trait Stats {}

fn main() {}
