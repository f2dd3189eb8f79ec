// Wanted: one guard struct for several types.
// Write: a struct for each.

use auth_core::{Role, User, require_role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

#[require_role(AppRole::Admin)]
struct AdminUser<R>(User<R>);

fn main() {}
