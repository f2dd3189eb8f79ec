// Wanted: a route for the owners of an organisation.
// Write: the name of a path parameter after `in`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(OrgRole::Owner in organisation)]
#[get("/orgs/<org>/bills")]
fn bills(org: i64) -> String {
    format!("the bills of {org}")
}

fn main() {}
