// Wanted: an application that reads who belongs to an organisation.
// Write: roles of the enum that `Memberships<…>` names.

use std::convert::Infallible;

use auth_core::{Memberships, Role, UserId};
use rocket::async_trait;

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

struct OrgMembers;

#[async_trait]
impl Memberships<OrgRole> for OrgMembers {
    type Error = Infallible;

    async fn roles(&self, _user: &UserId, _org: &i64) -> Result<Vec<OrgRole>, Infallible> {
        Ok(vec![AppRole::Admin])
    }
}

fn main() {}
