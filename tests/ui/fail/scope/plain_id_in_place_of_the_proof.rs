// Wanted: a query that needs the proof, in a handler that forgot the rule.
// Write: `org: Within<OrgRole>`, and a rule about it.

use auth_core::{Role, Within, authenticated};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

fn read_files(org: &Within<OrgRole>) -> String {
    format!("SELECT name FROM files WHERE org = {}", org.id())
}

#[authenticated]
#[get("/orgs/<org>/files")]
fn files(org: i64) -> String {
    read_files(&org)
}

fn main() {}
