// Wanted: an enum of roles within an organisation that has a name.
// Write: an owned type: `within = String`.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
#[role(within = &str)]
enum OrgRole {
    Owner,
}

fn main() {}
