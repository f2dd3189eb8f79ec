// Wanted: the files of a team in an organisation.
// Write: `Within` of the enum that the rule names for this parameter.

use auth_core::{Role, Within, require_role};
use rocket::get;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum TeamRole {
    Lead,
}

#[require_role(OrgRole::Member in org)]
#[get("/orgs/<org>/files")]
fn files(org: Within<TeamRole>) -> String {
    format!("the files of {}", org.id())
}

fn main() {}
