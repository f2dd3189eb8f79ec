//! What answers say to caches: what one caller got is for no other.

use auth_core::{Protection, User, guarded_routes, protect, public, require_role};
use rocket::fs::FileServer;
use rocket::http::{Header, Status};
use rocket::{Responder, get};
use rocket_app::role::AppRole;

use crate::support::{ANN, Answer, Server, VIC};

const NOT_KEPT: Option<&str> = Some("no-store, private");

#[derive(Responder)]
struct Cached {
    text: &'static str,
    caching: Header<'static>,
    vary: Header<'static>,
}

#[require_role(AppRole::Admin)]
#[get("/own")]
fn own() -> Cached {
    Cached {
        text: "for a minute",
        caching: Header::new("Cache-Control", "private, max-age=60"),
        vary: Header::new("Vary", "Accept-Language"),
    }
}

#[require_role(AppRole::Admin)]
#[get("/gone")]
fn gone() -> Status {
    Status::Gone
}

#[public("for the test")]
#[get("/open")]
fn open() -> &'static str {
    "open"
}

#[public("for the test")]
#[get("/maybe")]
fn maybe(user: Option<User<AppRole>>) -> &'static str {
    user.map_or("nobody", |_| "somebody")
}

async fn start() -> Server {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    Server::options()
        .with_access_cookie()
        .extended(move |rocket| {
            rocket
                .mount("/app", guarded_routes![own, gone, open, maybe])
                .mount("/files", protect(AppRole::Admin, FileServer::from(folder)))
                .mount(
                    "/open-files",
                    protect(Protection::public("for the test"), FileServer::from(folder)),
                )
        })
        .start()
        .await
}

fn caching(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("Cache-Control"), answer.header("Vary"))
}

// security: Errors, logs, headers: Answers behind a decision are kept by no cache
#[tokio::test]
async fn an_answer_behind_a_decision_is_kept_by_no_cache() {
    let server = start().await;
    let ann = server.sign_in(ANN).await;
    for path in ["/api/users/me", "/api/admin", "/api/reports/1", "/files/lib.rs"] {
        let answer = server.get(path).bearer(&ann.access).await;
        assert_eq!(
            caching(answer.ok()),
            (NOT_KEPT, Some("Authorization, Cookie")),
            "{path}"
        );
        let cookie = format!("access_token={}", ann.access);
        let answer = server.get(path).cookie(cookie).same_origin().await;
        assert_eq!(caching(answer.ok()).0, NOT_KEPT, "{path}");
    }
    let plain = Server::start().await;
    let ann = plain.sign_in(ANN).await;
    let answer = plain.get("/api/users/me").bearer(&ann.access).await;
    assert_eq!(caching(answer.ok()), (NOT_KEPT, Some("Authorization")));
}

// security: Errors, logs, headers: Answers behind a decision are kept by no cache
#[tokio::test]
async fn a_refusal_and_a_failure_behind_a_decision_are_kept_by_no_cache() {
    let server = start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    for (answer, status) in [
        (server.get("/api/admin").await, 401),
        (server.get("/files/lib.rs").await, 401),
        (server.get("/api/admin").bearer("x").await, 401),
        (server.get("/api/admin").bearer(&vic.access).await, 403),
        (server.get("/api/reports/1").bearer(&vic.access).await, 403),
        (server.get("/app/gone").bearer(&ann.access).await, 410),
        (server.get("/files/none").bearer(&ann.access).await, 404),
        (server.get("/api/admin").header("Accept", "text/html").await, 303),
    ] {
        assert_eq!((answer.status, caching(&answer).0), (status, NOT_KEPT), "{answer:?}");
    }
}

// security: Errors, logs, headers: Answers behind a decision are kept by no cache
#[tokio::test]
async fn what_a_handler_says_to_caches_stays_and_callers_are_kept_apart() {
    let server = start().await;
    let ann = server.sign_in(ANN).await;
    let answer = server.get("/app/own").bearer(&ann.access).await;
    let expected = (
        Some("private, max-age=60"),
        Some("Accept-Language, Authorization, Cookie"),
    );
    assert_eq!(caching(answer.ok()), expected);
}

// security: Errors, logs, headers: Answers behind a decision are kept by no cache
#[tokio::test]
async fn a_public_answer_says_nothing_unless_it_looked_at_the_user() {
    let server = start().await;
    let ann = server.sign_in(ANN).await;
    for path in ["/app/open", "/open-files/lib.rs", "/api/public"] {
        let answer = server.get(path).bearer(&ann.access).await;
        assert_eq!(caching(answer.ok()), (None, None), "{path}");
    }
    assert_eq!(caching(&server.get("/nothing").await), (None, Some("Accept")));
    let known = server.get("/app/maybe").bearer(&ann.access).await;
    assert_eq!(caching(known.ok()), (NOT_KEPT, Some("Authorization, Cookie")));
    let unknown = server.get("/app/maybe").await;
    assert_eq!(caching(unknown.ok()), (None, Some("Authorization, Cookie")));
    let keys = server.get("/.well-known/jwks.json").await;
    assert_eq!(keys.ok().header("Cache-Control"), Some("public, max-age=300"));
    let sessions = server.get("/api/auth/sessions").bearer(&ann.access).await;
    assert_eq!(sessions.ok().header("Cache-Control"), Some("no-store"));
}
