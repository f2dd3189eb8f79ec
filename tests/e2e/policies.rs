//! Rules that ask more than roles: policies of the application, and how long ago the user signed
//! in.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::{User, guarded_routes, require_role};
use rocket::request::Request;
use rocket::serde::json::{Json, Value};
use rocket::{get, post};
use rocket_app::role::AppRole;

use crate::support::{ANN, ED, Server, VIC, manual_clock};

static ASKED: AtomicUsize = AtomicUsize::new(0);

async fn is_even(_: &User<AppRole>, id: u32, _: &Request<'_>) -> bool {
    ASKED.fetch_add(1, Ordering::SeqCst);
    id.is_multiple_of(2)
}

#[require_role(any(AppRole::Admin, all(AppRole::Editor, is_even(id))))]
#[get("/even/<id>")]
fn even(id: u32) -> String {
    id.to_string()
}

async fn fails(_: &User<AppRole>, _: &Request<'_>) -> Result<bool, std::io::Error> {
    Err(std::io::Error::other("the ledger is closed"))
}

#[require_role(any(AppRole::Admin, fails()))]
#[post("/ledger", data = "<entry>")]
fn ledger(entry: Json<Value>) -> String {
    entry.to_string()
}

#[require_role(AppRole::Admin, fresh = "5m")]
#[get("/vault")]
fn vault() -> &'static str {
    "gold"
}

async fn says_yes(_: &User<AppRole>, _: &Request<'_>) -> Result<bool, std::io::Error> {
    Ok(true)
}

async fn says_no(_: &User<AppRole>, _: &Request<'_>) -> Result<bool, std::io::Error> {
    Ok(false)
}

async fn knows(_: &User<AppRole>, _: u32, _: &Request<'_>) -> bool {
    true
}

#[require_role(any(fails(), says_yes()))]
#[get("/any/fails-yes")]
fn any_fails_yes() {}

#[require_role(any(says_yes(), fails()))]
#[get("/any/yes-fails")]
fn any_yes_fails() {}

#[require_role(any(fails(), says_no()))]
#[get("/any/fails-no")]
fn any_fails_no() {}

#[require_role(any(fails(), all(AppRole::Editor, not(says_no()))))]
#[get("/any/fails-editor")]
fn any_fails_editor() {}

#[require_role(all(fails(), says_yes()))]
#[get("/all/fails-yes")]
fn all_fails_yes() {}

#[require_role(all(fails(), says_no()))]
#[get("/all/fails-no")]
fn all_fails_no() {}

#[require_role(all(says_no(), fails()))]
#[get("/all/no-fails")]
fn all_no_fails() {}

#[require_role(not(fails()))]
#[get("/not/fails")]
fn not_fails() {}

#[require_role(not(any(fails(), says_yes())))]
#[get("/not/any")]
fn not_any() {}

#[require_role(any(fails(), knows(id)))]
#[get("/known/<id>")]
fn known(id: u32) -> String {
    id.to_string()
}

#[tokio::test]
async fn a_policy_that_fails_is_answered_only_where_no_other_term_decides() {
    let routes = guarded_routes![
        any_fails_yes,
        any_yes_fails,
        any_fails_no,
        any_fails_editor,
        all_fails_yes,
        all_fails_no,
        all_no_fails,
        not_fails,
        not_any,
        known
    ];
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", routes))
        .start()
        .await;
    let [ed, vic] = [server.sign_in(ED).await, server.sign_in(VIC).await];
    for (path, who, status) in [
        ("/app/any/fails-yes", &vic, 200),
        ("/app/any/yes-fails", &vic, 200),
        ("/app/any/fails-no", &vic, 503),
        ("/app/any/fails-editor", &ed, 200),
        ("/app/any/fails-editor", &vic, 503),
        ("/app/all/fails-yes", &vic, 503),
        ("/app/all/fails-no", &vic, 403),
        ("/app/all/no-fails", &vic, 403),
        ("/app/not/fails", &vic, 503),
        ("/app/not/any", &vic, 403),
        ("/app/known/7", &vic, 200),
        // Its parameter does not parse: the request is for another route, even if a policy failed
        // too.
        ("/app/known/seven", &vic, 422),
    ] {
        let answer = server.get(path).bearer(&who.access).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(
            answer.header("Retry-After").is_some(),
            status == 503,
            "{path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_policy_that_fails_is_logged_once_also_where_another_lets_the_user_in() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![any_fails_yes, all_fails_no]))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    server.get("/app/any/fails-yes").bearer(&vic.access).await.ok();
    assert_eq!(server.log.with("the ledger is closed").len(), 1);
    server
        .get("/app/all/fails-no")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
    assert_eq!(server.log.with("the ledger is closed").len(), 2);
}

async fn start() -> Server {
    Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![even, ledger, vault]))
        .start()
        .await
}

#[tokio::test]
async fn a_report_is_for_its_owner_and_for_admins_and_nobody_else_learns_of_it() {
    let server = Server::start().await;
    let reports = server.reports().await;
    let owner = server.id_of(VIC).await;
    reports
        .put(7, &owner, "what vic found")
        .await
        .expect("the reports answer");
    let [ann, ed, vic] = [
        server.sign_in(ANN).await,
        server.sign_in(ED).await,
        server.sign_in(VIC).await,
    ];
    assert_eq!(
        server
            .get("/api/reports/7")
            .bearer(&vic.access)
            .await
            .ok()
            .field("title"),
        "what vic found"
    );
    server.get("/api/reports/7").bearer(&ann.access).await.ok();
    server
        .get("/api/reports/7")
        .bearer(&ed.access)
        .await
        .refused(403, "insufficient_role");
    server
        .get("/api/reports/8")
        .bearer(&ed.access)
        .await
        .refused(403, "insufficient_role");
    server
        .get("/api/reports/8")
        .bearer(&ann.access)
        .await
        .refused(404, "not_found");
    server.get("/api/reports/7").await.refused(401, "missing_token");
}

#[tokio::test]
async fn a_policy_is_asked_only_when_the_roles_do_not_decide() {
    let server = start().await;
    let [ann, ed, vic] = [
        server.sign_in(ANN).await,
        server.sign_in(ED).await,
        server.sign_in(VIC).await,
    ];
    server.get("/app/even/3").bearer(&ann.access).await.ok();
    server
        .get("/app/even/4")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
    assert_eq!(
        ASKED.load(Ordering::SeqCst),
        0,
        "an admin passes and a viewer fails without it"
    );
    server.get("/app/even/4").bearer(&ed.access).await.ok();
    server
        .get("/app/even/3")
        .bearer(&ed.access)
        .await
        .refused(403, "insufficient_role");
    assert_eq!(ASKED.load(Ordering::SeqCst), 2);
    // What is no number is for another route, as it would be without a policy.
    server
        .get("/app/even/three")
        .bearer(&ed.access)
        .await
        .refused(422, "invalid_request");
}

#[tokio::test]
async fn a_policy_that_fails_is_503_and_logged_and_the_body_is_not_looked_at() {
    let server = start().await;
    let vic = server.sign_in(VIC).await;
    let answer = server
        .post("/app/ledger")
        .bearer(&vic.access)
        .body("application/json", "{ malformed")
        .await;
    answer.refused(503, "unavailable");
    assert!(!answer.text.contains("ledger"));
    assert_eq!(server.log.with("the ledger is closed").len(), 1);
}

#[tokio::test]
async fn a_sign_in_that_is_too_long_ago_must_be_repeated() {
    let clock = manual_clock();
    let options = Server::options().clock(&clock);
    let server = options
        .extended(|rocket| rocket.mount("/app", guarded_routes![vault]))
        .start()
        .await;
    let ann = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(5 * 60));
    assert_eq!(server.get("/app/vault").bearer(&ann.access).await.ok().text, "gold");
    clock.advance(Duration::from_secs(1));
    server
        .get("/app/vault")
        .bearer(&ann.access)
        .await
        .refused(401, "reauthentication_required");
    // A refresh is no sign-in: `auth_time` stays.
    let refreshed = crate::support::Session::of(&server.refresh(&ann.refresh).await);
    server
        .get("/app/vault")
        .bearer(&refreshed.access)
        .await
        .refused(401, "reauthentication_required");
    let again = server.sign_in(ANN).await;
    server.get("/app/vault").bearer(&again.access).await.ok();
}

#[tokio::test]
async fn the_access_map_shows_policies_and_freshness() {
    let rocket = rocket::build().mount("/app", guarded_routes![even, vault]);
    let map = auth_core::AccessMap::of(&rocket);
    let decisions: Vec<&str> = map
        .entries()
        .iter()
        .filter_map(|entry| entry.decision.as_deref())
        .collect();
    assert_eq!(
        decisions,
        ["any(admin, all(editor, is_even(id)))", "admin, fresh = \"5m\""]
    );
}
