// Wanted: roles whose strangers get 403.
// Write: `within` beside it: roles of the application have no strangers.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
#[role(stranger = 403)]
enum OrgRole {
    Owner,
}

fn main() {}
