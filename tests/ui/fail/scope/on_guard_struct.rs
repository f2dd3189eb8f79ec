// Wanted: a guard for the owners of an organisation.
// Write: the rule above each handler, which has the path.

use auth_core::{Role, require_role};

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(OrgRole::Owner in org)]
struct Owner;

fn main() {}
