//! `auth.cors`: which pages of other origins may read answers.

use reqwest::Method;
use rocket::http::Header;
use rocket::response::Responder;
use rocket::{get, options};

use auth_core::{guarded_routes, public};

use crate::support::{ANN, Answer, Ask, Server};

const APP: &str = "https://app.example.com";
const STRANGER: &str = "https://evil.example";

/// The headers of the protocol, in alphabetical order, and `Vary`.
fn shared(answer: &Answer) -> Vec<(&str, &str)> {
    let mut headers: Vec<(&str, &str)> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("access-control-"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    headers.sort_unstable();
    headers
}

fn for_app() -> Vec<(&'static str, &'static str)> {
    vec![
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-origin", APP),
        ("access-control-expose-headers", "Retry-After, WWW-Authenticate"),
    ]
}

fn varies_by_origin(answer: &Answer) -> bool {
    answer
        .all("Vary")
        .iter()
        .flat_map(|names| names.split(','))
        .any(|name| name.trim() == "Origin")
}

async fn start(cors: &str) -> Server {
    Server::options()
        .with_access_cookie()
        .set("allowed_origins", vec![APP, "http://localhost:5173"])
        .set("cors", cors)
        .extended(|rocket| rocket.mount("/app", guarded_routes![own_cors, own_list, own_options]))
        .start()
        .await
}

fn preflight(server: &Server, path: &str, origin: &str) -> Ask {
    server
        .ask(Method::OPTIONS, path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type")
}

#[derive(Responder)]
struct WithOrigin(&'static str, Header<'static>);

#[public("for every page")]
#[get("/own")]
fn own_cors() -> WithOrigin {
    WithOrigin("own", Header::new("Access-Control-Allow-Origin", "https://own.example"))
}

#[public("a list in pages")]
#[get("/list")]
fn own_list() -> WithOrigin {
    WithOrigin("list", Header::new("Access-Control-Expose-Headers", "X-Total"))
}

#[public("the application answers by itself")]
#[options("/own")]
fn own_options() -> &'static str {
    "mine"
}

#[tokio::test]
async fn a_page_on_a_listed_origin_reads_the_answers_of_the_endpoints_also_refusals() {
    let server = start("endpoints").await;
    let from_app = |ask: Ask| ask.header("Origin", APP).header("Sec-Fetch-Site", "same-site");
    let signed_in = from_app(server.post("/api/auth/login").json(&ANN.login())).await;
    assert_eq!(shared(signed_in.ok()), for_app());
    assert!(varies_by_origin(&signed_in));
    let refused = from_app(server.get("/api/auth/sessions")).await;
    refused.refused(401, "missing_token");
    assert_eq!(shared(&refused), for_app());
    let nothing = from_app(server.get("/api/auth/nothing")).await;
    nothing.refused(404, "not_found");
    assert_eq!(shared(&nothing), for_app());
    // Other routes are not opened.
    for path in ["/api/public", "/health", "/nothing"] {
        assert_eq!(shared(&from_app(server.get(path)).await), [], "{path}");
        let asked = preflight(&server, path, APP).await;
        assert_eq!((asked.status, shared(&asked)), (404, vec![]), "{path}");
    }
}

#[tokio::test]
async fn all_opens_every_route_and_leaves_what_the_application_says() {
    let server = start("all").await;
    for path in ["/api/public", "/api/auth/sessions", "/api/users/me", "/nothing", "/"] {
        let answer = server.get(path).header("Origin", APP).await;
        assert_eq!(shared(&answer), for_app(), "{path}");
        assert!(varies_by_origin(&answer), "{path}: {answer:?}");
        let asked = preflight(&server, path, APP).await;
        assert_eq!(asked.status, 204, "{path}");
    }
    let own = server.get("/app/own").header("Origin", APP).await;
    assert_eq!(
        shared(own.ok()),
        [("access-control-allow-origin", "https://own.example")]
    );
    let list = server.get("/app/list").header("Origin", APP).await;
    assert!(shared(&list).contains(&("access-control-expose-headers", "X-Total")));
    let options = preflight(&server, "/app/own", APP).await;
    assert_eq!(options.ok().text, "mine");
}

#[tokio::test]
async fn a_preflight_of_a_listed_origin_says_what_may_be_sent() {
    let server = start("endpoints").await;
    let asked = preflight(&server, "/api/auth/refresh", APP).await;
    assert_eq!((asked.status, asked.text.as_str()), (204, ""));
    assert_eq!(
        shared(&asked),
        [
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-headers", "authorization,content-type"),
            ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            ("access-control-allow-origin", APP),
            ("access-control-max-age", "7200"),
        ]
    );
    assert!(varies_by_origin(&asked));
    // Neither split headers nor long ones come back.
    for odd in ["a\tb", "x<y", &"a,".repeat(600)] {
        let asked = server
            .ask(Method::OPTIONS, "/api/auth/refresh")
            .header("Origin", APP)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", odd)
            .await;
        assert_eq!(asked.status, 204);
        assert_eq!(asked.header("Access-Control-Allow-Headers"), None, "{odd}");
    }
    let plain = server.ask(Method::OPTIONS, "/api/auth/refresh").header("Origin", APP);
    plain.await.refused(404, "not_found");
}

// security: Cookies and CSRF: With `auth.cors` a page of an origin that is not listed reads nothing
#[tokio::test]
async fn a_page_that_is_not_listed_reads_nothing() {
    let server = start("all").await;
    for origin in [
        STRANGER,
        "null",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://app.example.com.evil.example",
        "https://APP.example.com",
        "*",
        "",
    ] {
        for path in ["/api/public", "/api/auth/sessions"] {
            let answer = server.get(path).header("Origin", origin).await;
            assert_eq!(shared(&answer), [], "{origin}");
            assert!(varies_by_origin(&answer), "a cache keeps it apart");
        }
        let asked = preflight(&server, "/api/auth/refresh", origin).await;
        assert_eq!((asked.status, shared(&asked)), (404, vec![]), "{origin}");
    }
    let twice = server
        .get("/api/public")
        .header("Origin", APP)
        .header("Origin", STRANGER);
    assert_eq!(shared(&twice.await), []);
    let none = server.get("/api/public").await;
    assert_eq!(shared(none.ok()), []);
    assert!(varies_by_origin(&none));
}

#[tokio::test]
async fn the_public_keys_are_for_every_page_and_without_credentials() {
    for cors in ["endpoints", "all"] {
        let server = start(cors).await;
        let keys = server.get("/.well-known/jwks.json").header("Origin", STRANGER).await;
        assert_eq!(shared(keys.ok()), [("access-control-allow-origin", "*")]);
    }
}

#[tokio::test]
async fn without_the_setting_nothing_is_shared() {
    let server = Server::options().set("allowed_origins", vec![APP]).start().await;
    let answer = server.get("/api/auth/sessions").header("Origin", APP).await;
    assert_eq!(shared(&answer), []);
    let asked = preflight(&server, "/api/auth/refresh", APP).await;
    asked.refused(404, "not_found");
    let keys = server.get("/.well-known/jwks.json").header("Origin", APP).await;
    assert_eq!(shared(keys.ok()), [("access-control-allow-origin", "*")]);
}
