// Wanted: a route for users who own both organisations.
// Write: one term for each of them, in `all(…)`.

use auth_core::{Role, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(OrgRole::Owner in (from, to))]
#[get("/orgs/<from>/moves/<to>")]
fn moves(from: i64, to: i64) -> String {
    format!("from {from} to {to}")
}

fn main() {}
