//! `POST /api/auth/logout` and `POST /api/auth/logout-all`.

use std::time::Duration;

use serde_json::json;

use crate::support::{ANN, Answer, Server, Session, VIC, manual_clock, with_claims};

/// Both cookies cleared, with the attributes they were set with.
#[track_caller]
fn clears_cookies(answer: &Answer, names: &[&str]) {
    answer.no_content();
    assert_eq!(answer.cookies().len(), names.len(), "{answer:?}");
    for name in names {
        let cookie = answer.cookie(name);
        assert_eq!(cookie.value, "", "{answer:?}");
        assert!(cookie.has("Max-Age=0") && cookie.has("Path=/"), "{cookie:?}");
        assert!(cookie.has("HttpOnly") && cookie.has("SameSite=Strict"), "{cookie:?}");
        assert!(
            !cookie
                .attributes
                .iter()
                .any(|attribute| attribute.starts_with("Domain")),
            "{cookie:?}"
        );
    }
}

#[tokio::test]
async fn a_logout_by_cookie_ends_the_session_and_clears_both_cookies() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    let login = browser.sign_in(ANN).await;
    let answer = browser.post("/api/auth/logout").await;
    clears_cookies(&answer, &["refresh_token", "access_token"]);
    server
        .me(&login.field("accessToken"))
        .await
        .refused(401, "session_revoked");
    let old = server
        .post("/api/auth/refresh")
        .cookie(login.cookie("refresh_token").pair());
    old.await.refused(401, "session_revoked");
    // The jar let go of them.
    browser.post("/api/auth/refresh").await.refused(401, "missing_token");
    browser.get("/api/users/me").await.refused(401, "missing_token");
}

#[tokio::test]
async fn a_logout_by_bearer_ends_the_session() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let answer = server.post("/api/auth/logout").bearer(&session.access).await;
    clears_cookies(&answer, &["refresh_token"]);
    server.me(&session.access).await.refused(401, "session_revoked");
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn a_logout_by_body_token_ends_the_session() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    server
        .post("/api/auth/logout")
        .json(&json!({ "refreshToken": session.refresh }))
        .await
        .no_content();
    server.me(&session.access).await.refused(401, "session_revoked");
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn a_logout_with_an_expired_access_token_ends_the_session() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let session = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(901));
    server.me(&session.access).await.refused(401, "token_expired");
    server
        .post("/api/auth/logout")
        .bearer(&session.access)
        .await
        .no_content();
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn a_logout_with_a_used_refresh_token_ends_the_session_and_is_no_reuse() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    let third = Session::of(&server.refresh(&second.refresh).await);
    server
        .post("/api/auth/logout")
        .json(&json!({ "refreshToken": first.refresh }))
        .await
        .no_content();
    server.me(&third.access).await.refused(401, "session_revoked");
    server.refresh(&third.refresh).await.refused(401, "session_revoked");
    assert!(server.log.events("refresh_reuse").is_empty());
}

#[tokio::test]
async fn a_logout_without_or_with_a_dead_credential_is_204() {
    let server = Server::start().await;
    let dead = server.sign_in(ANN).await;
    server.post("/api/auth/logout").bearer(&dead.access).await.no_content();
    let logout = || server.post("/api/auth/logout");
    for (what, answer) in [
        ("nothing", logout().await),
        ("a dead bearer", logout().bearer(&dead.access).await),
        (
            "a dead cookie",
            logout().cookie(format!("refresh_token={}", dead.refresh)).await,
        ),
        (
            "a dead token in the body",
            logout().json(&json!({ "refreshToken": dead.refresh })).await,
        ),
        ("no token at all", logout().bearer("garbage").await),
        (
            "a cookie that is no token",
            logout().cookie("refresh_token=garbage").await,
        ),
        (
            "two cookies that are no tokens",
            logout().cookie("refresh_token=a; refresh_token=b").await,
        ),
        (
            "another scheme",
            logout().header("Authorization", "Basic YW5uOnB3").await,
        ),
        ("a body that is no JSON", logout().body("text/plain", "bye").await),
        (
            "a body of another shape",
            logout().json(&json!({ "refreshToken": 1 })).await,
        ),
    ] {
        assert_eq!((what, answer.status), (what, 204));
        clears_cookies(&answer, &["refresh_token"]);
    }
}

// security: Rotation and storage: A forged token with a real `sid` changes nothing
#[tokio::test]
async fn a_forged_refresh_token_of_a_real_session_signs_nobody_out() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let wrong_secret = with_claims(&session.refresh, server.refresh_secret(), |claims| {
        claims["k"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    });
    let wrong_key = with_claims(&session.refresh, "another-secret-0123456789-abcdefgh", |_| ());
    for forged in [&wrong_secret, &wrong_key] {
        server
            .post("/api/auth/logout")
            .json(&json!({ "refreshToken": forged }))
            .await
            .no_content();
    }
    server.me(&session.access).await.ok();
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn a_logout_whose_credentials_name_different_sessions_ends_neither() {
    let server = Server::start().await;
    let (one, other) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let logout = || server.post("/api/auth/logout");
    let cookie = format!("refresh_token={}", other.refresh);
    for answer in [
        logout()
            .bearer(&one.access)
            .json(&json!({ "refreshToken": other.refresh }))
            .await,
        logout().bearer(&one.access).cookie(&cookie).await,
        logout()
            .cookie(&cookie)
            .json(&json!({ "refreshToken": one.refresh }))
            .await,
    ] {
        answer.refused(400, "several_credentials");
    }
    for alive in [one, other] {
        server.me(&alive.access).await.ok();
        Session::of(&server.refresh(&alive.refresh).await);
    }
}

#[tokio::test]
async fn a_logout_whose_credentials_name_one_session_ends_it() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let logout = server.post("/api/auth/logout").bearer(&session.access);
    logout
        .json(&json!({ "refreshToken": session.refresh }))
        .await
        .no_content();
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn a_logout_by_the_access_cookie_alone_ends_the_session() {
    let server = Server::options().with_access_cookie().start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    // The refresh cookie may be gone before the access cookie is; what is left is a credential of
    // the session.
    let answer = server
        .post("/api/auth/logout")
        .cookie(login.cookie("access_token").pair())
        .same_origin()
        .await;
    answer.no_content();
    server
        .me(&login.field("accessToken"))
        .await
        .refused(401, "session_revoked");
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session_of_the_user_and_of_nobody_else() {
    let server = Server::start().await;
    let bystander = server.sign_in(VIC).await;
    let sessions = [
        server.sign_in(ANN).await,
        server.sign_in(ANN).await,
        server.sign_in(ANN).await,
    ];
    server
        .post("/api/auth/logout-all")
        .bearer(&sessions[0].access)
        .await
        .no_content();
    for session in &sessions {
        server.me(&session.access).await.refused(401, "session_revoked");
        server.refresh(&session.refresh).await.refused(401, "session_revoked");
    }
    server.me(&bystander.access).await.ok();
    Session::of(&server.refresh(&bystander.refresh).await);
}

#[tokio::test]
async fn logging_out_everywhere_works_with_the_access_cookie() {
    let server = Server::options().with_access_cookie().start().await;
    let (browser, elsewhere) = (server.browser(), server.sign_in(ANN).await);
    browser.sign_in(ANN).await;
    browser.post("/api/auth/logout-all").await.no_content();
    server.me(&elsewhere.access).await.refused(401, "session_revoked");
    browser.get("/api/users/me").await.refused(401, "session_revoked");
}

#[tokio::test]
async fn logging_out_everywhere_needs_a_live_access_token() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let session = server.sign_in(ANN).await;
    server.post("/api/auth/logout-all").await.refused(401, "missing_token");
    // A refresh token is none, in a cookie or as a bearer.
    let by_cookie = server
        .post("/api/auth/logout-all")
        .cookie(format!("refresh_token={}", session.refresh));
    by_cookie.await.refused(401, "missing_token");
    server
        .post("/api/auth/logout-all")
        .bearer(&session.refresh)
        .await
        .refused(401, "invalid_token");
    clock.advance(Duration::from_secs(900));
    server
        .post("/api/auth/logout-all")
        .bearer(&session.access)
        .await
        .refused(401, "token_expired");
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn a_logout_on_one_node_is_known_on_the_other_within_the_propagation_bound() {
    let here = Server::options().set("revocation.poll_interval", "100ms").start().await;
    let there = here.another().set("revocation.poll_interval", "100ms").start().await;
    let session = here.sign_in(ANN).await;
    there.me(&session.access).await.ok();
    here.post("/api/auth/logout").bearer(&session.access).await.no_content();
    here.me(&session.access).await.refused(401, "session_revoked");
    // The store itself knows at once.
    there.refresh(&session.refresh).await.refused(401, "session_revoked");
    there.until_refused(&session.access, "session_revoked").await;
}

#[tokio::test]
async fn a_body_that_is_too_long_or_no_json_does_not_keep_a_cookies_session_alive() {
    let server = Server::start().await;
    for (content_type, body) in [("application/json", "x".repeat(5000)), ("text/plain", "{}".to_owned())] {
        let session = server.sign_in(ANN).await;
        let logout = server
            .post("/api/auth/logout")
            .cookie(format!("refresh_token={}", session.refresh));
        logout.body(content_type, body).await.no_content();
        server.me(&session.access).await.refused(401, "session_revoked");
    }
}
