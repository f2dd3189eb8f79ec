//! Changes of roles and accounts, and when running sessions learn of them.

use std::time::Duration;

use auth_core::__internal::Clock;
use auth_core::SessionId;
use auth_core::session::{RevocationReason, SessionError};
use serde_json::json;

use crate::support::{ANN, ED, Server, Session, VIC, manual_clock, parts, with_claims};

#[tokio::test]
async fn a_new_role_makes_older_tokens_stale_and_is_in_the_refreshed_one() {
    let server = Server::start().await;
    let (before, bystander) = (server.sign_in(VIC).await, server.sign_in(ED).await);
    server
        .get("/api/admin")
        .bearer(&before.access)
        .await
        .refused(403, "insufficient_role");
    server.set_roles(VIC, &["admin"]).await.expect("vic has an account");

    server.me(&before.access).await.refused(401, "token_stale");
    server
        .get("/api/admin")
        .bearer(&before.access)
        .await
        .refused(401, "token_stale");
    let after = Session::of(&server.refresh(&before.refresh).await);
    assert_eq!(server.me(&after.access).await.ok().json()["roles"], json!(["admin"]));
    server.get("/api/admin").bearer(&after.access).await.ok();
    server.me(&bystander.access).await.ok();
}

#[tokio::test]
async fn a_role_that_was_taken_away_opens_nothing_any_more() {
    let server = Server::start().await;
    let before = server.sign_in(ANN).await;
    server.set_roles(ANN, &["viewer"]).await.expect("ann has an account");
    server
        .get("/api/admin")
        .bearer(&before.access)
        .await
        .refused(401, "token_stale");
    let after = Session::of(&server.refresh(&before.refresh).await);
    server
        .get("/api/admin")
        .bearer(&after.access)
        .await
        .refused(403, "insufficient_role");
    server
        .get("/api/editor")
        .bearer(&after.access)
        .await
        .refused(403, "insufficient_role");
}

#[tokio::test]
async fn a_change_of_roles_is_no_sign_out() {
    let server = Server::start().await;
    let session = server.sign_in(VIC).await;
    for names in [&["editor"][..], &[], &["admin", "viewer"]] {
        server.set_roles(VIC, names).await.expect("vic has an account");
    }
    let after = Session::of(&server.refresh(&session.refresh).await);
    assert_eq!(parts(&after.access).1["sid"], parts(&session.access).1["sid"]);
    assert_eq!(parts(&after.access).1["roles"], json!(["admin", "viewer"]));
}

#[tokio::test]
async fn a_user_without_roles_is_signed_in_and_may_nothing_special() {
    let server = Server::start().await;
    server.set_roles(VIC, &[]).await.expect("vic has an account");
    let session = server.sign_in(VIC).await;
    assert_eq!(server.me(&session.access).await.ok().json()["roles"], json!([]));
    server
        .get("/api/editor")
        .bearer(&session.access)
        .await
        .refused(403, "insufficient_role");
}

#[tokio::test]
async fn a_role_that_the_application_does_not_have_gives_nothing() {
    let server = Server::start().await;
    server
        .set_roles(VIC, &["root", "Admin", "viewer"])
        .await
        .expect("vic has an account");
    let session = server.sign_in(VIC).await;
    assert_eq!(server.me(&session.access).await.ok().json()["roles"], json!(["viewer"]));
    server
        .get("/api/admin")
        .bearer(&session.access)
        .await
        .refused(403, "insufficient_role");
    // Nor in a token that was written when it had it.
    let older = with_claims(&session.access, server.access_secret(), |claims| {
        claims["roles"] = json!(["root", "viewer"])
    });
    assert_eq!(server.me(&older).await.ok().json()["roles"], json!(["viewer"]));
}

#[tokio::test]
async fn a_token_issued_after_the_change_is_good_at_once_and_says_when_it_was_issued() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let before = server.sign_in(VIC).await;
    // A directory that is synchronised: thirty changes within a second, the last of them many times
    // over.
    let mut last = before.access;
    for number in 0..30 {
        let names = if number % 2 == 0 { "editor" } else { "viewer" };
        for _ in 0..2 {
            let changed = server.set_roles(VIC, &[names]).await;
            changed.expect("vic has an account");
        }
        server.me(&last).await.refused(401, "token_stale");
        last = server.sign_in(VIC).await.access;
        server.me(&last).await.ok();
    }
    let refreshed = Session::of(&server.refresh(&before.refresh).await);
    server.me(&refreshed.access).await.ok();
    assert_eq!(
        parts(&refreshed.access).1["iat"],
        clock.now().secs(),
        "the time of issue, never later"
    );
    assert_eq!(
        parts(&refreshed.access).1["rv"],
        30,
        "setting the same roles again changes nothing"
    );
}

/// A change that is made while the clock is an hour ahead locks no user out when it is right again.
#[tokio::test]
async fn a_change_under_a_wrong_clock_locks_the_user_out_for_no_time() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let begun = clock.now();
    clock.set(begun.plus(Duration::from_secs(3600)));
    let changed = server.set_roles(VIC, &["editor"]).await;
    changed.expect("vic has an account");
    clock.set(begun);
    server.me(&server.sign_in(VIC).await.access).await.ok();
}

#[tokio::test]
async fn the_second_of_two_changes_within_a_second_makes_the_tokens_of_between_stale() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let before = server.sign_in(VIC).await;
    let change = async |names: &[&str]| {
        let changed = server.set_roles(VIC, names).await;
        changed.expect("vic has an account");
    };
    change(&["admin"]).await;
    let between = Session::of(&server.refresh(&before.refresh).await);
    server.get("/api/admin").bearer(&between.access).await.ok();
    change(&["viewer"]).await;
    server
        .get("/api/admin")
        .bearer(&between.access)
        .await
        .refused(401, "token_stale");
    let after = Session::of(&server.refresh(&between.refresh).await);
    assert_eq!(server.me(&after.access).await.ok().json()["roles"], json!(["viewer"]));
}

// security: Authorization: Role changes reach running sessions within the propagation bound
#[tokio::test]
async fn a_change_made_elsewhere_is_known_within_the_propagation_bound_and_at_once_by_a_refresh() {
    let server = Server::options().set("revocation.poll_interval", "100ms").start().await;
    let operator = server.another().start().await;
    let session = server.sign_in(VIC).await;
    operator.set_roles(VIC, &["admin"]).await.expect("vic has an account");
    let after = Session::of(&server.refresh(&session.refresh).await);
    server.get("/api/admin").bearer(&after.access).await.ok();
    server.until_refused(&session.access, "token_stale").await;
    server.get("/api/admin").bearer(&after.access).await.ok();
}

#[tokio::test]
async fn a_restarted_server_knows_the_changes_of_before() {
    let server = Server::start().await;
    let session = server.sign_in(VIC).await;
    server.set_roles(VIC, &["admin"]).await.expect("vic has an account");
    let restarted = server.another().start().await;
    restarted.me(&session.access).await.refused(401, "token_stale");
}

#[tokio::test]
async fn disabling_a_user_ends_their_sessions_at_once_and_lets_nobody_in() {
    let server = Server::start().await;
    let sessions = [server.sign_in(VIC).await, server.sign_in(VIC).await];
    let bystander = server.sign_in(ED).await;
    server.disable(VIC.email).await.expect("vic has an account");
    for session in &sessions {
        server.me(&session.access).await.refused(401, "session_revoked");
        server.refresh(&session.refresh).await.refused(401, "session_revoked");
    }
    server
        .post("/api/auth/login")
        .json(&VIC.login())
        .await
        .refused(401, "invalid_credentials");
    server.me(&bystander.access).await.ok();
}

#[tokio::test]
async fn disabling_a_user_elsewhere_is_known_within_the_propagation_bound() {
    let server = Server::options().set("revocation.poll_interval", "100ms").start().await;
    let operator = server.another().start().await;
    let session = server.sign_in(VIC).await;
    operator.disable(VIC.email).await.expect("vic has an account");
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    server
        .post("/api/auth/login")
        .json(&VIC.login())
        .await
        .refused(401, "invalid_credentials");
    server.until_refused(&session.access, "session_revoked").await;
}

#[tokio::test]
async fn a_user_who_is_disabled_behind_our_back_is_found_at_the_next_refresh() {
    let server = Server::start().await;
    let session = server.sign_in(VIC).await;
    server.execute("UPDATE auth_accounts SET disabled_at = 1 WHERE email = 'vic@example.com'");
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    server.me(&session.access).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn a_refresh_that_finds_the_account_closed_ends_the_access_tokens_on_this_node_at_once() {
    // Long enough for the feed to be too late.
    let server = Server::options().set("revocation.poll_interval", "60s").start().await;
    let session = server.sign_in(ED).await;
    let guarded = || server.get("/api/editor").bearer(&session.access);
    server.execute("UPDATE auth_accounts SET disabled_at = 1 WHERE email = 'ed@example.com'");
    guarded().await.ok();
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
    guarded().await.refused(401, "session_revoked");
}

#[tokio::test]
async fn a_user_who_is_gone_is_found_at_the_next_refresh() {
    let server = Server::start().await;
    let session = server.sign_in(VIC).await;
    server.execute("DELETE FROM auth_accounts WHERE email = 'vic@example.com'");
    server.me(&session.access).await.refused(401, "session_revoked");
    server.refresh(&session.refresh).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn an_operator_ends_all_sessions_of_a_user() {
    let server = Server::start().await;
    let (ended, bystander) = (server.sign_in(VIC).await, server.sign_in(ED).await);
    assert_eq!(
        server
            .auth
            .sessions()
            .end_all(&server.id_of(VIC).await, RevocationReason::Operator)
            .await
            .expect("vic has an account"),
        1
    );
    server.me(&ended.access).await.refused(401, "session_revoked");
    server.me(&bystander.access).await.ok();
    server.sign_in(VIC).await;
}

#[tokio::test]
async fn an_operator_ends_one_session_of_a_user() {
    let server = Server::start().await;
    let (ended, other) = (server.sign_in(VIC).await, server.sign_in(VIC).await);
    let sid = parts(&ended.access).1["sid"].as_str().expect("text").to_owned();
    let sessions = server.auth.sessions();
    for _ in 0..2 {
        let done = sessions
            .end_one(sid.parse().expect("an id"), RevocationReason::Operator)
            .await;
        done.expect("it is there");
    }
    server.me(&ended.access).await.refused(401, "session_revoked");
    server.me(&other.access).await.ok();
    let unknown = sessions.end_one(SessionId::random(), RevocationReason::Operator).await;
    assert!(matches!(unknown, Err(SessionError::UnknownSession)), "{unknown:?}");
}

#[tokio::test]
async fn a_stale_or_ended_token_stays_so_until_it_expires() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let (stale, ended) = (server.sign_in(VIC).await, server.sign_in(ED).await);
    server.set_roles(VIC, &["editor"]).await.expect("vic has an account");
    server.post("/api/auth/logout").bearer(&ended.access).await.no_content();
    clock.advance(Duration::from_secs(899));
    server.auth.load_revocations().await.expect("the store answers");
    server.me(&stale.access).await.refused(401, "token_stale");
    server.me(&ended.access).await.refused(401, "session_revoked");
    clock.advance(Duration::from_secs(1));
    server.me(&stale.access).await.refused(401, "token_expired");
    server.me(&ended.access).await.refused(401, "token_expired");
    // An hour later the tokens have expired and the server may forget them; the sessions are as
    // they were.
    clock.advance(Duration::from_secs(3600));
    server.auth.load_revocations().await.expect("the store answers");
    server.refresh(&ended.refresh).await.refused(401, "session_revoked");
    let fresh = Session::of(&server.refresh(&stale.refresh).await);
    server.me(&fresh.access).await.ok();
}
