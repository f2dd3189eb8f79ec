//! Signing in with a code of a second factor.

use std::collections::BTreeSet;

use auth_core::audit::EventKind;
use auth_core::mail::MessageKind;
use serde_json::json;

use crate::support::second_factor::{
    advance, answer, challenge, enrol, login, offering, offering_server, on_each_engine, recovery_codes,
};
use crate::support::{ANN, Person, Server, Session, VIC, manual_clock, parts};

// security: Second factors: An account with a factor gets no session by password alone
#[tokio::test]
async fn an_account_with_a_factor_signs_in_with_a_code_only() {
    for (server, clock) in on_each_engine().await {
        let first = server.sign_in(VIC).await;
        let (app, codes) = enrol(&server, &first, &clock).await;
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
        server.me(&first.access).await.ok();
        Session::of(&server.refresh(&first.refresh).await);

        let asked = challenge(&login(&server, VIC).await);
        answer(&server, &asked, "000000").await.refused(401, "invalid_code");
        let session = Session::of(&answer(&server, &asked, &app.next_code()).await);
        server.me(&session.access).await.ok();
        assert_eq!(parts(&session.access).1["amr"], json!(["pwd", "otp", "mfa"]));
        let renewed = Session::of(&server.refresh(&session.refresh).await);
        assert_eq!(parts(&renewed.access).1["amr"], json!(["pwd", "otp", "mfa"]));
        let dead = answer(&server, &asked, &codes[0]).await;
        dead.refused(401, "invalid_ticket");
        let said = "This sign-in has expired or is used up; sign in again.";
        assert_eq!(dead.field("message"), said, "it was no link");
        let asked = challenge(&login(&server, VIC).await);
        Session::of(&answer(&server, &asked, &codes[0]).await);
        assert_eq!(server.log.events("login_challenged").len(), 2);
        for event in ["factor_added", "second_factor_failed", "recovery_code_used"] {
            assert_eq!(server.log.events(event).len(), 1, "{event}");
        }
    }
}

#[tokio::test]
async fn accounts_without_a_factor_sign_in_as_before() {
    let (server, clock) = offering_server().await;
    enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let ann = server.sign_in(ANN).await;
    assert_eq!(parts(&ann.access).1["amr"], json!(["pwd"]));
}

// security: Second factors: A code is good once
#[tokio::test]
async fn a_code_is_good_once_and_of_twenty_uses_at_once_one_signs_in() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .set("throttle.account_per_minute", 0)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &app.code_in(0))
        .await
        .refused(401, "invalid_code");

    let code = app.next_code();
    let mut challenges = Vec::new();
    for _ in 0..20 {
        challenges.push(challenge(&login(&server, VIC).await));
    }
    let uses = challenges.iter().map(|asked| {
        let body = json!({ "challenge": asked, "code": code, "delivery": "body" });
        tokio::spawn(server.post("/api/auth/login/factor").json(&body).into_future())
    });
    let mut answers = Vec::new();
    for used in uses.collect::<Vec<_>>() {
        answers.push(used.await.expect("no panic"));
    }
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1, "{answers:?}");
    // Uses that came after the good one were failed tries, and there may have been too many.
    let asked = challenge(&login(&server, VIC).await);
    let again = answer(&server, &asked, &code).await;
    assert!([401, 429].contains(&again.status), "{again:?}");
}

// security: Second factors: A clock may be one step off, and no more
#[tokio::test]
async fn the_clock_of_a_phone_may_be_one_step_off() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &session, &clock).await;
    advance(&clock, 300);
    let asked = challenge(&login(&server, VIC).await);
    for off in [-60, 60] {
        answer(&server, &asked, &app.code_in(off))
            .await
            .refused(401, "invalid_code");
    }
    Session::of(&answer(&server, &asked, &app.code_in(-30)).await);
    let asked = challenge(&login(&server, VIC).await);
    Session::of(&answer(&server, &asked, &app.code_in(30)).await);
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &app.code_in(0))
        .await
        .refused(401, "invalid_code");
}

// security: Second factors: A recovery code is good once
#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    let typed = codes[3].to_uppercase().replace('-', " ");
    let session = Session::of(&answer(&server, &asked, &typed).await);
    assert_eq!(parts(&session.access).1["amr"], json!(["pwd", "otp", "mfa"]));
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &codes[3]).await.refused(401, "invalid_code");
    assert_eq!(server.log.events("recovery_code_used").len(), 1);

    let replace = server.post("/api/auth/factors/recovery").bearer(&session.access);
    let new = recovery_codes(&replace.await);
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, &codes[4]).await.refused(401, "invalid_code");
    Session::of(&answer(&server, &asked, &new[0]).await);
    let asked = challenge(&login(&server, VIC).await);
    Session::of(&answer(&server, &asked, &app.next_code()).await);
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_and_dies_with_the_password() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let late = challenge(&login(&server, VIC).await);
    advance(&clock, 299);
    answer(&server, &late, "000000").await.refused(401, "invalid_code");
    advance(&clock, 1);
    answer(&server, &late, &app.code_in(0))
        .await
        .refused(401, "invalid_ticket");

    let early = challenge(&login(&server, VIC).await);
    let change = server.post("/api/auth/password").bearer(&session.access);
    let new = json!({ "currentPassword": VIC.password, "newPassword": "vic polishes rusty locks" });
    change.json(&new).await.ok();
    answer(&server, &early, &codes[0]).await.refused(401, "invalid_ticket");

    let everywhere = challenge(
        &login(
            &server,
            Person {
                password: "vic polishes rusty locks",
                ..VIC
            },
        )
        .await,
    );
    let user = server.id_of(VIC).await;
    server.auth.store().end_epoch(&user).await.expect("the store answers");
    answer(&server, &everywhere, &codes[1])
        .await
        .refused(401, "invalid_ticket");
    answer(&server, "AAAAAAAAAAAAAAAAAAAAAA", &codes[2])
        .await
        .refused(401, "invalid_ticket");
}

// security: Second factors: Tries are counted and limited
#[tokio::test]
async fn guesses_are_limited_though_they_come_from_everywhere() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .set("throttle.account_per_minute", 0)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    for _ in 0..10 {
        answer(&server, &asked, &app.code_in(-3600))
            .await
            .refused(401, "invalid_code");
    }
    let throttled = answer(&server, &asked, &app.next_code()).await;
    assert_eq!(throttled.status, 429, "{throttled:?}");
    let wait: u64 = throttled
        .header("Retry-After")
        .expect("a wait")
        .parse()
        .expect("seconds");
    assert!((800..=900).contains(&wait), "{wait}");
    Session::of(&answer(&server, &asked, &codes[0]).await);
    let asked = challenge(&login(&server, VIC).await);
    Session::of(&answer(&server, &asked, &app.next_code()).await);
}

#[tokio::test]
async fn wrong_codes_count_as_failed_sign_ins() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .set("throttle.account_per_minute", 3)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    enrol(&server, &session, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    for _ in 0..3 {
        answer(&server, &asked, "000000").await.refused(401, "invalid_code");
    }
    answer(&server, &asked, "000000")
        .await
        .refused(429, "too_many_attempts");
    login(&server, VIC).await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn operators_see_who_gave_the_right_password_and_no_code() {
    let (server, clock) = offering_server().await;
    enrol(&server, &server.sign_in(VIC).await, &clock).await;
    server.sign_in(ANN).await;
    let user = server.id_of(VIC).await;
    challenge(&login(&server, VIC).await);
    let handed = server.log.handed();
    let challenged: Vec<_> = handed
        .iter()
        .filter(|event| event.kind == EventKind::LoginChallenged)
        .collect();
    let [event] = challenged[..] else {
        panic!("one event: {challenged:?}");
    };
    assert_eq!(event.user.as_ref(), Some(&user));
    assert!(event.request.is_some() && event.source.is_some(), "{event:?}");
    let mut signed_in = handed.iter().filter(|event| event.kind == EventKind::LoginSucceeded);
    assert!(
        signed_in
            .next_back()
            .is_some_and(|event| event.user.as_ref() != Some(&user))
    );
}

#[tokio::test]
async fn a_link_signs_in_with_a_code_only_and_a_reset_leaves_the_factor_in_force() {
    let clock = Some(manual_clock());
    let (options, mailbox) = Server::options().clock(clock.as_ref().expect("one")).with_flows();
    let server = offering(options).start().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let email = json!({ "email": VIC.email });
    let accepted = server.post("/api/auth/login/link").json(&email).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ticket = mailbox.take(MessageKind::LoginLink, VIC.email).await.ticket();
    let body = json!({ "ticket": ticket, "delivery": "body" });
    let asked = challenge(&server.post("/api/auth/login/link/complete").json(&body).await);
    let session = Session::of(&answer(&server, &asked, &app.next_code()).await);
    assert_eq!(parts(&session.access).1["amr"], json!(["otp", "mfa"]));

    let accepted = server.post("/api/auth/password/forgot").json(&email).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ticket = mailbox.take(MessageKind::PasswordReset, VIC.email).await.ticket();
    let new = "vic polishes rusty locks";
    let reset = json!({ "ticket": ticket, "newPassword": new });
    server.post("/api/auth/password/reset").json(&reset).await.no_content();
    let asked = challenge(&login(&server, Person { password: new, ..VIC }).await);
    Session::of(&answer(&server, &asked, &app.next_code()).await);
}

#[tokio::test]
async fn a_page_of_another_site_answers_no_challenge() {
    let (server, clock) = offering_server().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    let body = json!({ "challenge": asked, "code": app.next_code() });
    let foreign = server
        .post("/api/auth/login/factor")
        .header("Sec-Fetch-Site", "cross-site");
    foreign.json(&body).await.refused(403, "csrf_rejected");
    let browser = server.browser();
    let signed_in = browser.post("/api/auth/login/factor").json(&body).await;
    assert!(signed_in.ok().cookie("refresh_token").has("HttpOnly"));
}
