// Wanted: an organisation that tells strangers to sign in.
// Write: `stranger = 403`, or nothing for 404.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
#[role(within = i64, stranger = 401)]
enum OrgRole {
    Owner,
}

fn main() {}
