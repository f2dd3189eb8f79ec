// Wanted: a role.
// Write: an enum, with the role as a variant.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
struct Admin;

fn main() {}
