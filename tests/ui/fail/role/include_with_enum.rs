// Wanted: admins who may do what editors may.
// Write: the variant alone, `includes(Editor)`.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(AppRole::Editor))]
    Admin,
    Editor,
}

fn main() {}
