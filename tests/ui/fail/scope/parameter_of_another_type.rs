// Wanted: a route for the owners of an organisation.
// Write: the parameter with the type that `within` of the enum says.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(OrgRole::Owner in org)]
#[get("/orgs/<org>/bills")]
fn bills(org: u8) -> String {
    format!("the bills of {org}")
}

fn main() {}
