// Wanted: two roles.
// Write: names that differ in snake_case too.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    HttpAdmin,
    HTTPAdmin,
}

fn main() {}
