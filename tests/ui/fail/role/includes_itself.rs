// Wanted: an admin who is an admin.
// Write: nothing. Each role includes itself.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    #[role(includes(Admin, Editor))]
    Admin,
    Editor,
}

fn main() {}
