// Wanted: the files of two organisations.
// Write: a rule about each organisation that is a `Within`.

use auth_core::{Role, Within, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[require_role(OrgRole::Member in first)]
#[get("/orgs/<first>/and/<second>")]
fn both(first: Within<OrgRole>, second: Within<OrgRole>) -> String {
    format!("{} and {}", first.id(), second.id())
}

fn main() {}
