// Wanted: one guard struct for several types.
// Write: one struct for each type.

use auth_core::{Role, User, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
struct AdminUser<R>(User<R>);

fn main() {}
