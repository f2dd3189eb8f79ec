// Wanted: an issue of an organisation, for its members and for the issue's author.
// Write: `is_author(org, id)`: the policy checks that the issue is one of the organisation.

use auth_core::{Role, User, Within, require_role};
use rocket::{Request, get};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    Member,
}

async fn is_author(_: &User<AppRole>, id: i64, _: &Request<'_>) -> bool {
    id == 5
}

#[require_role(any(is_author(id), OrgRole::Member in org))]
#[get("/orgs/<org>/issues/<id>")]
fn issue(org: Within<OrgRole>, id: i64) -> String {
    format!("issue {id} of {}", org.id())
}

fn main() {}
