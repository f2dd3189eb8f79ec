// Wanted: the files of an organisation.
// Write: a rule about the organisation: `#[require_role(OrgRole::Member in org)]`.

use auth_core::{Role, Within, authenticated};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[authenticated]
#[get("/orgs/<org>/files")]
fn files(org: Within<OrgRole>) -> String {
    format!("the files of {}", org.id())
}

fn main() {}
