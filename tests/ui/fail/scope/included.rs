// Wanted: a route for users who are owners and members.
// Write: the role that includes the other, alone.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(all(OrgRole::Owner in org, OrgRole::Member in org))]
#[get("/orgs/<org>/bills")]
fn bills(org: i64) -> String {
    format!("the bills of {org}")
}

fn main() {}
