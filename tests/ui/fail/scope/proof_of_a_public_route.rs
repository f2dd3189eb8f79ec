// Wanted: the files of an organisation.
// Write: a rule about the organisation, or the plain id where every client may see them.

use auth_core::{Role, Within, public};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[public("open data")]
#[get("/orgs/<org>/files")]
fn files(org: Within<OrgRole>) -> String {
    format!("the files of {}", org.id())
}

fn main() {}
