//! `POST /api/auth/refresh`, and the rotation behind it.

use std::collections::HashSet;
use std::time::Duration;

use auth_core::__internal::Clock;
use rocket::futures::future::join_all;
use serde_json::json;

use crate::support::{ANN, ED, Log, Server, Session, VIC, manual_clock, parts, with_claims};

const GRACE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_refresh_gives_a_new_pair_that_works() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    assert_ne!((&first.access, &first.refresh), (&second.access, &second.refresh));
    assert_eq!(server.me(&second.access).await.field("email"), ANN.email);
    Session::of(&server.refresh(&second.refresh).await);
}

#[tokio::test]
async fn the_access_token_of_before_a_refresh_is_good_until_its_own_end() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    server.refresh(&first.refresh).await.ok();
    server.me(&first.access).await.ok();
}

#[tokio::test]
async fn a_token_that_came_in_a_cookie_is_answered_with_a_cookie() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    let login = browser.sign_in(ANN).await;
    let answer = browser.post("/api/auth/refresh").await;
    let body = answer.ok().json();
    assert_eq!(
        body.as_object().map(serde_json::Map::len),
        Some(3),
        "no refresh token in the body: {body}"
    );
    assert_ne!(
        answer.cookie("refresh_token").value,
        login.cookie("refresh_token").value
    );
    assert_eq!(answer.cookie("access_token").value, answer.field("accessToken"));
    assert_eq!(answer.cookies().len(), 2);
    browser.post("/api/auth/refresh").await.ok();
}

#[tokio::test]
async fn a_token_that_came_in_the_body_is_answered_in_the_body() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    // `Session::of` refuses cookies.
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn an_empty_json_body_beside_the_cookie_changes_nothing() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in(ANN).await;
    browser
        .post("/api/auth/refresh")
        .json(&json!({}))
        .await
        .ok()
        .cookie("refresh_token");
}

#[tokio::test]
async fn without_a_token_there_is_nothing_to_refresh() {
    let server = Server::start().await;
    server.post("/api/auth/refresh").await.refused(401, "missing_token");
    server
        .post("/api/auth/refresh")
        .json(&json!({}))
        .await
        .refused(401, "missing_token");
    // An access token is none, wherever it stands.
    let session = server.sign_in(ANN).await;
    server
        .post("/api/auth/refresh")
        .bearer(&session.access)
        .await
        .refused(401, "missing_token");
    server
        .post("/api/auth/refresh")
        .bearer(&session.refresh)
        .await
        .refused(401, "missing_token");
}

#[tokio::test]
async fn a_used_token_inside_the_grace_gives_the_same_successor_byte_for_byte() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let first = server.sign_in(ANN).await;
    let successor = Session::of(&server.refresh(&first.refresh).await);
    clock.advance(GRACE);
    let again = Session::of(&server.refresh(&first.refresh).await);
    assert_eq!(again.refresh, successor.refresh);
    server.me(&again.access).await.ok();
    Session::of(&server.refresh(&successor.refresh).await);
}

#[tokio::test]
async fn a_used_token_after_the_grace_recovers_a_lost_answer_and_kills_the_other_branch() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let first = server.sign_in(ANN).await;
    let lost = Session::of(&server.refresh(&first.refresh).await);
    clock.advance(GRACE + Duration::from_millis(1));
    let recovered = Session::of(&server.refresh(&first.refresh).await);
    assert_ne!(recovered.refresh, lost.refresh);
    // The server takes the holder of the abandoned branch for a thief, and ends the session for
    // both.
    server.refresh(&lost.refresh).await.refused(401, "refresh_reuse");
    server.refresh(&recovered.refresh).await.refused(401, "session_revoked");
}

// security: Tokens: Revocation by `sid`, never by the token's text
// security: Rotation and storage: The revocation of a reused session commits though the answer is 401
#[tokio::test]
async fn a_grandparent_token_ends_the_session_at_once() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    let third = Session::of(&server.refresh(&second.refresh).await);
    server.me(&third.access).await.ok();

    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
    for dead in [&first, &second, &third] {
        server.me(&dead.access).await.refused(401, "session_revoked");
        server.refresh(&dead.refresh).await.refused(401, "session_revoked");
    }
    assert_eq!(server.log.events("refresh_reuse").len(), 1, "found once");
}

#[tokio::test]
async fn a_reuse_ends_only_the_session_of_the_token() {
    let server = Server::start().await;
    let (bystander, other_login) = (server.sign_in(VIC).await, server.sign_in(ANN).await);
    reuse(&server).await;
    server.me(&bystander.access).await.ok();
    server.me(&other_login.access).await.ok();
    Session::of(&server.refresh(&other_login.refresh).await);
}

#[tokio::test]
async fn where_so_configured_a_reuse_ends_every_session_of_the_user_and_nobody_elses() {
    let server = Server::options().set("sessions.revoke_on_reuse", "user").start().await;
    let (bystander, other_login) = (server.sign_in(VIC).await, server.sign_in(ANN).await);
    reuse(&server).await;
    server.me(&other_login.access).await.refused(401, "session_revoked");
    server
        .refresh(&other_login.refresh)
        .await
        .refused(401, "session_revoked");
    server.me(&bystander.access).await.ok();
}

/// Signs ann in and presents a token of hers that is two refreshes old.
async fn reuse(server: &Server) {
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    Session::of(&server.refresh(&second.refresh).await);
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
}

#[tokio::test]
async fn strict_rotation_ends_the_session_where_the_default_recovers_it() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .set("sessions.rotation", "strict")
        .start()
        .await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    clock.advance(GRACE);
    assert_eq!(
        Session::of(&server.refresh(&first.refresh).await).refresh,
        second.refresh,
        "the grace is there"
    );
    clock.advance(Duration::from_millis(1));
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
    server.me(&second.access).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn strict_without_grace_a_second_use_ends_the_session_even_in_the_same_millisecond() {
    let server = Server::options()
        .clock(&manual_clock())
        .set("sessions.rotation", "strict")
        .set("sessions.refresh_grace", "0s")
        .start()
        .await;
    let first = server.sign_in(ANN).await;
    Session::of(&server.refresh(&first.refresh).await);
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
}

#[tokio::test]
async fn without_grace_a_second_use_is_a_new_branch_and_never_a_replay() {
    let server = Server::options()
        .clock(&manual_clock())
        .set("sessions.refresh_grace", "0s")
        .start()
        .await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    let branch = Session::of(&server.refresh(&first.refresh).await);
    assert_ne!(branch.refresh, second.refresh);
}

// security: Rotation and storage: One statement: of many at once one rotates, and all get one successor
#[tokio::test]
async fn fifty_simultaneous_refreshes_get_one_successor_and_no_error() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let answers = join_all((0..50).map(|_| server.refresh(&first.refresh))).await;
    let sessions: Vec<Session> = answers.iter().map(Session::of).collect();
    let heads: HashSet<&str> = sessions.iter().map(|session| session.refresh.as_str()).collect();
    assert_eq!(heads.len(), 1, "one head, byte for byte");
    for session in &sessions {
        server.me(&session.access).await.ok();
    }
    Session::of(&server.refresh(&sessions[0].refresh).await);
    assert!(server.log.errors().is_empty(), "{:?}", server.log.errors());
    assert!(Log::stray().errors().is_empty(), "{:?}", Log::stray().errors());
    assert_eq!(
        server
            .get("/api/auth/sessions")
            .bearer(&first.access)
            .await
            .json()
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn fifty_simultaneous_refreshes_by_cookie_get_one_successor() {
    let server = Server::start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let cookie = login.cookie("refresh_token").pair();
    let answers = join_all((0..50).map(|_| async { server.post("/api/auth/refresh").cookie(&cookie).await })).await;
    let heads: HashSet<String> = answers
        .iter()
        .map(|answer| answer.ok().cookie("refresh_token").value)
        .collect();
    assert_eq!(heads.len(), 1);
}

// security: Rotation and storage: Refresh and revoke on one row cannot both win
#[tokio::test]
async fn a_refresh_that_races_a_logout_leaves_the_session_ended() {
    let server = Server::start().await;
    for _ in 0..10 {
        let session = server.sign_in(ANN).await;
        let logout = async { server.post("/api/auth/logout").bearer(&session.access).await };
        let (refreshed, ended) = tokio::join!(server.refresh(&session.refresh), logout);
        ended.no_content();
        assert!(matches!(refreshed.status, 200 | 401), "{refreshed:?}");
        if refreshed.status == 200 {
            let pair = Session::of(&refreshed);
            server.me(&pair.access).await.refused(401, "session_revoked");
            server.refresh(&pair.refresh).await.refused(401, "session_revoked");
        } else {
            refreshed.refused(401, "session_revoked");
        }
    }
}

#[tokio::test]
async fn past_the_idle_end_the_token_has_expired_used_or_not() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let (unused, used) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let successor = Session::of(&server.refresh(&used.refresh).await);
    clock.advance(Duration::from_secs(7 * 24 * 3600));
    for token in [&unused.refresh, &used.refresh, &successor.refresh] {
        server.refresh(token).await.refused(401, "token_expired");
    }
}

// security: Issuance: Idle and absolute end; rotation never moves the absolute one
#[tokio::test]
async fn each_refresh_puts_the_idle_end_off_but_never_the_absolute_end() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let mut session = server.sign_in(ANN).await;
    let end = parts(&session.refresh).1["exp"].clone();
    let day = Duration::from_secs(24 * 3600);
    for _ in 0..4 {
        clock.advance(day * 7 - Duration::from_secs(1));
        session = Session::of(&server.refresh(&session.refresh).await);
        assert_eq!(parts(&session.refresh).1["exp"], end);
    }
    // 28 days are over, all but four seconds.
    clock.advance(day * 2 + Duration::from_secs(5));
    server.refresh(&session.refresh).await.refused(401, "token_expired");
}

#[tokio::test]
async fn a_good_signature_over_an_unknown_session_is_a_revoked_session() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let unknown = with_claims(&session.refresh, server.refresh_secret(), |claims| {
        claims["sid"] = json!("b5f2d9f0-0a6c-4f4e-9d1f-3f2a1d0c9b8a");
    });
    server.refresh(&unknown).await.refused(401, "session_revoked");
}

// security: Rotation and storage: A forged token with a real `sid` changes nothing
#[tokio::test]
async fn a_wrong_session_secret_behind_a_good_signature_is_invalid_and_the_session_lives() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for (claim, value) in [
        ("k", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("k", json!("short")),
        ("seq", json!(-1)),
        ("seq", json!((1_i64 << 53) + 1)),
        ("seq", json!(0.5)),
    ] {
        let forged = with_claims(&session.refresh, server.refresh_secret(), |claims| {
            claims[claim] = value.clone()
        });
        server.refresh(&forged).await.refused(401, "invalid_token");
    }
    server.me(&session.access).await.ok();
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn a_token_ahead_of_its_row_goes_on_as_the_row_lost_a_commit() {
    for rotation in ["recoverable", "strict"] {
        let server = Server::options().set("sessions.rotation", rotation).start().await;
        let session = server.sign_in(ANN).await;
        let seq = parts(&session.refresh).1["seq"].as_i64().expect("an integer");
        let ahead = with_claims(&session.refresh, server.refresh_secret(), |claims| {
            claims["seq"] = json!(seq + 7)
        });
        let next = Session::of(&server.refresh(&ahead).await);
        assert_eq!(parts(&next.refresh).1["seq"], seq + 8);
        assert_eq!(server.log.events("session_row_behind").len(), 1);
        Session::of(&server.refresh(&next.refresh).await);
    }
}

// security: Rotation and storage: A failed refresh never sends `Set-Cookie`
#[tokio::test]
async fn a_failed_refresh_never_sends_set_cookie() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    let dead = browser.sign_in(ANN).await.cookie("refresh_token").pair();
    browser.sign_in(ANN).await;
    // `refused` looks for cookies.
    server
        .post("/api/auth/refresh")
        .cookie(&dead)
        .await
        .refused(401, "session_revoked");
    server
        .post("/api/auth/refresh")
        .cookie("refresh_token=garbage")
        .await
        .refused(401, "invalid_token");
    let foreign = server
        .post("/api/auth/refresh")
        .cookie(&dead)
        .header("Sec-Fetch-Site", "cross-site");
    foreign.await.refused(403, "csrf_rejected");
}

#[tokio::test]
async fn a_refresh_that_finds_the_session_ended_elsewhere_ends_its_access_tokens_on_this_node_at_once() {
    // Long enough for the feed to be too late.
    let server = Server::options().set("revocation.poll_interval", "60s").start().await;
    let elsewhere = server.another().set("revocation.poll_interval", "60s").start().await;
    let session = server.sign_in(ED).await;
    let guarded = || server.get("/api/editor").bearer(&session.access);
    let logout = elsewhere.post("/api/auth/logout");
    logout
        .json(&json!({ "refreshToken": session.refresh }))
        .await
        .no_content();
    guarded().await.ok();
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    guarded().await.refused(401, "session_revoked");
}

#[tokio::test]
async fn sessions_go_on_after_a_restart_and_ended_ones_stay_ended() {
    let server = Server::start().await;
    let (ended, alive) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    server.post("/api/auth/logout").bearer(&ended.access).await.no_content();
    let restarted = server.another().start().await;
    drop(server);
    restarted.me(&ended.access).await.refused(401, "session_revoked");
    restarted.refresh(&ended.refresh).await.refused(401, "session_revoked");
    restarted.me(&alive.access).await.ok();
    Session::of(&restarted.refresh(&alive.refresh).await);
}

#[tokio::test]
async fn a_clock_that_was_set_back_counts_as_inside_the_grace() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .set("sessions.rotation", "strict")
        .start()
        .await;
    let first = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(100));
    let second = Session::of(&server.refresh(&first.refresh).await);
    clock.advance(GRACE + Duration::from_secs(1));
    clock.set(clock.now().minus(Duration::from_secs(60)));
    assert_eq!(
        Session::of(&server.refresh(&first.refresh).await).refresh,
        second.refresh
    );
}
