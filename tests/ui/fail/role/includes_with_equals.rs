// Wanted: admins who may do what editors may.
// Write: `#[role(includes(Editor))]`.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes = "Editor")]
    Admin,
    Editor,
}

fn main() {}
