// Wanted: all handlers of a type guarded at once.
// Write: the attribute above each handler, a free function.

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
