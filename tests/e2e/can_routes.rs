//! Which route `/can` answers for, and how often it calls the guard of one.

use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::{User, authenticated, guarded_by, guarded_routes, public, require_role};
use reqwest::Method;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{async_trait, get, head, post};
use rocket_app::role::AppRole;
use serde_json::json;

use crate::can::{ask, said};
use crate::support::{Server, VIC};

#[require_role(AppRole::Admin)]
#[get("/page", format = "json")]
fn page_as_json() {}

#[public("pages")]
#[get("/page", format = "html", rank = 2)]
fn page_as_html() {}

#[require_role(AppRole::Admin)]
#[post("/notes", format = "json")]
fn note_as_json() {}

#[public("notes")]
#[post("/notes", rank = 2)]
fn note() {}

#[require_role(AppRole::Admin)]
#[post("/drafts", format = "json")]
fn draft_as_json() {}

#[authenticated]
#[post("/drafts", format = "form")]
fn draft_as_form() {}

async fn is_even(_: &User<AppRole>, id: u32, _: &Request<'_>) -> bool {
    id.is_multiple_of(2)
}

#[require_role(any(AppRole::Admin, is_even(id)))]
#[head("/photos/<id>")]
fn photo_size(id: u32) {
    let _ = id;
}

#[authenticated]
#[get("/photos/<name>")]
fn photo(name: &str) -> &str {
    name
}

#[require_role(any(AppRole::Admin, is_even(id)))]
#[head("/films/<id>")]
fn film_size(id: u32) {
    let _ = id;
}

/// How often the guard was called.
static CALLED: AtomicUsize = AtomicUsize::new(0);

struct Robot<'r>(#[expect(dead_code, reason = "the guard borrows, as many do")] &'r str);

#[async_trait]
impl<'r> FromRequest<'r> for Robot<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Robot<'r>, ()> {
        CALLED.fetch_add(1, Ordering::SeqCst);
        match request.headers().get_one("X-Robot") {
            Some("lost") => Outcome::Forward(Status::NotFound),
            Some(name) => Outcome::Success(Robot(name)),
            None => Outcome::Error((Status::Forbidden, ())),
        }
    }
}

struct Human;

#[async_trait]
impl<'r> FromRequest<'r> for Human {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Human, ()> {
        Outcome::Error((Status::Unauthorized, ()))
    }
}

#[guarded_by(Robot)]
#[get("/builds/<id>")]
fn build(id: &str) -> &str {
    id
}

#[guarded_by(Robot<'_>)]
#[post("/builds")]
fn start_build() {}

#[guarded_by(Human)]
#[get("/tea")]
fn tea() {}

async fn start() -> Server {
    Server::options()
        .extended(|rocket| {
            let routes = guarded_routes![
                page_as_json,
                page_as_html,
                note_as_json,
                note,
                draft_as_json,
                draft_as_form,
                photo_size,
                photo,
                film_size,
                build,
                start_build,
                tea
            ];
            rocket.mount("/app", routes)
        })
        .start()
        .await
}

#[tokio::test]
async fn the_route_is_that_of_a_request_without_accept_and_content_type() {
    let server = start().await;
    let vic = server.sign_in(VIC).await;
    for (method, path, expected) in [
        // Every format suits a request without `Accept`, so the rank decides.
        ("GET", "/app/page", "403 insufficient_role"),
        // No format suits a request without `Content-Type`.
        ("POST", "/app/notes", "allowed"),
    ] {
        let answer = ask(&server, Some(&vic), method, path).await;
        assert_eq!(said(&answer.ok().json()), expected, "{method} {path}");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let made = server.ask(method, path).bearer(&vic.access).await;
        let status = if expected == "allowed" { 200 } else { 403 };
        assert_eq!(made.status, status, "{path}: {made:?}");
    }
    // Where all routes have a format, the first of them answers.
    let answer = ask(&server, Some(&vic), "POST", "/app/drafts").await;
    assert_eq!(said(&answer.ok().json()), "403 insufficient_role");
    let as_json = server.post("/app/drafts").bearer(&vic.access).json(&json!({})).await;
    as_json.refused(403, "insufficient_role");
}

#[tokio::test]
async fn a_head_goes_on_to_the_routes_of_get() {
    let server = start().await;
    let vic = server.sign_in(VIC).await;
    for (path, expected) in [
        ("/app/photos/2", "allowed"),
        ("/app/photos/1", "403 insufficient_role"),
        ("/app/photos/me", "allowed"),
        ("/app/films/2", "allowed"),
        ("/app/films/me", "404 not_found"),
    ] {
        let answer = ask(&server, Some(&vic), "HEAD", path).await;
        assert_eq!(said(&answer.ok().json()), expected, "{path}");
        let made = server.ask(Method::HEAD, path).bearer(&vic.access).await;
        let status = if expected == "allowed" { "200" } else { &expected[..3] };
        assert_eq!(made.status.to_string(), status, "{path}");
    }
}

#[tokio::test]
async fn a_guard_is_called_once_for_all_routes_that_a_client_asks_about() {
    let server = start().await;
    let requests = json!({ "requests": [
        { "path": "/app/builds/1" },
        { "path": "/app/builds/2" },
        { "method": "POST", "path": "/app/builds" },
        { "path": "/app/tea" },
    ] });
    for (name, expected) in [
        (None, "403 forbidden"),
        (Some("ada"), "allowed"),
        (Some("lost"), "404 not_found"),
    ] {
        let ask = server.post("/api/auth/can").json(&requests);
        let ask = match name {
            Some(name) => ask.header("X-Robot", name),
            None => ask,
        };
        CALLED.store(0, Ordering::SeqCst);
        let answers = ask.await.ok().json();
        assert_eq!(CALLED.load(Ordering::SeqCst), 1, "{answers}");
        let said: Vec<String> = answers.as_array().expect("a list").iter().map(said).collect();
        assert_eq!(said, [expected, expected, expected, "401 unauthorized"]);
    }
    // The request itself is not made by what was decided for `/can`.
    CALLED.store(0, Ordering::SeqCst);
    server.get("/app/builds/1").header("X-Robot", "ada").await.ok();
    server.get("/app/builds/2").header("X-Robot", "ada").await.ok();
    assert_eq!(CALLED.load(Ordering::SeqCst), 2);
}
