// Wanted: three roles that may do the same.
// Write: `includes` in one direction only, or one role instead of three.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Editor))]
    Admin,
    #[role(includes(Viewer))]
    Editor,
    #[role(includes(Admin))]
    Viewer,
}

fn main() {}
