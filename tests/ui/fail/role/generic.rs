// Wanted: an enum of roles.
// Write: an enum without type parameters.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole<T> {
    Admin(T),
}

fn main() {}
