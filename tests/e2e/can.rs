//! `/can`: what the decisions say of requests that are not made.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::{Memberships, Refusal, Role, User, UserId, Within, guarded_by, guarded_routes, public, require_role};
use reqwest::Method;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{State, async_trait, delete, get, post};
use rocket_app::role::AppRole;
use serde_json::{Value, json};

use crate::support::{ANN, Answer, ED, Server, Session, VIC, manual_clock};

/// How often a handler ran: asking must not.
static HANDLED: AtomicUsize = AtomicUsize::new(0);

/// What the policies read, as the application manages it.
struct Owner(UserId);

async fn owns(user: &User<AppRole>, id: u32, owner: &State<Owner>) -> Result<(), Refusal> {
    match (user.id() == &owner.0, id) {
        (true, 7) => Ok(()),
        _ => Err(Refusal::not_found("no_such_report", "There is no such report.")),
    }
}

#[require_role(any(AppRole::Admin, owns(id)))]
#[delete("/reports/<id>")]
fn remove(id: u32) -> String {
    HANDLED.fetch_add(1, Ordering::SeqCst);
    id.to_string()
}

async fn is_below(_: &User<AppRole>, path: std::path::PathBuf, _: &Request<'_>) -> bool {
    path.starts_with("drafts")
}

#[require_role(any(AppRole::Admin, is_below(path)))]
#[get("/files/<path..>")]
fn file(path: std::path::PathBuf) -> String {
    path.display().to_string()
}

async fn fails(_: &User<AppRole>, _: &Request<'_>) -> Result<bool, std::io::Error> {
    Err(std::io::Error::other("the ledger is closed"))
}

#[require_role(fails())]
#[post("/ledger")]
fn ledger() {}

#[require_role(AppRole::Viewer, fresh = "5m")]
#[get("/vault")]
fn vault() {}

#[require_role(AppRole::Admin)]
#[get("/search?kind=secret&<q>")]
fn search_secret(q: &str) -> &str {
    q
}

#[public("search")]
#[get("/search?<q>", rank = 1)]
fn search(q: &str) -> &str {
    q
}

#[require_role(AppRole::Admin)]
#[get("/user/me")]
fn me() {}

#[public("profiles")]
#[get("/user/<name>")]
fn by_name(name: &str) -> &str {
    name
}

struct Robot;

#[async_trait]
impl<'r> FromRequest<'r> for Robot {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Robot, ()> {
        match request.headers().get_one("X-Robot") {
            Some("good") => Outcome::Success(Robot),
            _ => Outcome::Error((Status::Forbidden, ())),
        }
    }
}

#[guarded_by(Robot)]
#[get("/robots")]
fn robots() {}

#[derive(Role, Clone, Copy)]
#[role(within = u32)]
enum OrgRole {
    Owner,
}

struct Members(AtomicUsize);

#[async_trait]
impl Memberships<OrgRole> for Members {
    type Error = std::io::Error;

    async fn roles(&self, _: &UserId, org: &u32) -> Result<Vec<OrgRole>, std::io::Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok((*org == 5).then_some(OrgRole::Owner).into_iter().collect())
    }
}

#[require_role(OrgRole::Owner in org)]
#[get("/orgs/<org>")]
fn org(org: Within<OrgRole>) -> String {
    org.into_id().to_string()
}

async fn start() -> Server {
    let routes = guarded_routes![
        remove,
        file,
        ledger,
        vault,
        search_secret,
        search,
        me,
        by_name,
        robots,
        org
    ];
    let first = Server::start().await;
    let owner = Owner(first.id_of(VIC).await);
    let another = first.another();
    drop(first);
    another
        .part(|builder| builder.memberships::<OrgRole>(std::sync::Arc::new(Members(AtomicUsize::new(0)))))
        .extended(|rocket| rocket.manage(owner).mount("/app/v1", routes))
        .start()
        .await
}

pub async fn ask(server: &Server, who: Option<&Session>, method: &str, path: &str) -> Answer {
    let path = path.replace('?', "%3F").replace('&', "%26");
    let ask = server.get(&format!("/api/auth/can?method={method}&path={path}"));
    match who {
        Some(session) => ask.bearer(&session.access).await,
        None => ask.await,
    }
}

/// `allowed`, or the status and code of the refusal.
pub fn said(answer: &Value) -> String {
    match answer["allowed"].as_bool() {
        Some(true) => {
            assert_eq!(answer, &json!({ "allowed": true }));
            "allowed".to_owned()
        }
        Some(false) => {
            assert!(answer["message"].is_string(), "{answer}");
            format!("{} {}", answer["status"], answer["error"].as_str().expect("a code"))
        }
        None => panic!("{answer}"),
    }
}

/// Each request, by whom, and what it is answered; in the places of `{}` below `/app/v1`.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("", "DELETE", "/reports/7", "401 missing_token"),
    ("vic", "DELETE", "/reports/7", "allowed"),
    ("vic", "delete", "/reports/7", "allowed"),
    ("vic", "DELETE", "/reports/8", "404 no_such_report"),
    ("ed", "DELETE", "/reports/7", "404 no_such_report"),
    ("ann", "DELETE", "/reports/8", "allowed"),
    ("vic", "DELETE", "/reports/seven", "422 invalid_request"),
    ("vic", "DELETE", "/reports/%37", "allowed"),
    ("vic", "DELETE", "/reports/7/", "allowed"),
    ("vic", "DELETE", "//reports//7", "allowed"),
    ("vic", "GET", "/reports/7", "404 not_found"),
    ("vic", "GET", "/files/drafts/one.txt", "allowed"),
    ("vic", "HEAD", "/files/drafts/one.txt", "allowed"),
    ("vic", "GET", "/files/final/one.txt", "403 insufficient_role"),
    ("vic", "POST", "/ledger", "503 unavailable"),
    ("", "POST", "/ledger", "401 missing_token"),
    ("ed", "GET", "/search?kind=secret&q=x", "403 insufficient_role"),
    ("ed", "GET", "/search?q=x", "allowed"),
    ("", "GET", "/search?q=x", "allowed"),
    ("vic", "GET", "/user/me", "403 insufficient_role"),
    ("vic", "GET", "/user/bob", "allowed"),
    ("vic", "GET", "/robots", "403 forbidden"),
    ("vic", "GET", "/orgs/5", "allowed"),
    ("vic", "GET", "/orgs/6", "404 not_found"),
    ("vic", "GET", "/nothing", "404 not_found"),
];

#[tokio::test]
async fn each_answer_is_what_the_request_itself_would_get() {
    let server = start().await;
    let [ann, ed, vic] = [
        server.sign_in(ANN).await,
        server.sign_in(ED).await,
        server.sign_in(VIC).await,
    ];
    server.log.forget_handed();
    for (who, method, path, expected) in CASES {
        let who = match *who {
            "ann" => Some(&ann),
            "ed" => Some(&ed),
            "vic" => Some(&vic),
            _ => None,
        };
        let path = format!("/app/v1{path}");
        let answer = ask(&server, who, method, &path).await;
        assert_eq!(said(&answer.ok().json()), *expected, "{method} {path}");
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    }
    assert_eq!(HANDLED.load(Ordering::SeqCst), 0, "no handler runs");
    let denied: Vec<_> = server.log.handed();
    assert!(denied.is_empty(), "a question is no attempt: {denied:?}");
    for (who, method, path, expected) in CASES {
        let session = [("ann", &ann), ("ed", &ed), ("vic", &vic)]
            .into_iter()
            .find(|(name, _)| name == who);
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let mut ask = server.ask(method, &format!("/app/v1{path}"));
        if let Some((_, session)) = session {
            ask = ask.bearer(&session.access);
        }
        let status = ask.await.status.to_string();
        let expected = if *expected == "allowed" { "200" } else { &expected[..3] };
        assert_eq!(status, expected, "{who} at {path}");
    }
    let robot = server
        .get("/api/auth/can?path=/app/v1/robots")
        .header("X-Robot", "good");
    assert_eq!(said(&robot.await.ok().json()), "allowed");
}

#[tokio::test]
async fn a_list_is_answered_in_its_order_for_one_caller() {
    let server = start().await;
    let vic = server.sign_in(VIC).await;
    let of_vic: Vec<_> = CASES.iter().filter(|(who, ..)| *who == "vic").collect();
    let requests: Vec<Value> = of_vic
        .iter()
        .map(|(_, method, path, _)| json!({ "method": method, "path": format!("/app/v1{path}") }))
        .collect();
    let answer = server.post("/api/auth/can").bearer(&vic.access);
    let answer = answer.json(&json!({ "requests": requests })).await;
    let answers = answer.ok().json();
    let said: Vec<String> = answers.as_array().expect("a list").iter().map(said).collect();
    let expected: Vec<&str> = of_vic.iter().map(|(.., expected)| *expected).collect();
    assert_eq!(said, expected);
    let none = server.post("/api/auth/can").json(&json!({ "requests": [] })).await;
    assert_eq!(none.ok().json(), json!([]));
    // The method is GET where none is said.
    let short = json!({ "requests": [{ "path": "/app/v1/user/bob" }] });
    let short = server.post("/api/auth/can").json(&short).await;
    assert_eq!(short.ok().json(), json!([{ "allowed": true }]));
}

#[tokio::test]
async fn a_dead_token_is_refused_and_not_taken_for_an_anonymous_client() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let vic = server.sign_in(VIC).await;
    clock.advance(Duration::from_secs(3600));
    ask(&server, Some(&vic), "GET", "/api/users/me")
        .await
        .refused(401, "token_expired");
    let requests = json!({ "requests": [{ "path": "/api/users/me" }] });
    let list = server.post("/api/auth/can").bearer("x").json(&requests).await;
    list.refused(401, "invalid_token");
}

/// The browser drops the access cookie at its end, and keeps the refresh cookie.
#[tokio::test]
async fn a_refresh_cookie_alone_calls_for_a_refresh() {
    for path in ["/", "/api/auth"] {
        let options = Server::options().with_access_cookie().set("cookie.path", path);
        let server = options.start().await;
        let browser = server.browser();
        let signed_in = browser.sign_in(VIC).await;
        let refresh = signed_in.cookie("refresh_token");
        assert!(refresh.has(&format!("Path={path}")), "{refresh:?}");

        let question = "/api/auth/can?path=/api/users/me";
        let asked = server.get(question).cookie(refresh.pair()).await;
        asked.refused(401, "missing_token");
        let requests = json!({ "requests": [{ "path": "/" }, { "path": "/api/users/me" }] });
        let list = server.post("/api/auth/can").cookie(refresh.pair()).json(&requests);
        list.await.refused(401, "missing_token");
        // No decision needed the token.
        let public = server.get("/api/auth/can?path=/api/public").cookie(refresh.pair());
        assert_eq!(said(&public.await.ok().json()), "allowed");

        // As a client goes on.
        browser.post("/api/auth/refresh").await.ok();
        assert_eq!(said(&browser.get(question).await.ok().json()), "allowed");
    }
}

/// The session is over, and the client does not ask in a circle.
#[tokio::test]
async fn a_dead_refresh_cookie_ends_with_the_sign_out() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    browser.sign_in(VIC).await;
    let vic = server.sign_in(VIC).await;
    let everywhere = server.post("/api/auth/logout-all").bearer(&vic.access);
    everywhere.await.no_content();
    let question = "/api/auth/can?path=/api/users/me";
    browser.get(question).await.refused(401, "session_revoked");
    browser.post("/api/auth/refresh").await.refused(401, "session_revoked");
    browser.post("/api/auth/logout").await.no_content();
    let anonymous = browser.get(question).await;
    assert_eq!(said(&anonymous.ok().json()), "401 missing_token");
}

#[tokio::test]
async fn a_rule_that_needs_a_recent_sign_in_says_so() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .extended(|rocket| rocket.mount("/app/v1", guarded_routes![vault]))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    let answer = ask(&server, Some(&vic), "GET", "/app/v1/vault").await;
    assert_eq!(said(&answer.ok().json()), "allowed");
    clock.advance(Duration::from_secs(360));
    let answer = ask(&server, Some(&vic), "GET", "/app/v1/vault").await;
    assert_eq!(said(&answer.ok().json()), "401 reauthentication_required");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let server = Server::start().await;
    for path in [
        "/api/auth/can",
        "/api/auth/can?method=GET",
        "/api/auth/can?path=",
        "/api/auth/can?path=reports",
        "/api/auth/can?path=https://elsewhere.example/x",
        "/api/auth/can?path=/a%20b",
        "/api/auth/can?method=FETCH&path=/",
    ] {
        server.get(path).await.refused(422, "invalid_request");
    }
    let long = format!("/api/auth/can?path={}", "/a".repeat(1025));
    server.get(&long).await.refused(422, "invalid_request");
    let many: Vec<Value> = (0..33).map(|id| json!({ "path": format!("/{id}") })).collect();
    for body in [
        json!({ "requests": many }),
        json!({ "requests": [{ "method": "GET" }] }),
        json!({ "requests": [{ "path": "/", "who": "ann" }] }),
        json!({ "requests": {} }),
        json!({}),
    ] {
        let refused = server.post("/api/auth/can").json(&body).await;
        refused.refused(422, "invalid_request");
    }
    server
        .ask(Method::DELETE, "/api/auth/can")
        .await
        .refused(404, "not_found");
}

// security: Cookies and CSRF: A page of another site learns nothing from /can
#[tokio::test]
async fn a_page_of_another_site_cannot_ask_as_the_user() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    browser.sign_in(ANN).await;
    let requests = json!({ "requests": [{ "path": "/api/users/me" }] });
    let ours = browser.post("/api/auth/can").json(&requests).await;
    assert_eq!(ours.ok().json(), json!([{ "allowed": true }]));
    let session = server.sign_in(ANN).await;
    let theirs = server
        .post("/api/auth/can")
        .cookie(format!("access_token={}", session.access))
        .header("Sec-Fetch-Site", "cross-site");
    let theirs = theirs.json(&requests).await;
    theirs.refused(403, "csrf_rejected");
}
