// Wanted: a route for the members of an organisation.
// Write: `in org` after each role.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(any(OrgRole::Owner, OrgRole::Member) in org)]
#[get("/orgs/<org>/bills")]
fn bills(org: i64) -> String {
    format!("the bills of {org}")
}

fn main() {}
