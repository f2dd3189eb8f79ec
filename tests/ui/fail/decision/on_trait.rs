// Wanted: all handlers of a trait guarded at once.
// Write: the attribute above each handler, a free function.

use auth_core::{Role, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
trait Stats {}

fn main() {}
