// Wanted: one decision for all handlers of a type.
// Write: the attribute above each handler. Each handler is a free function.

use auth_core::{Role, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

struct Stats;

#[require_role(AppRole::Admin)]
impl Stats {}

fn main() {}
