// Wanted: a route for the admins of the application, and for the owners of an organisation.
// Write: a role of the application without `in`: it holds everywhere.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(any(AppRole::Admin in org, OrgRole::Owner in org))]
#[get("/orgs/<org>/bills")]
fn bills(org: i64) -> String {
    format!("the bills of {org}")
}

fn main() {}
