// Roles within something that the path names.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use std::convert::Infallible;

use auth_core::{Auth, AuthBuilder, Memberships, Role, User, UserId, Within, guarded_routes, require_role};
use rocket::request::Request;
use rocket::{async_trait, delete, get};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Viewer,
}

mod orgs {
    #[derive(auth_core::Role, Clone, Copy, Debug)]
    #[role(within = i64)]
    pub enum OrgRole {
        #[role(includes(Member))]
        Owner,
        Member,
    }
}

use orgs::OrgRole;

#[derive(Role, Clone, Copy)]
#[role(within = String, stranger = 403)]
enum TeamRole {
    Lead,
}

struct Members;

#[async_trait]
impl Memberships<OrgRole> for Members {
    type Error = Infallible;

    async fn roles(&self, _user: &UserId, _org: &i64) -> Result<Vec<OrgRole>, Infallible> {
        Ok(vec![OrgRole::Owner])
    }
}

#[async_trait]
impl Memberships<TeamRole> for Members {
    type Error = Infallible;

    async fn roles(&self, _user: &UserId, _team: &String) -> Result<Vec<TeamRole>, Infallible> {
        Ok(vec![TeamRole::Lead])
    }
}

#[require_role(any(AppRole::Admin, OrgRole::Owner in org))]
#[delete("/orgs/<org>/files/<id>")]
async fn remove(org: Within<OrgRole>, id: i32, user: &User<AppRole>) -> String {
    format!("{} {id} {} {:?}", org.id(), user.id(), org.roles().next())
}

// The enum by two paths, and two scopes in one rule.
mod teams {
    use auth_core::{Within, require_role};
    use rocket::get;

    use super::orgs;

    #[require_role(all(orgs::OrgRole::Member in org, super::TeamRole::Lead in team))]
    #[get("/orgs/<org>/teams/<team>")]
    pub(super) fn team(org: Within<super::OrgRole>, mut team: Within<super::TeamRole>) -> String {
        let _ = &mut team;
        format!("{} {}", org.id(), team.into_id())
    }
}

// The plain id, and a name that is a keyword.
#[require_role(all(AppRole::Viewer, OrgRole::Member in r#type, not(OrgRole::Owner in r#type)))]
#[get("/by/<type>")]
fn by_type(r#type: i64) -> String {
    r#type.to_string()
}

async fn is_even(_: &User<AppRole>, org: i64, _: &Request<'_>) -> bool {
    org % 2 == 0
}

// A policy gets the id of a proof.
#[require_role(any(OrgRole::Owner in org, is_even(org)))]
#[get("/even/<org>")]
fn even(org: Within<OrgRole>) -> String {
    org.id().to_string()
}

// A handler with the name of its parameter.
#[require_role(OrgRole::Owner in org)]
#[get("/org/<org>")]
fn org(org: Within<OrgRole>) -> String {
    org.id().to_string()
}

#[test]
fn a_handler_with_a_proof_is_mounted_and_named_in_a_link_like_another() {
    let builder: AuthBuilder = Auth::builder::<AppRole>()
        .memberships::<OrgRole>(Members)
        .memberships::<TeamRole>(Members);
    drop(builder);
    let routes = guarded_routes![remove, teams::team, by_type, even, org];
    assert_eq!(routes.len(), 5);
    assert_eq!(rocket::uri!(remove(7, 3)), "/orgs/7/files/3");
}
