//! The answers to refusals: JSON, a page or a redirect, with their headers, from every catcher.

use auth_core::User;
use rocket_app::role::AppRole;
use serde_json::json;

use crate::support::{ANN, Server, VIC};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

#[tokio::test]
async fn a_refusal_is_json_unless_html_is_preferred() {
    let server = Server::options().without_sign_in_page().start().await;
    server.get("/api/admin").await.refused(401, "missing_token");
    for accept in [
        "*/*",
        "application/json",
        "application/*",
        "application/json, text/html",
        "text/html;q=0",
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

// security: Errors, logs, headers: HTML for a client that prefers it, with the same status and headers
// security: Errors, logs, headers: `nosniff`, `Referrer-Policy`, `frame-ancestors 'none'`
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
        answer.protects();
    }
}

#[tokio::test]
async fn html_is_given_where_it_is_preferred_to_json_whatever_stands_first() {
    let server = Server::options().without_sign_in_page().start().await;
    for accept in [
        "text/vnd.turbo-stream.html, text/html, application/xhtml+xml",
        "text/x-component, text/html;q=0.9, application/json;q=0.8",
        "image/avif, text/html",
        "text/html, application/json",
        "*/*;q=0.1, text/html;q=0.2",
    ] {
        for path in ["/api/admin", "/nothing"] {
            let answer = server.get(path).header("Accept", accept).await;
            assert_eq!(
                answer.header("Content-Type"),
                Some("text/html; charset=utf-8"),
                "{accept}"
            );
        }
    }
    let two = server
        .get("/api/admin")
        .header("Accept", "image/png")
        .header("Accept", "text/html")
        .await;
    assert_eq!(
        two.header("Content-Type"),
        Some("text/html; charset=utf-8"),
        "two headers are one list"
    );
}

// security: Errors, logs, headers: A sign-in page never leads to itself
#[tokio::test]
async fn the_sign_in_page_itself_is_never_answered_with_a_way_to_it() {
    // Launch cannot know it: the route decides nothing, and its handler refuses.
    let server = Server::options()
        .set("sign_in_page", "/app/asks?from=guard")
        .set("unguarded_routes", "warn");
    let server = server
        .extended(|rocket| rocket.mount("/app", rocket::routes![asks]))
        .start()
        .await;
    for path in [
        "/app/asks",
        "/app/asks?from=guard",
        "/app/asks?from=guard&more=1",
        "/app//asks",
        "/app/%61sks",
    ] {
        let answer = server.get(path).header("Accept", BROWSER).await;
        answer.has_headers_of(401, "missing_token");
    }
    let other = server.get("/api/admin").header("Accept", BROWSER).await;
    assert_eq!(
        (other.status, other.header("Location")),
        (303, Some("/app/asks?from=guard"))
    );
}

#[rocket::get("/asks")]
fn asks(user: User<AppRole>) -> String {
    user.id().to_string()
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

// security: Errors, logs, headers: Fixed bodies, no library's text
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

// security: Errors, logs, headers: Nothing of an endpoint is stored
// security: Errors, logs, headers: `nosniff`, `Referrer-Policy`, `frame-ancestors 'none'`
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
        answer.protects();
    }
}

// security: Errors, logs, headers: The headers are set with every catcher; every 401 has its challenge
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
        // Rocket may route it or not; no cache on the way may store tokens.
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

// security: Errors, logs, headers: HSTS with TLS
#[tokio::test]
async fn a_browser_that_came_by_tls_is_told_to_stay_with_it() {
    let proxied = |peer: &str| Server::options().set("trusted_proxies", vec![peer.to_owned()]);
    let release = proxied("127.0.0.1").release().start().await;
    let by = |server: &Server, scheme: &str| server.get("/api/admin").header("X-Forwarded-Proto", scheme);
    let told = by(&release, "https").await;
    assert_eq!(
        told.header("Strict-Transport-Security"),
        Some("max-age=31536000"),
        "{told:?}"
    );
    let page = release.get("/api/public").header("X-Forwarded-Proto", "https").await;
    assert_eq!(
        page.ok().header("Strict-Transport-Security"),
        Some("max-age=31536000"),
        "{page:?}"
    );
    // RFC 6797 section 7.2: never over anything else, and only the proxy can say which scheme it
    // was.
    for scheme in ["http", "HTTPS,http", ""] {
        assert_eq!(
            by(&release, scheme).await.header("Strict-Transport-Security"),
            None,
            "{scheme}"
        );
    }
    assert_eq!(
        release
            .get("/api/public")
            .await
            .ok()
            .header("Strict-Transport-Security"),
        None
    );
    let twice = by(&release, "https").header("X-Forwarded-Proto", "http").await;
    assert_eq!(twice.header("Strict-Transport-Security"), None);
    let other = proxied("192.0.2.1").release().start().await;
    assert_eq!(by(&other, "https").await.header("Strict-Transport-Security"), None);
    let debug = proxied("127.0.0.1").start().await;
    assert_eq!(by(&debug, "https").await.header("Strict-Transport-Security"), None);
}

// security: Errors, logs, headers: Fixed bodies, no library's text
#[tokio::test]
async fn the_librarys_words_are_fixed_and_no_librarys() {
    let server = Server::start().await;
    let ann = server.sign_in(ANN).await;
    let mut said = Vec::new();
    for token in [
        "x",
        "a.b.c",
        "..",
        &ann.access[1..],
        &ann.refresh,
        "eyJhbGciOiJub25lIn0.e30.",
    ] {
        let answer = server.get("/api/admin").bearer(token).await;
        answer.refused(401, "invalid_token");
        said.push(answer.text);
    }
    said.dedup();
    assert_eq!(
        said,
        ["{\"error\":\"invalid_token\",\"message\":\"The token is not valid.\"}"]
    );
}
