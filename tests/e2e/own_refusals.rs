//! What an application refuses by itself keeps its meaning: the library's catchers claim nothing
//! about tokens or bodies.

use auth_core::{AuthError, User, authenticated, guarded_routes, public, require_role};
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Responder, async_trait, get, post};
use rocket_app::role::AppRole;
use serde_json::json;

use crate::support::{ANN, Server};

#[authenticated]
#[get("/status/<code>")]
fn guarded(code: u16) -> Status {
    Status::new(code)
}

#[public("for the test")]
#[get("/open/<code>")]
fn open(code: u16) -> Status {
    Status::new(code)
}

/// A guard of the application's own: a second key.
struct SecondKey;

#[async_trait]
impl<'r> FromRequest<'r> for SecondKey {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<SecondKey, ()> {
        Outcome::Error((Status::Unauthorized, ()))
    }
}

#[authenticated]
#[get("/second-key")]
fn second_key(_key: SecondKey) {}

#[require_role(AppRole::Admin)]
struct AdminWithKey(SecondKey);

#[public("for the test")]
#[get("/struct")]
fn in_a_struct(admin: AdminWithKey) -> &'static str {
    let AdminWithKey(SecondKey) = admin;
    "let in"
}

#[derive(Responder)]
#[response(status = 401)]
struct Basic(&'static str, Header<'static>);

#[public("for the test")]
#[get("/basic")]
fn basic() -> Basic {
    Basic(
        "another scheme",
        Header::new("WWW-Authenticate", "Basic realm=\"printer\""),
    )
}

/// Looks at who is signed in, and then refuses for another reason.
#[public("for the test")]
#[post("/sign-in")]
async fn sign_in(
    user: Option<User<AppRole>>,
    auth: &rocket::State<auth_core::Auth>,
    client: auth_core::session::ClientInfo,
) -> Result<(), AuthError> {
    drop(user);
    let credentials = auth_core::session::Credentials::new(
        "nobody@example.com",
        auth_core::SecretString::new("not a password of anyone"),
    );
    auth.login_with_password(credentials, &client, None).await?;
    Ok(())
}

async fn start() -> Server {
    Server::options()
        .set("sign_in_page", "/")
        .extended(|rocket| {
            rocket.mount(
                "/app",
                guarded_routes![guarded, open, second_key, in_a_struct, basic, sign_in],
            )
        })
        .start()
        .await
}

const SILENT_OF: [&str; 5] = ["token", "sign", "password", "body", "role"];

// security: Errors, logs, headers: What an application refuses by itself keeps its meaning
#[tokio::test]
async fn a_handlers_own_status_has_a_neutral_code_and_sentence() {
    let server = start().await;
    let ann = server.sign_in(ANN).await;
    for (status, code) in [
        (400, "bad_request"),
        (401, "unauthorized"),
        (402, "error"),
        (403, "forbidden"),
        (404, "not_found"),
        (408, "request_timeout"),
        (413, "payload_too_large"),
        (415, "unsupported_media_type"),
        (418, "error"),
        (422, "invalid_request"),
        (429, "too_many_attempts"),
        (500, "internal_error"),
        (503, "unavailable"),
    ] {
        for ask in [
            server.get(&format!("/app/open/{status}")),
            server.get(&format!("/app/open/{status}")).bearer("garbage"),
            server.get(&format!("/app/status/{status}")).bearer(&ann.access),
        ] {
            let answer = ask.await;
            let body = answer.json();
            assert_eq!(
                (answer.status, body["error"].as_str()),
                (status, Some(code)),
                "{answer:?}"
            );
            let message = body["message"].as_str().unwrap_or_default().to_lowercase();
            let claimed = SILENT_OF.iter().find(|word| message.contains(**word));
            assert_eq!(claimed, None, "{answer:?}");
            // RFC 9110 §15.5.2: every 401 has a challenge; this one speaks of no token.
            let challenge = (status == 401).then_some("Bearer realm=\"auth-core\"");
            assert_eq!(answer.header("WWW-Authenticate"), challenge, "{answer:?}");
        }
    }
}

// security: Errors, logs, headers: What an application refuses by itself keeps its meaning
#[tokio::test]
async fn a_guard_of_the_applications_own_refuses_in_its_own_name() {
    let server = start().await;
    let ann = server.sign_in(ANN).await;
    for path in ["/app/second-key", "/app/struct"] {
        let answer = server.get(path).bearer(&ann.access).await;
        assert_eq!(
            (answer.status, answer.field("error").as_str()),
            (401, "unauthorized"),
            "{path}"
        );
        assert_eq!(
            answer.header("WWW-Authenticate"),
            Some("Bearer realm=\"auth-core\""),
            "{path}"
        );
    }
    server
        .get("/app/struct")
        .bearer("x")
        .await
        .refused(401, "invalid_token");
    server.get("/app/second-key").await.refused(401, "missing_token");
    let basic = server.get("/app/basic").await;
    assert_eq!(basic.header("WWW-Authenticate"), Some("Basic realm=\"printer\""));
    assert_eq!(basic.text, "another scheme");
}

#[tokio::test]
async fn a_page_for_another_401_is_no_redirect_to_the_sign_in_page() {
    let server = start().await;
    let ann = server.sign_in(ANN).await;
    let page = server
        .get("/app/second-key")
        .bearer(&ann.access)
        .header("Accept", "text/html");
    assert_eq!(page.await.status, 401);
    let page = server.get("/app/second-key").header("Accept", "text/html").await;
    assert_eq!((page.status, page.header("Location")), (303, Some("/")));
}

#[tokio::test]
async fn the_reason_that_a_handler_answers_with_counts_for_more_than_a_guards() {
    let server = start().await;
    for ask in [
        server.post("/app/sign-in"),
        server.post("/app/sign-in").bearer("garbage"),
    ] {
        ask.json(&json!({})).await.refused(401, "invalid_credentials");
    }
}
