// Wanted: a route for the owners of an organisation.
// Write: `#[role(within = …)]` above the enum whose roles hold within something.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum OrgRole {
    Owner,
}

#[require_role(OrgRole::Owner in org)]
#[get("/orgs/<org>/bills")]
fn bills(org: i64) -> String {
    format!("the bills of {org}")
}

fn main() {}
