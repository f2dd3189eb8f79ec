//! A step-up within a session, and rules that ask for a second factor.

use auth_core::{AccessMap, authenticated, guarded_routes, require_role};
use rocket::get;
use rocket_app::role::AppRole;
use serde_json::json;

use crate::support::second_factor::{advance, enrol, offering, on_each_engine, sign_in, step_up};
use crate::support::{ANN, Server, Session, VIC, manual_clock, parts};

// security: Second factors: A step-up gives no refresh token
#[tokio::test]
async fn a_step_up_gives_one_stronger_access_token_that_no_refresh_token_fetches() {
    for (server, clock) in on_each_engine().await {
        let session = server.sign_in(VIC).await;
        let (app, _) = enrol(&server, &session, &clock).await;
        let plain = json!(["pwd"]);
        assert_eq!(parts(&session.access).1["amr"], plain);
        let password_only = json!({ "password": VIC.password });
        let weaker = server.post("/api/auth/reauthenticate").bearer(&session.access);
        let weaker = weaker.json(&password_only).await;
        assert_eq!(parts(&weaker.ok().field("accessToken")).1["amr"], plain);
        step_up(&server, &session, VIC, "000000")
            .await
            .refused(401, "invalid_code");

        let stepped = step_up(&server, &session, VIC, &app.next_code()).await;
        let body = stepped.ok().json();
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(3), "{stepped:?}");
        stepped.sets_no_cookie();
        let stronger = parts(&stepped.field("accessToken")).1;
        assert_eq!(stronger["amr"], json!(["pwd", "otp", "mfa"]));
        assert_eq!(stronger["sid"], parts(&session.access).1["sid"]);
        // The refresh token of before, a copy of it, and its successors.
        let renewed = Session::of(&server.refresh(&session.refresh).await);
        let copied = Session::of(&server.refresh(&session.refresh).await);
        let next = Session::of(&server.refresh(&renewed.refresh).await);
        for got in [&renewed, &copied, &next] {
            let claims = parts(&got.access).1;
            assert_eq!(claims["amr"], plain);
            assert_eq!(claims["auth_time"], parts(&session.access).1["auth_time"]);
        }
    }
}

#[require_role(AppRole::Viewer, mfa, fresh = "10m")]
#[get("/vault")]
fn vault() -> &'static str {
    "gold"
}

#[authenticated(mfa)]
#[get("/drawer")]
fn drawer() -> &'static str {
    "silver"
}

/// The challenge is that of RFC 9470 §3.
// security: Second factors: A rule can ask for one
#[tokio::test]
async fn a_rule_with_mfa_lets_in_sign_ins_with_a_second_factor_only() {
    let clock = Some(manual_clock());
    let server = offering(Server::options().clock(clock.as_ref().expect("one")))
        .extended(|rocket| rocket.mount("/", guarded_routes![vault, drawer]))
        .start()
        .await;
    let open = async |path: &str, access: &str| server.get(path).bearer(access).await;
    let session = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &session, &clock).await;
    for (path, parameters) in [
        ("/vault", "acr_values=\"mfa\", max_age=\"600\""),
        ("/drawer", "acr_values=\"mfa\""),
    ] {
        let refused = open(path, &session.access).await;
        refused.refused(401, "second_factor_required");
        let challenge = refused.header("WWW-Authenticate").unwrap_or_default();
        let expected = "Bearer realm=\"auth-core\", error=\"insufficient_user_authentication\", ";
        assert_eq!(challenge, format!("{expected}{parameters}"));
    }
    let stepped = step_up(&server, &session, VIC, &app.next_code())
        .await
        .field("accessToken");
    for path in ["/vault", "/drawer"] {
        open(path, &stepped).await.ok();
    }
    let with_code = sign_in(&server, VIC, &app).await;
    open("/vault", &with_code.access).await.ok();
    advance(&clock, 601);
    let stale = open("/vault", &with_code.access).await;
    stale.refused(401, "reauthentication_required");
    let challenge = stale.header("WWW-Authenticate").unwrap_or_default();
    assert!(
        challenge.ends_with("acr_values=\"mfa\", max_age=\"600\""),
        "{challenge}"
    );
    open("/drawer", &with_code.access).await.ok();
    // The password alone makes it fresh, and no longer one with a factor.
    let password = json!({ "password": VIC.password });
    let prove = server.post("/api/auth/reauthenticate").bearer(&with_code.access);
    let weaker = prove.json(&password).await.field("accessToken");
    open("/vault", &weaker).await.refused(401, "second_factor_required");
    let ann = server.sign_in(ANN).await;
    open("/vault", &ann.access).await.refused(403, "insufficient_role");

    let map = AccessMap::of(&rocket::build().mount("/", guarded_routes![vault, drawer]));
    let decisions = map
        .entries()
        .iter()
        .map(|entry| entry.decision.as_deref().unwrap_or_default());
    assert_eq!(
        decisions.collect::<Vec<_>>(),
        ["authenticated, mfa", "viewer, mfa, fresh = \"10m\""]
    );
}
