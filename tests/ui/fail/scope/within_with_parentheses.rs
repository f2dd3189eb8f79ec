// Wanted: an enum of roles within an organisation.
// Write: `#[role(within = OrgId)]`.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
#[role(within(i64))]
enum OrgRole {
    Owner,
}

fn main() {}
