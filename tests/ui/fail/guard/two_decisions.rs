// Wanted: a guard struct for admins.
// Write: `#[require_role(AppRole::Admin)]` alone.

use auth_core::{Role, User, authenticated};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[authenticated]
#[auth_core::require_role(AppRole::Admin)]
struct AdminUser(User<AppRole>);

fn main() {}
