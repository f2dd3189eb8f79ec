// Wanted: admins who may do what editors may.
// Write: `#[role(includes(Editor))]` on the variant `Admin`.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
#[role(includes(Editor))]
enum AppRole {
    Admin,
    Editor,
}

fn main() {}
