// Wanted: an enum of roles.
// Write: at least one variant.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {}

fn main() {}
