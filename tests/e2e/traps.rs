//! What bare Rocket does, beside what this library does with the same request. Each trap is still
//! there in the versions in use, and the library avoids it.

use auth_core::{guarded_routes, public};
use rocket::http::{Cookie, CookieJar, Status};
use rocket::serde::json::Json;
use rocket::{delete, get, post};
use serde::Deserialize;
use serde_json::json;

use crate::support::{ANN, Server, parts};

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its shape matters")]
struct Login {
    email: String,
    password: String,
}

#[public("for the test")]
#[post("/login", data = "<login>")]
fn bare_login(login: Json<Login>) {
    drop(login);
}

#[public("for the test")]
#[post("/json-only", format = "json", data = "<login>")]
fn bare_format(login: Json<Login>) {
    drop(login);
}

#[public("for the test")]
#[get("/ip")]
fn bare_ip(ip: std::net::IpAddr) -> String {
    ip.to_string()
}

#[public("for the test")]
#[get("/cookie")]
fn bare_cookie(jar: &CookieJar<'_>) -> String {
    jar.get("refresh_token")
        .map(|cookie| cookie.value().to_owned())
        .unwrap_or_default()
}

#[public("for the test")]
#[get("/clears")]
fn bare_clears(jar: &CookieJar<'_>) -> Status {
    jar.add(Cookie::new("bare", "set"));
    Status::Unauthorized
}

#[public("for the test")]
#[get("/sets")]
fn bare_sets(jar: &CookieJar<'_>) -> Status {
    jar.add(Cookie::new("bare", "set"));
    Status::Ok
}

#[public("for the test")]
#[delete("/thing")]
fn bare_delete() -> &'static str {
    "deleted"
}

async fn bare() -> Server {
    let routes = guarded_routes![
        bare_login,
        bare_format,
        bare_ip,
        bare_cookie,
        bare_clears,
        bare_sets,
        bare_delete
    ];
    Server::options()
        .with_access_cookie()
        .extended(|rocket| rocket.mount("/bare", routes))
        .start()
        .await
}

// security: Traps in the versions in use: Rocket logs a body that its `Json` guard could not read
#[tokio::test]
async fn rockets_json_guard_logs_the_body_it_could_not_read_and_ours_does_not() {
    let server = bare().await;
    let body = |word: &str| format!("{{\"email\":\"a\",\"password\":\"{word}\"");
    server
        .post("/bare/login")
        .body("application/json", body("wren-under-the-eaves"))
        .await;
    assert!(!server.log.with("wren-under-the-eaves").is_empty(), "the trap is there");
    server
        .post("/api/auth/login")
        .body("application/json", body("kestrel-over-the-quarry"))
        .await
        .refused(422, "invalid_request");
    assert!(server.log.with("kestrel-over-the-quarry").is_empty());
}

// security: Traps in the versions in use: Rocket's `Json` takes text/plain; a wrong `format` is 404
#[tokio::test]
async fn rockets_json_guard_takes_any_content_type_or_answers_404_and_ours_says_415() {
    let server = bare().await;
    let login = ANN.login().to_string();
    assert_eq!(
        server
            .post("/bare/login")
            .body("text/plain", login.as_str())
            .await
            .status,
        200
    );
    assert_eq!(
        server
            .post("/bare/json-only")
            .body("text/plain", login.as_str())
            .await
            .status,
        404
    );
    let ours = server.post("/api/auth/login").body("text/plain", login).await;
    ours.refused(415, "unsupported_media_type");
}

// security: Traps in the versions in use: Rocket trusts `X-Real-IP`
#[tokio::test]
async fn rocket_believes_x_real_ip_and_the_sessions_address_is_the_peers() {
    let server = bare().await;
    assert_eq!(
        server.get("/bare/ip").header("X-Real-IP", "192.0.2.66").await.ok().text,
        "192.0.2.66"
    );
    let login = server.post("/api/auth/login").header("X-Real-IP", "192.0.2.66");
    let access = login.json(&ANN.login_with_body()).await.field("accessToken");
    let sessions = server.get("/api/auth/sessions").bearer(&access).await.json();
    assert_eq!(sessions[0]["ip"], "127.0.0.1");
    let event = &server.log.events("login_succeeded")[0];
    assert!(event.text.contains("source=127.0.0.1"), "{event:?}");
}

// security: Traps in the versions in use: Rocket decodes cookie names, and the last one wins
#[tokio::test]
async fn rocket_decodes_cookie_names_and_the_last_one_wins_and_ours_are_exact() {
    let server = bare().await;
    for cookie in ["refresh_token=good; refresh%5Ftoken=evil", "refresh%5Ftoken=evil"] {
        assert_eq!(
            server.get("/bare/cookie").cookie(cookie).await.ok().text,
            "evil",
            "{cookie}"
        );
    }
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let good = login.ok().cookie("refresh_token").value;
    let refreshed = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={good}; refresh%5Ftoken=evil"));
    refreshed.await.ok();
    let encoded = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh%5Ftoken={good}"));
    encoded.await.refused(401, "missing_token");
}

// security: Traps in the versions in use: Rocket drops cookies that were changed before a catcher runs
#[tokio::test]
async fn rocket_drops_cookies_set_before_a_catcher_and_ours_do_not_go_that_way() {
    let server = bare().await;
    assert_eq!(server.get("/bare/sets").await.cookies().len(), 1);
    let dropped = server.get("/bare/clears").await;
    assert_eq!((dropped.status, dropped.cookies().len()), (401, 0), "the trap is there");
    // A sign-out with a dead token is answered by no catcher, and clears the cookie.
    let out = server
        .post("/api/auth/logout")
        .cookie("refresh_token=dead")
        .same_origin();
    out.await.no_content().cookie("refresh_token");
    let refused = server
        .post("/api/auth/refresh")
        .cookie("refresh_token=dead")
        .same_origin();
    refused.await.refused(401, "invalid_token");
    server
        .post("/api/auth/refresh")
        .json(&json!({}))
        .await
        .refused(401, "missing_token");
}

#[tokio::test]
async fn rocket_turns_a_form_of_another_site_into_any_method_and_we_judge_the_post_it_was() {
    let server = bare().await;
    let form = |path: &str| {
        let ask = server.post(path).header("Sec-Fetch-Site", "cross-site");
        ask.body("application/x-www-form-urlencoded", "_method=DELETE")
    };
    assert_eq!(form("/bare/thing").await.text, "deleted");
    let session = server.sign_in(ANN).await;
    let sid = parts(&session.access).1["sid"].as_str().expect("text").to_owned();
    form(&format!("/api/auth/sessions/{sid}"))
        .cookie(format!("access_token={}", session.access))
        .await
        .refused(403, "csrf_rejected");
    server.me(&session.access).await.ok();
}
