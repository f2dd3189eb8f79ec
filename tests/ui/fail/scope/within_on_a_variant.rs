// Wanted: an enum of roles within an organisation.
// Write: `#[role(within = …)]` above the enum.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum OrgRole {
    #[role(within = i64)]
    Owner,
}

fn main() {}
