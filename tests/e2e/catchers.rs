//! What Rocket and the application itself refuse, and the application's own catchers.

use auth_core::{AuthError, User, guarded_routes, public, require_role};
use rocket::serde::json::Json;
use rocket::{Request, catch, catchers, get, post};
use rocket_app::role::AppRole;
use serde::Deserialize;
use serde_json::json;

use crate::support::{ANN, Server, VIC};

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

// security: Errors, logs, headers: Codes and headers from every path, Rocket's own too
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
    let long = json!({ "text": "x".repeat(1 << 20) });
    server
        .post("/app/note")
        .json(&long)
        .await
        .refused(413, "payload_too_large");
    for (status, code) in [
        (401, "unauthorized"),
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

// security: Errors, logs, headers: A panic is 500 and the next request works
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

// security: Errors, logs, headers: The headers are set with every catcher; every 401 has its challenge
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
    "for every client"
}

#[public("for the test")]
#[get("/maybe")]
fn maybe(user: Option<User<AppRole>>) -> &'static str {
    user.map_or("nobody", |_| "somebody")
}

// security: Traps in the versions in use: a guard that forwards lets a refused request fall to the next route
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

// security: Traps in the versions in use: `Option<Guard>` turns a refusal into `None`
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

/// The status, the headers in lower case, and the body of a raw answer.
fn read(answer: &str) -> (u16, Vec<(String, String)>, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    (
        status.unwrap_or_else(|| panic!("a status in {answer:?}")),
        headers,
        body.to_owned(),
    )
}

// security: Errors, logs, headers: Codes and headers from every path, Rocket's own too
#[tokio::test]
async fn what_is_no_request_to_rocket_gets_code_and_headers_as_well() {
    let server = Server::start().await;
    for start in [
        "BREW /api/auth/login",
        "CONNECT /api/auth/login",
        "get /api/auth/login",
        "PROPFIND /api/auth/sessions",
        "GET /api/auth/%",
        "GET /api/auth/%zz",
        "GET /api/auth/a|b",
    ] {
        let answer = server
            .raw(&format!(
                "{start} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            ))
            .await;
        let (status, headers, body) = read(&answer);
        let header = |name: &str| {
            let mut named = headers.iter().filter(|(header, _)| header == name);
            let value = named.next().map(|(_, value)| value.as_str());
            assert!(named.next().is_none(), "{name} once: {answer}");
            value
        };
        assert!(matches!(status, 400 | 404), "{start}: {answer}");
        let code = if status == 400 { "bad_request" } else { "not_found" };
        assert!(body.contains(&format!("{{\"error\":\"{code}\"")), "{start}: {answer}");
        assert_eq!(header("content-type"), Some("application/json"), "{start}: {answer}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{start}: {answer}");
        assert_eq!(header("referrer-policy"), Some("no-referrer"), "{start}: {answer}");
        let policy = header("content-security-policy");
        assert!(
            policy.is_some_and(|policy| policy.contains("frame-ancestors 'none'")),
            "{start}: {answer}"
        );
        assert_eq!(header("set-cookie"), None, "{start}: {answer}");
    }
    server.sign_in(ANN).await;
}

// security: Errors, logs, headers: Codes and headers from every path, Rocket's own too
#[tokio::test]
async fn what_is_no_http_is_refused_without_a_word_and_the_next_request_works() {
    let server = Server::start().await;
    let many: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    let host = "Host: localhost\r\nConnection: close\r\n";
    for (request, statuses) in [
        ("nonsense\r\n\r\n".to_owned(), [400, 400]),
        (format!("GET /a^b` HTTP/1.1\r\n{host}\r\n"), [400, 400]),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), [400, 505]),
        (format!("GET /api/admin HTTP/1.1\r\n{host}{many}\r\n"), [431, 431]),
        (
            format!("GET /api/admin HTTP/1.1\r\n{host}Content-Length: x\r\n\r\n"),
            [400, 400],
        ),
        (
            format!("GET /api/admin HTTP/1.1\r\n{host}Bad\u{1}Name: x\r\n\r\n"),
            [400, 400],
        ),
        (
            format!("GET /api/admin HTTP/1.1\r\n{host}Name: a\u{1}b\r\n\r\n"),
            [400, 400],
        ),
        (
            format!("GET /{} HTTP/1.1\r\n{host}\r\n", "x".repeat(70_000)),
            [414, 414],
        ),
    ] {
        let answer = server.raw(&request).await;
        let (status, headers, body) = read(&answer);
        let begin: String = request.chars().take(80).collect();
        assert!(statuses.contains(&status), "{begin}: {answer}");
        assert_eq!(body, "", "{begin}");
        assert!(headers.iter().all(|(name, _)| name != "set-cookie"), "{begin}");
    }
    server.get("/api/public").await.ok();
}

// security: Tokens: Size cap before decoding
#[tokio::test]
async fn a_long_header_is_a_token_like_any_other_bad_one() {
    let server = Server::start().await;
    // Hyper reads up to about 400 KiB of headers; what is in them is cut off at our own limits.
    let long = "x".repeat(100_000);
    server
        .get("/api/admin")
        .bearer(&long)
        .await
        .refused(401, "invalid_token");
    server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={long}"))
        .await
        .refused(401, "invalid_token");
    let signed_in = server
        .post("/api/auth/login")
        .header("User-Agent", long)
        .json(&ANN.login_with_body())
        .await;
    signed_in.ok();
}

// security: Errors, logs, headers: Codes and headers from every path, Rocket's own too
#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let server = Server::start().await;
    let ann = server.sign_in(ANN).await;
    let head = |path: &str| server.ask(reqwest::Method::HEAD, path);
    for (answer, status, code) in [
        (head("/api/admin").await, 401, "missing_token"),
        (head("/api/admin").bearer("x").await, 401, "invalid_token"),
        (head("/nothing").await, 404, "not_found"),
        (head("/api/auth/sessions").await, 401, "missing_token"),
    ] {
        assert_eq!(answer.text, "", "{answer:?}");
        answer.has_headers_of(status, code);
        answer.protects();
    }
    let admin = head("/api/admin").bearer(&ann.access).await;
    assert_eq!((admin.status, admin.text.as_str()), (200, ""));
}

// security: Cookies and CSRF: CORS is off
// security: Errors, logs, headers: Codes and headers from every path, Rocket's own too
#[tokio::test]
async fn another_method_is_404_with_or_without_an_identity() {
    let server = Server::start().await;
    let ann = server.sign_in(ANN).await;
    for method in ["PUT", "PATCH", "DELETE", "POST", "TRACE", "OPTIONS"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        for path in ["/api/admin", "/api/auth/sessions", "/api/auth/login"] {
            if path.ends_with("login") && method == "POST" {
                continue;
            }
            server.ask(method.clone(), path).await.refused(404, "not_found");
            let answer = server.ask(method.clone(), path).bearer(&ann.access).await;
            answer.refused(404, "not_found");
            assert!(
                answer.all("Access-Control-Allow-Origin").is_empty(),
                "CORS is off: {answer:?}"
            );
        }
    }
}
