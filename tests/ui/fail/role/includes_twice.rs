// Wanted: admins who may do what editors may.
// Write: each role once.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Editor, Editor))]
    Admin,
    Editor,
}

fn main() {}
