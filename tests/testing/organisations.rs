//! Roles within an organisation in an application's tests: requests as a member, the access matrix
//! and the document.

use std::convert::Infallible;

use auth_core::openapi::annotate;
use auth_core::testing::{Access, AsUser, TestBench, access_matrix};
use auth_core::{AccessMap, Auth, Memberships, Role, User, UserId, Within, guarded_routes, require_role};
use rocket::http::Status;
use rocket::local::blocking::{Client, LocalRequest};
use rocket::{Build, Rocket, async_trait, delete, get};
use serde_json::json;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Staff,
}

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
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

/// Every user is a member of organisation 1.
struct Members;

#[async_trait]
impl Memberships<OrgRole> for Members {
    type Error = Infallible;

    async fn roles(&self, _: &UserId, org: &i64) -> Result<Vec<OrgRole>, Infallible> {
        Ok((*org == 1).then_some(OrgRole::Member).into_iter().collect())
    }
}

#[async_trait]
impl Memberships<TeamRole> for Members {
    type Error = Infallible;

    async fn roles(&self, _: &UserId, _: &String) -> Result<Vec<TeamRole>, Infallible> {
        Ok(Vec::new())
    }
}

#[require_role(any(AppRole::Admin, OrgRole::Owner in org))]
#[delete("/orgs/<org>/files")]
fn clear(org: Within<OrgRole>, user: &User<AppRole>) -> String {
    format!("{} {}", org.id(), user.id())
}

#[require_role(OrgRole::Member in org)]
#[get("/orgs/<org>/files")]
fn files(org: Within<OrgRole>) -> String {
    org.id().to_string()
}

#[require_role(all(AppRole::Staff, not(TeamRole::Lead in team)))]
#[get("/teams/<team>")]
fn team(team: String) -> String {
    team
}

fn client() -> (TestBench, Client) {
    let bench = TestBench::new::<AppRole>().expect("a bench");
    let auth = Auth::builder::<AppRole>()
        .memberships::<OrgRole>(Members)
        .memberships::<TeamRole>(Members);
    let app: Rocket<Build> = rocket::custom(rocket::Config {
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    })
    .attach(auth.fairing())
    .mount("/", guarded_routes![clear, files, team]);
    let client = Client::tracked(bench.attach(app)).expect("the application launches");
    (bench, client)
}

fn answer(request: LocalRequest<'_>) -> (Status, String) {
    let answer = request.dispatch();
    (answer.status(), answer.into_string().unwrap_or_default())
}

#[test]
fn a_test_is_a_member_without_a_row_and_a_stranger_elsewhere() {
    let (_bench, client) = client();
    let owner = || client.delete("/orgs/7/files").as_role_in(OrgRole::Owner, 7);
    assert_eq!(answer(owner()), (Status::Ok, "7 test-nobody".to_owned()));
    // In either order, and with roles of the application.
    let staff = owner().as_role(AppRole::Staff);
    assert_eq!(answer(staff), (Status::Ok, "7 test-staff".to_owned()));
    let staff = client.delete("/orgs/7/files").as_role(AppRole::Staff);
    let staff = staff.as_role_in(OrgRole::Owner, 7);
    assert_eq!(answer(staff), (Status::Ok, "7 test-staff".to_owned()));

    let status = |path: &'static str| client.get(path).as_role_in(OrgRole::Owner, 7);
    assert_eq!(status("/orgs/7/files").dispatch().status(), Status::Ok);
    assert_eq!(status("/orgs/8/files").dispatch().status(), Status::NotFound);
    assert_eq!(status("/orgs/1/files").dispatch().status(), Status::NotFound);
    let both = status("/orgs/8/files").as_role_in(OrgRole::Member, 8);
    assert_eq!(both.dispatch().status(), Status::Ok);
    let member = client.delete("/orgs/7/files").as_role_in(OrgRole::Member, 7);
    assert_eq!(member.dispatch().status(), Status::Forbidden);
}

#[test]
fn without_assumed_roles_the_application_is_asked() {
    let (_bench, client) = client();
    let staff = |path: &'static str| client.get(path).as_role(AppRole::Staff).dispatch().status();
    assert_eq!(staff("/orgs/1/files"), Status::Ok);
    assert_eq!(staff("/orgs/2/files"), Status::NotFound);
    assert_eq!(staff("/teams/tools"), Status::Ok);
    let of_team = client
        .get("/orgs/1/files")
        .as_role_in(TeamRole::Lead, "tools".to_owned());
    assert_eq!(of_team.dispatch().status(), Status::Ok, "of another enum");
    let lead = client.get("/teams/tools").as_role(AppRole::Staff);
    let lead = lead.as_role_in(TeamRole::Lead, "tools".to_owned());
    assert_eq!(lead.dispatch().status(), Status::Forbidden);
}

#[test]
fn a_document_lists_404_where_an_organisation_hides_itself() {
    let (_bench, client) = client();
    let operation = || json!({ "responses": {} });
    let mut document = json!({
        "openapi": "3.1.0",
        "paths": {
            "/orgs/{org}/files": {
                "get": operation(),
                "delete": { "responses": { "404": { "description": "my own" } } },
            },
            "/teams/{team}": { "get": operation() },
        },
    });
    annotate(&mut document, &AccessMap::of(client.rocket())).expect("all are known");
    let answers = |path: &str, method: &str| document["paths"][path][method]["responses"].clone();
    let hidden = answers("/orgs/{org}/files", "get");
    assert_eq!(hidden["404"]["$ref"], "#/components/responses/AuthNotFound");
    assert!(document["components"]["responses"]["AuthNotFound"].is_object());
    assert_eq!(answers("/orgs/{org}/files", "delete")["404"]["description"], "my own");
    let shown = answers("/teams/{team}", "get");
    assert!(shown["403"].is_object() && shown["404"].is_null(), "{shown}");
}

#[test]
fn the_access_matrix_has_a_column_for_each_role_in_a_scope() {
    let (_bench, client) = client();
    let matrix = access_matrix(&client).outside("/api/auth").outside("/.well-known");
    let table = matrix.to_string();
    let expected = "\
METHOD  PATH               anonymous  admin    staff    owner in org  member in org  lead in team  DECISION
DELETE  /orgs/<org>/files  401        allowed  404      allowed       403            404           any(admin, owner in org)
GET     /orgs/<org>/files  401        404      404      allowed       allowed        404           member in org
GET     /teams/<team>      401        403      allowed  403           403            403           all(staff, not(lead in team))
";
    assert_eq!(table, expected, "\n{table}");
    let owner = matrix.access("DELETE", "/orgs/<org>/files", "owner in org");
    assert_eq!(owner, Some(Access::Allowed));
}

#[test]
fn the_map_and_the_document_show_roles_in_scopes() {
    let (_bench, client) = client();
    let map = AccessMap::of(client.rocket());
    let shown = serde_json::to_value(&map).expect("JSON");
    let entry = shown.as_array().and_then(|entries| {
        let mut entries = entries.iter();
        entries.find(|entry| entry["path"] == "/orgs/<org>/files" && entry["method"] == "DELETE")
    });
    assert_eq!(
        entry.map(|entry| &entry["decision"]),
        Some(&json!("any(admin, owner in org)"))
    );
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "orgs", "version": "1" },
        "paths": { "/orgs/{org}/files": { "get": {}, "delete": {} } },
    });
    annotate(&mut document, &map).expect("the document is a document");
    let operation = &document["paths"]["/orgs/{org}/files"]["delete"];
    assert_eq!(operation["x-access-rule"], "any(admin, owner in org)");
    assert_eq!(operation["x-required-roles"], json!(["admin", "owner in org"]));
}
