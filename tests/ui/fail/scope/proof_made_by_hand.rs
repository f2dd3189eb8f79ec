// Wanted: a query that needs the proof, called with the plain id.
// Write: `org: Within<OrgRole>` in the handler, with a rule about it.

use auth_core::{Role, Within, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

fn delete_files(org: &Within<OrgRole>) -> String {
    format!("DELETE FROM files WHERE org = {}", org.id())
}

#[require_role(OrgRole::Owner in org)]
#[get("/orgs/<org>/clear")]
fn clear(org: i64) -> String {
    delete_files(&Within { id: org })
}

fn main() {}
