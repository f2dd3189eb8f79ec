// Wanted: two roles.
// Write: names that also differ in snake_case.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    HttpAdmin,
    HTTPAdmin,
}

fn main() {}
