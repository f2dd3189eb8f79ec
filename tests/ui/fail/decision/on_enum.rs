// Wanted: a request guard for admins.
// Write: a struct, `struct AdminUser(User<AppRole>);`.

use auth_core::{Role, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
enum AdminUser {}

fn main() {}
