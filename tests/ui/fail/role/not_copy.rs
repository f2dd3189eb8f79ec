// Wanted: an enum of roles.
// Write: `#[derive(Role, Clone, Copy)]`.

use auth_core::Role;

#[derive(Role)]
enum AppRole {
    Admin,
    Editor,
}

fn main() {}
