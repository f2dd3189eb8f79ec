//! What the server answers while its database, or its time, is not to be had.

use std::time::{Duration, Instant};

use rocket::futures::future::join_all;
use serde_json::json;

use crate::support::{ANN, Server, Session, VIC, parts, with_claims};

fn take_sessions_away(server: &Server) {
    server.execute("ALTER TABLE auth_sessions RENAME TO gone");
}

fn give_sessions_back(server: &Server) {
    server.execute("ALTER TABLE gone RENAME TO auth_sessions");
}

// security: Errors, logs, headers: A failure of the store is 503 with `Retry-After`
#[tokio::test]
async fn without_the_store_every_verb_is_503_with_retry_after_and_no_cookie_and_nothing_is_lost() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let cookie = format!("refresh_token={}", session.refresh);
    take_sessions_away(&server);
    let bearer = |path: &str| server.post(path).bearer(&session.access);
    for answer in [
        server.post("/api/auth/login").json(&ANN.login()).await,
        server.refresh(&session.refresh).await,
        server.post("/api/auth/refresh").cookie(&cookie).await,
        bearer("/api/auth/logout").await,
        server.post("/api/auth/logout").cookie(&cookie).await,
        bearer("/api/auth/logout-all").await,
        server.get("/api/auth/sessions").bearer(&session.access).await,
        server
            .delete("/api/auth/sessions/b5f2d9f0-0a6c-4f4e-9d1f-3f2a1d0c9b8a")
            .bearer(&session.access)
            .await,
    ] {
        // `refused` looks at `Retry-After` and at cookies.
        answer.refused(503, "unavailable");
        assert!(
            !answer.text.contains("auth_sessions"),
            "the database is not quoted: {answer:?}"
        );
    }
    // Guards ask no database.
    server.get("/api/admin").bearer(&session.access).await.ok();
    give_sessions_back(&server);
    server.me(&session.access).await.ok();
    let next = Session::of(&server.refresh(&session.refresh).await);
    assert_eq!(parts(&next.refresh).1["seq"], 1, "nothing was consumed");
}

// security: Limits: A junk token touches no database
#[tokio::test]
async fn a_junk_token_touches_no_database() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    take_sessions_away(&server);
    let forged = with_claims(&session.refresh, "another-secret-0123456789-abcdefgh", |_| ());
    for junk in ["x", &forged, &session.access] {
        server.refresh(junk).await.refused(401, "invalid_token");
        server
            .post("/api/auth/logout")
            .json(&json!({ "refreshToken": junk }))
            .await
            .no_content();
    }
    server.post("/api/auth/refresh").await.refused(401, "missing_token");
}

#[tokio::test]
async fn without_the_accounts_a_sign_in_is_503() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    server.execute("ALTER TABLE auth_accounts RENAME TO gone");
    server
        .post("/api/auth/login")
        .json(&ANN.login())
        .await
        .refused(503, "unavailable");
    server.me(&session.access).await.refused(503, "unavailable");
    server.refresh(&session.refresh).await.refused(503, "unavailable");
    server.get("/api/admin").bearer(&session.access).await.ok();
    server.execute("ALTER TABLE gone RENAME TO auth_accounts");
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn when_revocations_cannot_be_read_health_says_so_and_the_configuration_decides_who_is_served() {
    let serves = Server::options().set("revocation.poll_interval", "100ms").start().await;
    let refuses = serves
        .another()
        .set("revocation.poll_interval", "100ms")
        .set("revocation.on_stale", "refuse")
        .start()
        .await;
    let session = serves.sign_in(ANN).await;
    refuses.me(&session.access).await.ok();
    take_sessions_away(&serves);

    // The answers change, and the log says why.
    let give_up = Instant::now() + Duration::from_secs(30);
    loop {
        let health = serves.get("/health").await;
        let is_stale = health.json()["feed"] == "stale";
        let refused = refuses.get("/api/admin").bearer(&session.access).await;
        if is_stale && refused.status == 503 && !serves.log.errors().is_empty() {
            assert_eq!(health.status, 503, "{health:?}");
            refused.refused(503, "unavailable");
            break;
        }
        assert!(Instant::now() < give_up, "{health:?} {refused:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    serves.get("/api/admin").bearer(&session.access).await.ok();
    refuses.get("/api/public").await.ok();

    give_sessions_back(&serves);
    loop {
        let health = serves.get("/health").await;
        let served = refuses.get("/api/admin").bearer(&session.access).await;
        if health.status == 200 && served.status == 200 {
            break;
        }
        assert!(Instant::now() < give_up, "{health:?} {served:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

// security: Passwords and signing in: Hashing is bounded; the wait is 2 s at most, then 503
#[tokio::test]
async fn a_sign_in_that_finds_no_place_to_hash_within_two_seconds_is_503() {
    let server = Server::options()
        .set("passwords.max_concurrent_hashes", 1)
        .bcrypt_cost(13)
        .start()
        .await;
    let begun = Instant::now();
    let answers = join_all((0..12).map(|_| async { server.post("/api/auth/login").json(&VIC.login()).await })).await;
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(!busy.is_empty() && busy.len() < 12, "{} of 12", busy.len());
    busy.iter().for_each(|answer| {
        answer.refused(503, "unavailable");
    });
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_bad_health() {
    let server = Server::start().await;
    server.execute("ALTER TABLE auth_schema RENAME TO gone");
    let health = server.get("/health").await;
    assert_eq!(
        (health.status, health.json()["store"].as_str()),
        (503, Some("unavailable"))
    );
    assert!(!health.text.contains("auth_schema"), "{health:?}");
    server.execute("ALTER TABLE gone RENAME TO auth_schema");
    server.get("/health").await.ok();
}
