// Wanted: admins who may do what editors may.
// Write: the name of the variant, `includes(Editor)`.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Edtor))]
    Admin,
    Editor,
    Viewer,
}

fn main() {}
