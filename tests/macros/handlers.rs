//! Handlers as the macros make them, called over HTTP: what a policy gets, how often, and before
//! what.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::{User, guarded_routes, public, require_role};
use rocket::request::Request;
use rocket::serde::json::{Json, Value};
use rocket::{get, post};
use rocket_app::role::AppRole;

use crate::support::{ANN, ED, Server, VIC};

async fn is_even(_: &User<AppRole>, number: u32, _: &Request<'_>) -> bool {
    number.is_multiple_of(2)
}

async fn is_called(_: &User<AppRole>, name: &str, _: &Request<'_>) -> bool {
    name == "plan"
}

async fn is_below(_: &User<AppRole>, number: u32, path: PathBuf, _: &Request<'_>) -> bool {
    path.starts_with(number.to_string())
}

static COUNTED: AtomicUsize = AtomicUsize::new(0);

async fn counted(_: &User<AppRole>, _: &Request<'_>) -> bool {
    COUNTED.fetch_add(1, Ordering::SeqCst);
    false
}

/// Static segments, an ignored one, and parameters in another order than the policy's.
#[require_role(all(is_even(number), is_below(number, path), is_called(name)))]
#[get("/in/<_>/<name>/of/<number>/<path..>")]
fn several(name: &str, number: u32, path: PathBuf) -> String {
    format!("{name} {number} {}", path.display())
}

#[require_role(is_even(number))]
#[get("/number/<number>", rank = 1)]
fn number(number: u32) -> String {
    format!("the number {number}")
}

#[public("what is no number")]
#[get("/number/<text>", rank = 2)]
fn text(text: &str) -> String {
    format!("the text {text}")
}

#[require_role(any(all(AppRole::Editor, counted()), not(counted())))]
#[get("/twice")]
fn twice() -> &'static str {
    "asked"
}

#[require_role(any(AppRole::Admin, counted()))]
#[post("/entries?<page>", data = "<entry>")]
fn entry(page: u32, entry: Json<Value>) -> String {
    format!("{page} {}", entry.into_inner())
}

#[require_role(any(AppRole::Admin, asks()))]
struct Asked<'r>(&'r User<AppRole>);

async fn asks(user: &User<AppRole>, request: &Request<'_>) -> bool {
    user.has(AppRole::Editor) && request.uri().path().ends_with("guarded")
}

#[public("the guard decides")]
#[get("/guarded")]
fn guarded(asked: Asked<'_>) -> String {
    asked.0.id().to_string()
}

async fn start() -> Server {
    let routes = || guarded_routes![several, number, text, twice, entry, guarded];
    Server::options()
        .extended(move |rocket| rocket.mount("/one", routes()).mount("/two/deep", routes()))
        .start()
        .await
}

#[tokio::test]
async fn a_policy_gets_the_segments_it_names_wherever_the_route_is_mounted() {
    let server = start().await;
    let vic = server.sign_in(VIC).await;
    for base in ["/one", "/two/deep"] {
        let get = |path: &str| server.get(&format!("{base}/in/x/{path}")).bearer(&vic.access);
        assert_eq!(get("plan/of/4/4/a/b").await.ok().text, "plan 4 4/a/b");
        for refused in ["plan/of/4/5/a", "plan/of/3/3/a", "plans/of/4/4/a", "plan/of/4"] {
            get(refused).await.refused(403, "insufficient_role");
        }
    }
}

#[tokio::test]
async fn a_parameter_that_does_not_parse_is_for_the_next_route() {
    let server = start().await;
    let vic = server.sign_in(VIC).await;
    let get = |path: &str| server.get(&format!("/one/number/{path}")).bearer(&vic.access);
    assert_eq!(get("4").await.ok().text, "the number 4");
    get("3").await.refused(403, "insufficient_role");
    assert_eq!(get("four").await.ok().text, "the text four");
    server.get("/one/number/4").await.refused(401, "missing_token");
}

#[tokio::test]
async fn a_policy_is_asked_once_and_before_query_and_body() {
    let server = start().await;
    let [ann, ed, vic] = [
        server.sign_in(ANN).await,
        server.sign_in(ED).await,
        server.sign_in(VIC).await,
    ];
    // One call, mentioned twice, and both mentions open until it has answered.
    server.get("/one/twice").bearer(&ed.access).await.ok();
    assert_eq!(COUNTED.swap(0, Ordering::SeqCst), 1);

    let post = |body: Vec<u8>| server.post("/one/entries?page=none").body("application/json", body);
    for body in [b"{ malformed".to_vec(), vec![b' '; 1 << 20]] {
        post(body.clone()).await.refused(401, "missing_token");
        assert_eq!(COUNTED.load(Ordering::SeqCst), 0, "no user is asked about");
        post(body).bearer(&vic.access).await.refused(403, "insufficient_role");
        assert_eq!(COUNTED.swap(0, Ordering::SeqCst), 1);
    }
    let answer = post(b"{ malformed".to_vec()).bearer(&ann.access).await;
    assert_eq!(answer.status, 422, "who may send it learns what is wrong with it");
    assert_eq!(COUNTED.load(Ordering::SeqCst), 0, "an admin passes without it");
}

#[tokio::test]
async fn a_guard_struct_asks_its_policy() {
    let server = start().await;
    for (person, passes) in [(ANN, true), (ED, true), (VIC, false)] {
        let session = server.sign_in(person).await;
        let answer = server.get("/two/deep/guarded").bearer(&session.access).await;
        if passes {
            answer.ok();
        } else {
            answer.refused(403, "insufficient_role");
        }
    }
    server.get("/one/guarded").await.refused(401, "missing_token");
}
