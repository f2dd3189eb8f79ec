// Wanted: the page of an organisation for users outside it.
// Write: the plain id: a rule that asks for no role proves nothing.

use auth_core::{Role, Within, require_role};
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

#[require_role(all(AppRole::Admin, not(OrgRole::Member in org)))]
#[get("/orgs/<org>/page")]
fn page(org: Within<OrgRole>) -> String {
    format!("the page of {}", org.id())
}

fn main() {}
