//! `GET /api/auth/sessions` and `DELETE /api/auth/sessions/<id>`.

use std::time::Duration;

use serde_json::Value;

use crate::support::{ANN, Server, Session, VIC, manual_clock, parts, with_claims};

/// The `sid` of a session, as its client can read it.
fn id(session: &Session) -> String {
    parts(&session.access).1["sid"].as_str().expect("text").to_owned()
}

async fn list(server: &Server, session: &Session) -> Vec<Value> {
    let answer = server.get("/api/auth/sessions").bearer(&session.access).await;
    answer.ok().json().as_array().expect("an array").clone()
}

#[tokio::test]
async fn the_list_shows_each_session_with_what_it_is_known_by() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let login = server
        .post("/api/auth/login")
        .header("User-Agent", "Teapot/1.0")
        .json(&ANN.login_with_body());
    let phone = Session::of(&login.await);
    clock.advance(Duration::from_millis(61_500));
    let phone = Session::of(&server.refresh(&phone.refresh).await);
    let laptop = server.sign_in(ANN).await;
    server.sign_in(VIC).await;

    let sessions = list(&server, &phone).await;
    assert_eq!(sessions.len(), 2, "ann's only: {sessions:?}");
    let mine = sessions
        .iter()
        .find(|session| session["id"] == id(&phone).as_str())
        .expect("the own one");
    assert_eq!(mine["createdAt"], "2027-01-15T08:00:00.321Z");
    assert_eq!(mine["lastUsedAt"], "2027-01-15T08:01:01.821Z");
    assert_eq!(mine["userAgent"], "Teapot/1.0");
    assert_eq!(mine["ip"], "127.0.0.1");
    assert_eq!(mine["current"], true);
    assert_eq!(
        mine.as_object().map(serde_json::Map::len),
        Some(6),
        "and nothing else: {mine}"
    );
    let other = sessions
        .iter()
        .find(|session| session["id"] == id(&laptop).as_str())
        .expect("the other one");
    assert_eq!(other["current"], false);
    assert_eq!(other["createdAt"], other["lastUsedAt"]);
}

#[tokio::test]
async fn a_user_agent_is_kept_without_control_characters_and_cut() {
    let server = Server::start().await;
    let agent = format!("Tea\tpot {}", "x".repeat(1000));
    let login = server
        .post("/api/auth/login")
        .header("User-Agent", agent)
        .json(&ANN.login_with_body());
    let session = Session::of(&login.await);
    let shown = list(&server, &session).await[0]["userAgent"]
        .as_str()
        .expect("text")
        .to_owned();
    assert!(
        shown.starts_with("Teapot x") && shown.chars().count() == 256,
        "{shown:?}"
    );
}

#[tokio::test]
async fn ended_and_expired_sessions_are_not_listed() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(7 * 24 * 3600));
    let (ended, mine) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    server.post("/api/auth/logout").bearer(&ended.access).await.no_content();
    let ids: Vec<String> = list(&server, &mine)
        .await
        .iter()
        .filter_map(|session| session["id"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(ids, [id(&mine)]);
}

// security: Tokens: Revocation by `sid`, never by the token's text
#[tokio::test]
async fn one_session_can_be_ended_from_another() {
    let server = Server::start().await;
    let (here, lost_phone) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    server
        .delete(&format!("/api/auth/sessions/{}", id(&lost_phone)))
        .bearer(&here.access)
        .await
        .no_content();
    server.me(&lost_phone.access).await.refused(401, "session_revoked");
    server
        .refresh(&lost_phone.refresh)
        .await
        .refused(401, "session_revoked");
    assert_eq!(list(&server, &here).await.len(), 1);
    Session::of(&server.refresh(&here.refresh).await);
}

#[tokio::test]
async fn the_own_session_can_be_ended_which_is_a_sign_out() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    server
        .delete(&format!("/api/auth/sessions/{}", id(&session)))
        .bearer(&session.access)
        .await
        .no_content();
    server.me(&session.access).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn another_users_session_looks_like_one_that_does_not_exist_even_to_an_admin() {
    let server = Server::start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let of_vic = server
        .delete(&format!("/api/auth/sessions/{}", id(&vic)))
        .bearer(&ann.access)
        .await;
    let of_nobody = server
        .delete("/api/auth/sessions/b5f2d9f0-0a6c-4f4e-9d1f-3f2a1d0c9b8a")
        .bearer(&ann.access)
        .await;
    of_vic.refused(404, "not_found");
    of_nobody.refused(404, "not_found");
    assert_eq!(of_vic.text, of_nobody.text);
    server.me(&vic.access).await.ok();
    for no_id in [
        "1",
        "..",
        "B5F2D9F0-0A6C-4F4E-9D1F-3F2A1D0C9B8A",
        "%00",
        &id(&ann).to_uppercase(),
    ] {
        let answer = server
            .delete(&format!("/api/auth/sessions/{no_id}"))
            .bearer(&ann.access)
            .await;
        assert_eq!(answer.status, 404, "{no_id}");
    }
    server.me(&ann.access).await.ok();
}

#[tokio::test]
async fn listing_and_ending_sessions_need_an_identity() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let path = format!("/api/auth/sessions/{}", id(&session));
    server.get("/api/auth/sessions").await.refused(401, "missing_token");
    server.delete(&path).await.refused(401, "missing_token");
    server
        .get("/api/auth/sessions")
        .bearer("garbage")
        .await
        .refused(401, "invalid_token");
    server
        .delete(&path)
        .bearer(&session.refresh)
        .await
        .refused(401, "invalid_token");
    server.me(&session.access).await.ok();
}

#[tokio::test]
async fn listing_and_ending_sessions_work_with_the_access_cookie() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    browser.sign_in(ANN).await;
    let elsewhere = server.sign_in(ANN).await;
    assert_eq!(
        browser
            .get("/api/auth/sessions")
            .await
            .ok()
            .json()
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    browser
        .delete(&format!("/api/auth/sessions/{}", id(&elsewhere)))
        .await
        .no_content();
    server.me(&elsewhere.access).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn the_session_used_least_recently_ends_when_there_are_too_many() {
    let server = Server::options().set("sessions.max_per_user", 2).start().await;
    let (first, second) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let first = Session::of(&server.refresh(&first.refresh).await);
    let third = server.sign_in(ANN).await;
    server.me(&second.access).await.refused(401, "session_revoked");
    server.refresh(&second.refresh).await.refused(401, "session_revoked");
    for session in [&first, &third] {
        server.me(&session.access).await.ok();
    }
    let listed = server.get("/api/auth/sessions").bearer(&third.access).await.json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
}

/// Of the version before: no counters in the tables, none in the tokens.
#[tokio::test]
async fn an_upgrade_signs_nobody_out() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for down in [
        include_str!("../../migrations/sqlite/2026-11-30-000005_factors/down.sql"),
        include_str!("../../migrations/sqlite/2026-11-29-000004_tickets/down.sql"),
        include_str!("../../migrations/sqlite/2026-11-29-000003_rotation_names/down.sql"),
        include_str!("../../migrations/sqlite/2026-11-28-000002_user_counters/down.sql"),
    ] {
        server.execute(down);
    }
    server.execute("DELETE FROM __diesel_schema_migrations WHERE version > '20261128000001'");
    let old = with_claims(&session.access, server.access_secret(), |claims| {
        let claims = claims.as_object_mut().expect("an object");
        claims.remove("epoch");
        claims.remove("rv");
    });
    let upgraded = server.another().start().await;
    upgraded.me(&old).await.ok();
    let refreshed = Session::of(&upgraded.refresh(&session.refresh).await);
    upgraded.me(&refreshed.access).await.ok();
    // And what ends it, ends it.
    upgraded.post("/api/auth/logout-all").bearer(&old).await.no_content();
    for token in [&old, &refreshed.access] {
        upgraded.me(token).await.refused(401, "session_revoked");
    }
}
