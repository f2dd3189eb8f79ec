//! Roles within an organisation: who passes, what strangers see, and when the application is asked
//! for memberships.

#![allow(clippy::needless_borrows_for_generic_args, reason = "what Rocket's derive writes")]

use std::collections::HashMap;
use std::io;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use auth_core::__private::Passed;
use auth_core::{AccessMap, Memberships, Role, User, UserId, Within, guarded_routes, public, require_role};
use reqwest::Method;
use rocket::request::{FromParam, Request};
use rocket::{UriDisplayPath, async_trait, delete, get, uri};
use rocket_app::role::AppRole;

use crate::support::{ANN, ED, Server, VIC};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, UriDisplayPath)]
struct OrgId(i64);

impl FromParam<'_> for OrgId {
    type Error = ParseIntError;

    fn from_param(text: &str) -> Result<OrgId, ParseIntError> {
        text.parse().map(OrgId)
    }
}

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
#[role(within = OrgId)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

#[derive(Role, Clone, Copy)]
#[role(within = String, stranger = 403)]
enum TeamRole {
    Lead,
}

/// The tables of an application.
#[derive(Default)]
struct Members {
    orgs: Mutex<HashMap<(OrgId, UserId), OrgRole>>,
    teams: Mutex<HashMap<(String, UserId), TeamRole>>,
    asked: AtomicUsize,
    is_away: AtomicBool,
}

impl Members {
    fn ask(&self) -> Result<(), io::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(io::Error::other("the register is closed")),
            false => Ok(()),
        }
    }

    /// How often the server asked since the last call.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl Memberships<OrgRole> for Members {
    type Error = io::Error;

    async fn roles(&self, user: &UserId, org: &OrgId) -> Result<Vec<OrgRole>, io::Error> {
        self.ask()?;
        let orgs = self.orgs.lock().expect("no test panics");
        Ok(orgs.get(&(*org, user.clone())).copied().into_iter().collect())
    }
}

#[async_trait]
impl Memberships<TeamRole> for Members {
    type Error = io::Error;

    async fn roles(&self, user: &UserId, team: &String) -> Result<Vec<TeamRole>, io::Error> {
        self.ask()?;
        let teams = self.teams.lock().expect("no test panics");
        Ok(teams.get(&(team.clone(), user.clone())).copied().into_iter().collect())
    }
}

/// A query that takes the proof.
fn describe(org: &Within<OrgRole>) -> String {
    let roles: Vec<_> = org.roles().collect();
    format!("{} {roles:?} {}", org.id().0, org.has(OrgRole::Member))
}

#[require_role(any(AppRole::Admin, OrgRole::Owner in org))]
#[delete("/orgs/<org>/files/<id>")]
async fn remove(org: Within<OrgRole>, id: i32, user: &User<AppRole>) -> String {
    format!("{} without {id} for {}", describe(&org), user.roles().count())
}

#[require_role(OrgRole::Member in org)]
#[get("/orgs/<org>/files")]
fn files(org: Within<OrgRole>) -> String {
    describe(&org)
}

#[require_role(any(AppRole::Admin, OrgRole::Owner in org))]
#[get("/orgs/<org>/plain")]
fn plain(org: OrgId) -> String {
    org.0.to_string()
}

#[require_role(any(OrgRole::Owner in org, all(OrgRole::Member in org, AppRole::Viewer)))]
#[get("/orgs/<org>/twice")]
fn twice(org: Within<OrgRole>) -> String {
    describe(&org)
}

async fn is_even(_: &User<AppRole>, org: OrgId, _: &Request<'_>) -> bool {
    org.0 % 2 == 0
}

#[require_role(any(OrgRole::Owner in org, is_even(org)))]
#[get("/orgs/<org>/even")]
fn even(org: Within<OrgRole>) -> String {
    describe(&org)
}

#[require_role(TeamRole::Lead in team)]
#[get("/teams/<team>")]
fn team(team: Within<TeamRole>) -> String {
    team.into_id()
}

#[require_role(all(OrgRole::Member in org, TeamRole::Lead in team))]
#[get("/orgs/<org>/teams/<team>")]
fn team_of(org: Within<OrgRole>, team: Within<TeamRole>) -> String {
    format!("{} {}", org.id().0, team.id())
}

#[require_role(OrgRole::Member in org)]
#[get("/by/<org>")]
fn by_id(org: Within<OrgRole>) -> String {
    describe(&org)
}

#[public("profiles")]
#[get("/by/<name>", rank = 2)]
fn by_name(name: &str) -> String {
    format!("the organisation called {name}")
}

fn routes() -> Vec<rocket::Route> {
    guarded_routes![remove, files, plain, twice, even, team, team_of, by_id, by_name]
}

/// Ed owns organisation 7, and Vic is a member of it.
async fn start() -> (Server, Arc<Members>) {
    let members = Arc::<Members>::default();
    let (orgs, teams) = (Arc::clone(&members), Arc::clone(&members));
    let server = Server::options()
        .part(|builder| builder.memberships::<OrgRole>(orgs).memberships::<TeamRole>(teams))
        .extended(|rocket| rocket.mount("/app", routes()))
        .start()
        .await;
    let [ed, vic] = [server.id_of(ED).await, server.id_of(VIC).await];
    members.orgs.lock().expect("no test panics").extend([
        ((OrgId(7), ed), OrgRole::Owner),
        ((OrgId(7), vic.clone()), OrgRole::Member),
    ]);
    members
        .teams
        .lock()
        .expect("no test panics")
        .insert(("tools and parts".to_owned(), vic), TeamRole::Lead);
    (server, members)
}

// security: Authorization: A role in one organisation gives no right in another
#[tokio::test]
async fn an_owner_passes_a_member_is_refused_and_a_stranger_sees_nothing() {
    let (server, members) = start().await;
    let [ann, ed, vic] = [
        server.sign_in(ANN).await,
        server.sign_in(ED).await,
        server.sign_in(VIC).await,
    ];
    let remove = |org: i64| format!("/app/orgs/{org}/files/3");
    let owner = server.delete(&remove(7)).bearer(&ed.access).await;
    assert_eq!(owner.ok().text, "7 [Owner] true without 3 for 1");
    let member = server.delete(&remove(7)).bearer(&vic.access).await;
    member.refused(403, "insufficient_role");
    for (who, path) in [(&ed, remove(8)), (&vic, remove(8)), (&ed, remove(-1))] {
        let stranger = server.delete(&path).bearer(&who.access).await;
        stranger.refused(404, "not_found");
        let nothing = server.delete("/app/no-such-route").bearer(&who.access).await;
        assert_eq!(stranger.text, nothing.text, "an organisation hides itself");
    }
    assert_eq!(members.asked(), 5);
    let admin = server.delete(&remove(8)).bearer(&ann.access).await;
    assert_eq!(admin.ok().text, "8 [] false without 3 for 1");
    server.delete(&remove(7)).await.refused(401, "missing_token");
    server.delete("/app/orgs/x/files/3").await.refused(401, "missing_token");
    assert_eq!(members.asked(), 0, "neither for an admin nor for an anonymous client");
}

#[tokio::test]
async fn an_owner_holds_what_the_role_includes_and_a_plain_parameter_is_guarded_too() {
    let (server, members) = start().await;
    let [ann, ed, vic] = [
        server.sign_in(ANN).await,
        server.sign_in(ED).await,
        server.sign_in(VIC).await,
    ];
    let text = async |path: &str, access: &str| server.get(path).bearer(access).await.ok().text.clone();
    assert_eq!(text("/app/orgs/7/files", &ed.access).await, "7 [Owner] true");
    assert_eq!(text("/app/orgs/7/files", &vic.access).await, "7 [Member] true");
    assert_eq!(text("/app/orgs/7/plain", &ed.access).await, "7");
    assert_eq!(text("/app/orgs/9/plain", &ann.access).await, "9");
    let files = server.get("/app/orgs/7/files").bearer(&ann.access).await;
    files.refused(404, "not_found");
    let plain = server.get("/app/orgs/7/plain").bearer(&vic.access).await;
    plain.refused(403, "insufficient_role");
    // Rocket answers HEAD where it answers GET, behind the same rule.
    for (access, status) in [(&ed.access, 200), (&ann.access, 404)] {
        let head = server.ask(Method::HEAD, "/app/orgs/7/files").bearer(access).await;
        assert_eq!((head.status, head.text.as_str()), (status, ""));
    }
    assert_eq!(members.asked(), 7);
}

#[tokio::test]
async fn the_application_is_asked_once_for_a_scope_and_a_request() {
    let (server, members) = start().await;
    let vic = server.sign_in(VIC).await;
    let twice = server.get("/app/orgs/7/twice").bearer(&vic.access).await;
    assert_eq!(twice.ok().text, "7 [Member] true");
    assert_eq!(members.asked(), 1);
    members.is_away.store(true, Ordering::SeqCst);
    let twice = server.get("/app/orgs/7/twice").bearer(&vic.access).await;
    twice.refused(503, "unavailable");
    assert_eq!(members.asked(), 1, "also where it cannot answer");
    members.is_away.store(false, Ordering::SeqCst);
    let both = server
        .get("/app/orgs/7/teams/tools%20and%20parts")
        .bearer(&vic.access)
        .await;
    assert_eq!(both.ok().text, "7 tools and parts");
    assert_eq!(members.asked(), 2, "once for each scope");
}

#[tokio::test]
async fn memberships_that_cannot_be_read_are_503_and_logged_once() {
    let (server, members) = start().await;
    let [ann, ed] = [server.sign_in(ANN).await, server.sign_in(ED).await];
    members.is_away.store(true, Ordering::SeqCst);
    let answer = server.get("/app/orgs/7/twice").bearer(&ed.access).await;
    answer.refused(503, "unavailable");
    assert!(answer.header("Retry-After").is_some() && !answer.text.contains("register"));
    assert_eq!(server.log.with("the register is closed").len(), 1);
    assert!(!server.log.with("OrgRole` cannot be read").is_empty());
    server.get("/app/orgs/7/plain").bearer(&ann.access).await.ok();
    // A policy that holds decides without them.
    let even = server.get("/app/orgs/8/even").bearer(&ed.access).await;
    assert_eq!(even.ok().text, "8 [] false");
}

#[tokio::test]
async fn a_membership_that_was_revoked_is_gone_at_the_next_request() {
    let (server, members) = start().await;
    let ed = server.sign_in(ED).await;
    server.get("/app/orgs/7/files").bearer(&ed.access).await.ok();
    members.orgs.lock().expect("no test panics").clear();
    let answer = server.get("/app/orgs/7/files").bearer(&ed.access).await;
    answer.refused(404, "not_found");
}

#[tokio::test]
async fn a_stranger_gets_403_where_the_enum_says_so() {
    let (server, _) = start().await;
    let [ed, vic] = [server.sign_in(ED).await, server.sign_in(VIC).await];
    let lead = server.get("/app/teams/tools%20and%20parts").bearer(&vic.access).await;
    assert_eq!(lead.ok().text, "tools and parts");
    for path in ["/app/teams/tools%20and%20parts", "/app/teams/none"] {
        let stranger = server.get(path).bearer(&ed.access).await;
        stranger.refused(403, "insufficient_role");
    }
    // Of two scopes, one that hides itself counts.
    let member = server.get("/app/orgs/7/teams/none").bearer(&vic.access).await;
    member.refused(403, "insufficient_role");
    let stranger = server.get("/app/orgs/8/teams/none").bearer(&vic.access).await;
    stranger.refused(404, "not_found");
}

#[tokio::test]
async fn a_segment_that_names_no_scope_is_for_the_next_route() {
    let (server, members) = start().await;
    let [ann, ed] = [server.sign_in(ANN).await, server.sign_in(ED).await];
    for access in [&ann.access, &ed.access] {
        let answer = server.get("/app/orgs/seven/plain").bearer(access).await;
        answer.refused(422, "invalid_request");
    }
    let by_name = server.get("/app/by/pumps").bearer(&ed.access).await;
    assert_eq!(by_name.ok().text, "the organisation called pumps");
    assert_eq!(members.asked(), 0);
    let by_id = server.get("/app/by/%37").bearer(&ed.access).await;
    assert_eq!(by_id.ok().text, "7 [Owner] true");
    server
        .get("/app/by/8")
        .bearer(&ed.access)
        .await
        .refused(404, "not_found");
    server.get("/app/by/8").await.refused(401, "missing_token");
}

/// As the attribute would write it, without the rule in front.
#[public("forged")]
#[get("/forged/<org>")]
fn forged(org: OrgId, passed: Passed<OrgRole, 1>) -> String {
    describe(&passed.within(org))
}

// security: Authorization: No handler gets a proof without the rule
#[tokio::test]
async fn a_route_without_the_rule_makes_no_proof() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![forged]))
        .start()
        .await;
    let ann = server.sign_in(ANN).await;
    for answer in [
        server.get("/app/forged/7").await,
        server.get("/app/forged/7").bearer(&ann.access).await,
    ] {
        answer.refused(500, "internal_error");
    }
}

#[tokio::test]
async fn launch_refuses_a_rule_without_memberships_and_names_the_call() {
    let failed = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![files, plain]))
        .try_start()
        .await;
    let Err(failed) = failed else {
        panic!("the server starts without memberships")
    };
    let said = failed.log.with("add `.memberships(…)` to `Auth::builder`");
    assert!(
        said.iter().any(|line| line.text.contains("`member in org`")),
        "{said:?}"
    );
    assert!(said.iter().any(|line| line.text.contains("OrgRole`")), "{said:?}");
}

#[tokio::test]
async fn the_access_map_shows_roles_in_scopes_and_a_link_takes_the_id() {
    let map = AccessMap::of(&rocket::build().mount("/app", routes()));
    let decision = |path: &str| {
        let entry = map.entries().iter().find(|entry| entry.path == path);
        entry.and_then(|entry| entry.decision.clone()).unwrap_or_default()
    };
    assert_eq!(decision("/app/orgs/<org>/files/<id>"), "any(admin, owner in org)");
    assert_eq!(
        decision("/app/orgs/<org>/teams/<team>"),
        "all(member in org, lead in team)"
    );
    assert_eq!(uri!("/app", remove(org = OrgId(7), id = 3)), "/app/orgs/7/files/3");
}
