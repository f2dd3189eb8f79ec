// Wanted: a route for the owners of an organisation.
// Write: the organisation in the path.

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
#[get("/bills?<org>")]
fn bills(org: i64) -> String {
    format!("the bills of {org}")
}

fn main() {}
