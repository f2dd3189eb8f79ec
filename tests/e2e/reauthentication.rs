//! `POST /api/auth/reauthenticate`.

use std::time::Duration;

use serde_json::json;

use crate::support::{ANN, Answer, Server, manual_clock, parts};

async fn prove(server: &Server, access: &str, password: &str) -> Answer {
    let body = json!({ "password": password });
    server.post("/api/auth/reauthenticate").bearer(access).json(&body).await
}

fn claims(token: &str) -> serde_json::Value {
    parts(token).1
}

#[tokio::test]
async fn the_password_gives_one_access_token_of_the_session_and_no_refresh_token() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let session = server.sign_in(ANN).await;
    let row = "SELECT current || ' ' || auth_time || ' ' || idle_until AS text FROM auth_sessions";
    let before = server.query_text(row);
    clock.advance(Duration::from_secs(300));
    let answer = prove(&server, &session.access, ANN.password).await;
    let body = answer.ok().json();
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(3), "{answer:?}");
    assert_eq!(
        (&body["tokenType"], &body["expiresIn"]),
        (&json!("Bearer"), &json!(900))
    );
    answer.sets_no_cookie();
    let (old, new) = (claims(&session.access), claims(&answer.field("accessToken")));
    assert_eq!(new["sid"], old["sid"]);
    assert_eq!(
        new["auth_time"].as_i64(),
        old["auth_time"].as_i64().map(|time| time + 300)
    );
    assert_eq!(server.query_text(row), before, "the session's row is as it was");
    server.me(&answer.field("accessToken")).await.ok();
    server.me(&session.access).await.ok();
    server.refresh(&session.refresh).await.ok();
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_counts_as_a_failed_sign_in() {
    let server = Server::options().set("throttle.account_per_minute", 3).start().await;
    let session = server.sign_in(ANN).await;
    for _ in 0..3 {
        prove(&server, &session.access, "wrong")
            .await
            .refused(401, "invalid_credentials");
    }
    prove(&server, &session.access, ANN.password)
        .await
        .refused(429, "too_many_attempts");
    assert_eq!(server.log.events("reauthentication_failed").len(), 3);
    let anonymous = server.post("/api/auth/reauthenticate");
    anonymous
        .json(&json!({ "password": ANN.password }))
        .await
        .refused(401, "missing_token");
}

#[tokio::test]
async fn a_session_that_ended_gets_none() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    server
        .post("/api/auth/logout")
        .bearer(&session.access)
        .await
        .no_content();
    prove(&server, &session.access, ANN.password)
        .await
        .refused(401, "session_revoked");
}

/// A page and its cookie must not differ: two different tokens would be several credentials.
#[tokio::test]
async fn a_browser_with_the_access_cookie_gets_it_in_the_cookie() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    browser.sign_in(ANN).await;
    let proof = json!({ "password": ANN.password });
    let answer = browser.post("/api/auth/reauthenticate").json(&proof).await;
    let token = answer.ok().field("accessToken");
    assert_eq!(answer.cookie("access_token").value, token);
    assert_eq!(answer.cookies().len(), 1, "no refresh token");
    browser
        .get("/api/users/me")
        .header("Authorization", format!("Bearer {token}"))
        .await
        .ok();
}
