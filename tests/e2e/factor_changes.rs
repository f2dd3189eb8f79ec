//! Enrolment, changes and removal of second factors, below `/factors` and by an operator.

use serde_json::json;

use crate::support::second_factor::{
    App, advance, answer, challenge, confirm, enrol, login, offering_server, recovery_codes, sign_in, start, step_up,
};
use crate::support::{Server, Session, VIC, parts};

#[tokio::test]
async fn a_user_sees_what_factors_there_are() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let status = async || {
        server
            .get("/api/auth/factors")
            .bearer(&session.access)
            .await
            .ok()
            .json()
    };
    assert_eq!(status().await, json!({ "totp": null, "recoveryCodes": 0 }));
    let enrolment = start(&server, &session).await;
    let shown = enrolment.ok().json();
    assert!(
        shown["qr"].as_str().is_some_and(|qr| qr.contains("<svg")),
        "{enrolment:?}"
    );
    let uri = enrolment.field("uri");
    assert!(uri.starts_with("otpauth://totp/auth-core:vic%40example.com?"), "{uri}");
    assert!(uri.contains(&enrolment.field("secret")), "{uri}");
    assert_eq!(status().await["totp"], json!(null), "no code of it was shown yet");
    let app = App::of(&uri, &clock);
    confirm(&server, &session, &app.code_in(-60))
        .await
        .refused(401, "invalid_code");
    recovery_codes(&confirm(&server, &session, &app.code_in(0)).await);
    let found = status().await;
    assert!(found["totp"]["createdAt"].is_string(), "{found}");
    assert_eq!(found["recoveryCodes"], 10);
    start(&server, &session).await.refused(409, "factor_exists");
    // Tries with a stolen session count against no app in use.
    for _ in 0..11 {
        confirm(&server, &session, &app.code_in(-3600))
            .await
            .refused(409, "factor_exists");
    }
    sign_in(&server, VIC, &app).await;
}

#[tokio::test]
async fn factors_change_after_a_fresh_sign_in_with_a_code_only() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    advance(&clock, 601);
    start(&server, &session).await.refused(401, "reauthentication_required");
    let session = server.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &session, &clock).await;
    let remove = async |access: &str| server.delete("/api/auth/factors/totp").bearer(access).await;
    let replace = async |access: &str| server.post("/api/auth/factors/recovery").bearer(access).await;
    remove(&session.access).await.refused(401, "second_factor_required");
    replace(&session.access).await.refused(401, "second_factor_required");

    let with_code = sign_in(&server, VIC, &app).await;
    advance(&clock, 601);
    remove(&with_code.access)
        .await
        .refused(401, "reauthentication_required");
    let stepped = step_up(&server, &with_code, VIC, &app.next_code()).await;
    replace(&stepped.ok().field("accessToken")).await.ok();
    remove(&stepped.field("accessToken")).await.no_content();
    remove(&stepped.field("accessToken"))
        .await
        .refused(401, "session_revoked");
    Session::of(&login(&server, VIC).await);
    assert_eq!(server.log.events("factor_removed").len(), 1);

    let (new, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let asked = challenge(&login(&server, VIC).await);
    for former in [app.code_in(0), codes[0].clone()] {
        answer(&server, &asked, &former).await.refused(401, "invalid_code");
    }
    Session::of(&answer(&server, &asked, &new.next_code()).await);
}

#[tokio::test]
async fn an_operator_resets_the_factor_of_a_user_who_lost_it() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    enrol(&server, &session, &clock).await;
    let user = server.id_of(VIC).await;
    let reset = async || {
        server
            .auth
            .accounts()
            .reset_factors(&user)
            .await
            .expect("the store answers")
    };
    assert!(reset().await);
    assert!(!reset().await, "there is none any more");
    server.sign_in(VIC).await;
    server.me(&session.access).await.ok();
    let handed = server.log.handed();
    let removed = handed.iter().filter(|event| event.kind.as_str() == "factor_removed");
    assert_eq!(removed.count(), 1);
}

/// Nothing changes where second factors are off.
#[tokio::test]
async fn without_the_setting_there_are_no_factors() {
    let server = Server::start().await;
    let session = server.sign_in(VIC).await;
    assert!(parts(&session.access).1.get("amr").is_none());
    server
        .get("/api/auth/factors")
        .bearer(&session.access)
        .await
        .refused(404, "not_found");
    for path in [
        "login/factor",
        "factors/totp",
        "factors/totp/confirm",
        "factors/recovery",
    ] {
        let asked = server.post(&format!("/api/auth/{path}")).bearer(&session.access);
        asked.json(&json!({})).await.refused(404, "not_found");
    }
    let body = json!({ "password": VIC.password, "code": "000000" });
    let prove = server.post("/api/auth/reauthenticate").bearer(&session.access);
    prove.json(&body).await.refused(401, "invalid_code");
}
