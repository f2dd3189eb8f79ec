//! The answers to refusals: JSON, a page or a redirect, with their headers, whichever catcher gives them.

use auth_core::{AuthError, User, guarded_routes, public, require_role};
use rocket::serde::json::Json;
use rocket::{Request, catch, catchers, get, post};
use rocket_app::role::AppRole;
use serde::Deserialize;
use serde_json::json;

use crate::support::{ANN, Answer, Server, VIC};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

#[tokio::test]
async fn a_refusal_is_json_unless_html_is_preferred() {
    let server = Server::options().without_sign_in_page().start().await;
    server.get("/api/admin").await.refused(401, "missing_token");
    for accept in [
        "*/*",
        "application/json",
        "application/*",
        "text/html;q=0.5, application/json",
        "image/png",
        "nonsense",
    ] {
        let answer = server.get("/api/admin").header("Accept", accept).await;
        assert_eq!(answer.header("Content-Type"), Some("application/json"), "{accept}");
        answer.refused(401, "missing_token");
        assert_eq!(answer.header("Vary"), Some("Accept"));
    }
}

#[tokio::test]
async fn a_browser_gets_a_page_with_the_same_status_and_headers() {
    let server = Server::options().without_sign_in_page().start().await;
    let vic = server.sign_in(VIC).await;
    for (answer, status, code) in [
        (
            server.get("/api/admin").header("Accept", BROWSER).await,
            401,
            "missing_token",
        ),
        (
            server.get("/api/admin").header("Accept", "text/html").bearer("x").await,
            401,
            "invalid_token",
        ),
        (
            server
                .get("/api/admin")
                .header("Accept", BROWSER)
                .bearer(&vic.access)
                .await,
            403,
            "insufficient_role",
        ),
        (server.get("/nothing").header("Accept", BROWSER).await, 404, "not_found"),
    ] {
        answer.has_headers_of(status, code);
        assert_eq!(
            answer.header("Content-Type"),
            Some("text/html; charset=utf-8"),
            "{answer:?}"
        );
        assert!(
            answer.text.starts_with("<!doctype html>") && answer.text.contains(&status.to_string()),
            "{answer:?}"
        );
        assert_eq!(answer.header("Vary"), Some("Accept"));
        protects(&answer);
    }
}

#[tokio::test]
async fn a_browser_without_an_identity_is_led_to_the_sign_in_page_where_there_is_one() {
    let server = Server::options()
        .set("sign_in_page", "/sign-in?from=guard")
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    for token in [None, Some("garbage")] {
        let ask = server.get("/api/admin").header("Accept", BROWSER);
        let answer = match token {
            None => ask.await,
            Some(token) => ask.bearer(token).await,
        };
        assert_eq!(
            (answer.status, answer.header("Location")),
            (303, Some("/sign-in?from=guard"))
        );
        answer.sets_no_cookie();
    }
    // Who is known but may not is told so; signing in would not help.
    let known = server
        .get("/api/admin")
        .header("Accept", BROWSER)
        .bearer(&vic.access)
        .await;
    known.has_headers_of(403, "insufficient_role");
    // Programs get their JSON.
    server.get("/api/admin").await.refused(401, "missing_token");
}

#[tokio::test]
async fn a_page_repeats_nothing_of_the_request() {
    let server = Server::options().without_sign_in_page().start().await;
    let canary = "cuckoo";
    let path = format!("/{canary}%3Cscript%3E?q={canary}");
    let page = server
        .get(&path)
        .header("Accept", BROWSER)
        .header("User-Agent", canary)
        .bearer(canary)
        .await;
    assert_eq!(page.status, 404);
    assert!(!page.text.contains(canary), "{}", page.text);
    let login = server.post("/api/auth/login").header("Accept", BROWSER);
    let login = login.json(&json!({ "email": canary, "password": canary })).await;
    login.has_headers_of(401, "invalid_credentials");
    assert!(!login.text.contains(canary), "{}", login.text);
}

/// The headers that go with every body of the library.
#[track_caller]
fn protects(answer: &Answer) {
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{answer:?}");
    assert!(answer.header("Referrer-Policy").is_some(), "{answer:?}");
    let policy = answer.header("Content-Security-Policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'"), "{answer:?}");
}

#[tokio::test]
async fn no_answer_of_an_endpoint_is_stored_success_or_failure() {
    let server = Server::options().set("throttle.account_per_minute", 1).start().await;
    let session = server.sign_in(ANN).await;
    let auth = |path: &str| server.post(&format!("/api/auth/{path}"));
    let wrong = json!({ "email": VIC.email, "password": "wrong" });
    for (status, answer) in [
        (200, auth("login").json(&ANN.login()).await),
        (401, auth("login").json(&wrong).await),
        (429, auth("login").json(&wrong).await),
        (
            403,
            auth("login")
                .header("Sec-Fetch-Site", "cross-site")
                .json(&ANN.login())
                .await,
        ),
        (413, auth("login").body("application/json", "x".repeat(5000)).await),
        (415, auth("login").body("text/plain", "x").await),
        (422, auth("login").json(&json!({})).await),
        (200, server.refresh(&session.refresh).await),
        (401, auth("refresh").await),
        (400, auth("logout").bearer("a").bearer("b").await),
        (200, server.get("/api/auth/sessions").bearer(&session.access).await),
        (401, server.get("/api/auth/sessions").await),
        (
            404,
            server.delete("/api/auth/sessions/none").bearer(&session.access).await,
        ),
        (404, server.get("/api/auth/nothing").await),
        (404, server.get("/api/auth/login").await),
        (404, server.get("/api/auth").await),
        (204, auth("logout-all").bearer(&session.access).await),
        (204, auth("logout").await),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{answer:?}");
        protects(&answer);
    }
}

#[tokio::test]
async fn the_realm_is_the_issuer() {
    let server = Server::options().set("issuer", "Ann's shop").start().await;
    let answer = server.get("/api/admin").await;
    assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer realm=\"Ann's shop\""));
    let answer = server.get("/api/admin").bearer("x").await;
    assert_eq!(
        answer.header("WWW-Authenticate"),
        Some("Bearer realm=\"Ann's shop\", error=\"invalid_token\"")
    );
}

#[derive(Deserialize)]
struct Note {
    #[expect(dead_code, reason = "only its shape matters")]
    text: String,
}

#[public("for the test")]
#[post("/note", data = "<note>")]
fn note(note: Json<Note>) {
    drop(note);
}

#[public("for the test")]
#[get("/panic")]
#[expect(clippy::panic, reason = "this is what is tested")]
fn panics() -> &'static str {
    panic!("the handler's own secret words")
}

#[public("for the test")]
#[get("/status/<code>")]
fn status(code: u16) -> rocket::http::Status {
    rocket::http::Status::new(code)
}

#[tokio::test]
async fn what_rocket_itself_refuses_has_a_code_as_well() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![note, panics, status]))
        .start();
    let server = server.await;
    server.get("/nothing").await.refused(404, "not_found");
    server.post("/api/public").await.refused(404, "not_found");
    let ann = server.sign_in(ANN).await;
    server
        .get("/api/reports/no-number")
        .bearer(&ann.access)
        .await
        .refused(422, "invalid_request");
    server
        .post("/app/note")
        .json(&json!({}))
        .await
        .refused(422, "invalid_request");
    server
        .post("/app/note")
        .body("application/json", "{")
        .await
        .refused(400, "bad_request");
    let long = json!({ "text": "x".repeat(2 << 20) });
    server
        .post("/app/note")
        .json(&long)
        .await
        .refused(413, "payload_too_large");
    for (status, code) in [
        (401, "missing_token"),
        (403, "forbidden"),
        (413, "payload_too_large"),
        (415, "unsupported_media_type"),
        (429, "too_many_attempts"),
        (500, "internal_error"),
        (503, "unavailable"),
    ] {
        let answer = server.get(&format!("/app/status/{status}")).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(code)));
        assert_eq!(
            answer.header("WWW-Authenticate").is_some(),
            status == 401,
            "every 401 and nothing else: {answer:?}"
        );
    }
    let teapot = server.get("/app/status/418").await;
    assert_eq!(teapot.status, 418);
    assert!(teapot.json()["error"].is_string());
}

#[tokio::test]
async fn a_handler_that_panics_is_500_and_the_next_request_works() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![panics]))
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    for _ in 0..5 {
        let answer = server.get("/app/panic").bearer(&session.access).await;
        answer.refused(500, "internal_error");
        assert!(!answer.text.contains("secret words"));
        server.me(&session.access).await.ok();
    }
    server.refresh(&session.refresh).await.ok();
}

#[catch(default)]
fn everything(status: rocket::http::Status, request: &Request<'_>) -> String {
    let code = AuthError::of(request).map_or("nothing of the library", AuthError::code);
    format!("{}: {code}", status.code)
}

#[catch(403)]
fn forbidden(request: &Request<'_>) -> String {
    AuthError::of(request).map_or_else(String::new, |reason| format!("the app says {}", reason.message()))
}

#[tokio::test]
async fn an_applications_own_catchers_read_the_reason_and_the_headers_are_set_all_the_same() {
    let server = Server::options()
        .extended(|rocket| rocket.register("/", catchers![everything, forbidden]))
        .start()
        .await;
    let vic = server.sign_in(VIC).await;
    for (answer, status, code, text) in [
        (
            server.get("/api/admin").await,
            401,
            "missing_token",
            "401: missing_token",
        ),
        (
            server.get("/api/admin").bearer("x").await,
            401,
            "invalid_token",
            "401: invalid_token",
        ),
        (
            server.get("/api/admin").bearer(&vic.access).await,
            403,
            "insufficient_role",
            "the app says Your roles do not allow this.",
        ),
        (
            server.get("/api/reports/1").bearer(&vic.access).await,
            403,
            "insufficient_role",
            "the app says Your roles do not allow this.",
        ),
        (
            server.get("/nothing").await,
            404,
            "not_found",
            "404: nothing of the library",
        ),
    ] {
        assert_eq!(answer.text, text);
        answer.has_headers_of(status, code);
    }
}

#[tokio::test]
async fn an_application_may_bring_its_own_catcher_for_the_endpoints_too() {
    let started = Server::options()
        .extended(|rocket| rocket.register("/api/auth", catchers![everything]))
        .try_start()
        .await;
    let server = started.unwrap_or_else(|failed| panic!("the server starts: {}", failed.why));
    let answer = server.post("/api/auth/refresh").await;
    assert_eq!(answer.text, "401: missing_token");
    answer.has_headers_of(401, "missing_token");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
}

#[require_role(AppRole::Admin)]
#[get("/door", rank = 1)]
fn guarded_door() -> &'static str {
    "for admins"
}

#[public("for the test")]
#[get("/door", rank = 2)]
fn open_door() -> &'static str {
    "for everybody"
}

#[public("for the test")]
#[get("/maybe")]
fn maybe(user: Option<User<AppRole>>) -> &'static str {
    user.map_or("nobody", |_| "somebody")
}

#[tokio::test]
async fn a_refused_request_never_falls_to_the_next_route() {
    let server = Server::options().extended(|rocket| rocket.mount("/app", guarded_routes![guarded_door, open_door]));
    let server = server.start().await;
    let vic = server.sign_in(VIC).await;
    server.get("/app/door").await.refused(401, "missing_token");
    server
        .get("/app/door")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
}

#[tokio::test]
async fn an_optional_user_is_none_without_a_good_token_and_the_answer_is_no_refusal() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![maybe]))
        .start()
        .await;
    let ann = server.sign_in(ANN).await;
    assert_eq!(server.get("/app/maybe").bearer(&ann.access).await.ok().text, "somebody");
    for answer in [
        server.get("/app/maybe").await,
        server.get("/app/maybe").bearer("x").await,
    ] {
        assert_eq!(answer.ok().text, "nobody");
        assert_eq!(answer.header("WWW-Authenticate"), None);
    }
}

#[tokio::test]
async fn an_endpoint_by_another_spelling_of_its_path_is_the_same_endpoint() {
    let server = Server::start().await;
    let body = ANN.login().to_string();
    for path in [
        "/api//auth/login",
        "//api/auth/login",
        "/api/%61uth/login",
        "/api/auth/login/",
        "/api/auth/%6Cogin",
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = server.raw(&request).await.to_lowercase();
        // Rocket may route it or not; tokens are never stored by anybody on the way.
        if answer.starts_with("http/1.1 200 ") {
            assert!(answer.contains("cache-control: no-store"), "{path}: {answer}");
        } else {
            assert!(!answer.contains("accesstoken"), "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_mount_with_a_slash_at_its_end_is_the_same_mount_or_none() {
    let options = Server::options()
        .set("mount", "/account/")
        .set("cookie.path", "/account");
    match options.try_start().await {
        Ok(server) => {
            let answer = server.post("/account/login").json(&ANN.login()).await;
            assert_eq!(answer.ok().header("Cache-Control"), Some("no-store"), "{answer:?}");
        }
        Err(failed) => assert!(failed.why.contains("auth.mount"), "{}", failed.why),
    }
}
