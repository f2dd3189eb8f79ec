//! Claims of the application in access tokens: given at each sign-in and refresh, read by handlers
//! and by other services.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::verifier::{Verifier, VerifierOptions};
use auth_core::{Account, AuthError, SecretString, User, authenticated, guarded_routes};
use rocket::get;
use rocket_app::role::AppRole;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{ANN, ED, Options, Server, Session, texts};

#[derive(Serialize, Deserialize)]
struct TenantClaims {
    tenant: String,
    roles: Vec<String>,
}

/// What a token says that was issued for `account`.
fn claims_of(account: &Account) -> TenantClaims {
    TenantClaims {
        tenant: account.email.rsplit('@').next().unwrap_or_default().to_owned(),
        roles: account.roles.clone(),
    }
}

#[authenticated]
#[get("/tenant")]
fn tenant(user: &User<AppRole>) -> Result<String, AuthError> {
    let TenantClaims { tenant, roles } = user.claims()?;
    Ok(format!("{tenant}: {}", roles.join(", ")))
}

fn with_routes(options: Options) -> Options {
    options.extended(|rocket| rocket.mount("/app", guarded_routes![tenant]))
}

async fn tenant_of(server: &Server, access: &str) -> String {
    server.get("/app/tenant").bearer(access).await.ok().text.clone()
}

#[tokio::test]
async fn each_new_access_token_has_the_claims_of_now() {
    let options = Server::options().part(|builder| builder.claims(claims_of));
    let server = with_routes(options).start().await;
    let ed = server.sign_in(ED).await;
    assert_eq!(tenant_of(&server, &ed.access).await, "example.com: editor");

    server
        .set_roles(ED, &["admin", "viewer"])
        .await
        .expect("the roles are known");
    let next = Session::of(&server.refresh(&ed.refresh).await);
    assert_eq!(tenant_of(&server, &next.access).await, "example.com: admin, viewer");

    let proven = server
        .post("/api/auth/reauthenticate")
        .bearer(&next.access)
        .json(&json!({ "password": ED.password }))
        .await;
    assert_eq!(
        tenant_of(&server, &proven.ok().field("accessToken")).await,
        "example.com: admin, viewer"
    );

    let changed = server
        .post("/api/auth/password")
        .bearer(&next.access)
        .json(&json!({ "currentPassword": ED.password, "newPassword": "a fern by the window" }))
        .await;
    assert_eq!(
        tenant_of(&server, &Session::of(&changed).access).await,
        "example.com: admin, viewer"
    );
}

#[tokio::test]
async fn another_service_reads_the_claims_with_the_verifier() {
    let server = Server::options()
        .part(|builder| builder.claims(claims_of))
        .start()
        .await;
    let ann = server.sign_in(ANN).await;
    let options = VerifierOptions::new::<AppRole>("auth-core", "auth-core");
    let verifier = Verifier::from_secret(SecretString::new(server.access_secret()), options).expect("a good secret");
    let claims = verifier.verify(&ann.access).expect("a good token");
    let tenant: TenantClaims = claims.app().expect("its claims");
    assert_eq!(tenant.tenant, "example.com");
    assert!(claims.app::<Vec<u8>>().is_err(), "another shape");
}

#[tokio::test]
async fn a_token_from_before_there_were_claims_is_stale_where_they_are_read_and_a_refresh_helps() {
    let before = with_routes(Server::options()).start().await;
    let ann = before.sign_in(ANN).await;
    let (_, payload) = texts(&ann.access);
    assert!(!payload.contains("app"), "no claim without `.claims(…)`: {payload}");
    before
        .get("/app/tenant")
        .bearer(&ann.access)
        .await
        .refused(401, "token_stale");

    let after = with_routes(before.another().part(|builder| builder.claims(claims_of)))
        .start()
        .await;
    after.me(&ann.access).await.ok();
    after
        .get("/app/tenant")
        .bearer(&ann.access)
        .await
        .refused(401, "token_stale");
    let next = Session::of(&after.refresh(&ann.refresh).await);
    assert_eq!(tenant_of(&after, &next.access).await, "example.com: admin");
}

#[tokio::test]
async fn claims_that_are_too_long_fail_the_sign_in_and_the_refresh_and_the_log_names_them() {
    let length = Arc::new(AtomicUsize::new(3));
    let given = Arc::clone(&length);
    let give = move |_: &Account| json!({ "tenant": "x".repeat(given.load(Ordering::SeqCst)), "roles": [] });
    let server = with_routes(Server::options().part(|builder| builder.claims(give)))
        .start()
        .await;
    let ann = server.sign_in(ANN).await;

    length.store(600, Ordering::SeqCst);
    let refused = server.refresh(&ann.refresh).await;
    refused.refused(500, "internal_error");
    server
        .post("/api/auth/login")
        .json(&json!({ "email": ED.email, "password": ED.password }))
        .await
        .refused(500, "internal_error");
    assert_eq!(server.log.with("the claims of `.claims(…)` are 624 bytes").len(), 2);

    // The client presents the same token again, and nothing is lost.
    length.store(3, Ordering::SeqCst);
    let next = Session::of(&server.refresh(&ann.refresh).await);
    assert_eq!(tenant_of(&server, &next.access).await, "xxx: ");
}
