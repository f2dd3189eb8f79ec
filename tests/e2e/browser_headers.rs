//! What browsers are told with every answer, unless the application says otherwise.

use auth_core::{guarded_routes, public};
use rocket::http::Header;
use rocket::shield::Shield;
use rocket::{Responder, get};

use crate::support::{ANN, Answer, Server};

const DEFAULTS: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("referrer-policy", "same-origin"),
];

#[derive(Responder)]
struct Framed {
    text: &'static str,
    policy: Header<'static>,
    referrer: Header<'static>,
}

#[public("for the test")]
#[get("/framed")]
fn framed() -> Framed {
    Framed {
        text: "in frames of this site",
        policy: Header::new("Content-Security-Policy", "frame-ancestors 'self'"),
        referrer: Header::new("Referrer-Policy", "origin"),
    }
}

#[track_caller]
fn has_each_once(answer: &Answer, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(answer.all(name), [*value], "{name} of {}", answer.status);
    }
}

// security: Errors, logs, headers: `nosniff`, `Referrer-Policy`, `frame-ancestors 'none'`
#[tokio::test]
async fn every_answer_tells_browsers_to_guess_frame_and_refer_nothing() {
    let server = Server::options().start().await;
    let ann = server.sign_in(ANN).await;
    for answer in [
        server.get("/api/public").await,
        server.get("/api/users/me").bearer(&ann.access).await,
        server.get("/.well-known/jwks.json").await,
    ] {
        assert_eq!(answer.status, 200);
        has_each_once(&answer, &DEFAULTS);
    }
    let refused = server.get("/api/users/me").await;
    let missing = server.get("/nowhere").await;
    for answer in [&refused, &missing] {
        has_each_once(answer, &DEFAULTS[..1]);
        let policies = answer.all("content-security-policy").join("");
        assert!(policies.contains("frame-ancestors 'none'"), "{policies}");
        assert_eq!(answer.all("referrer-policy").len(), 1);
    }
}

#[tokio::test]
async fn what_the_application_says_itself_stays() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![framed]))
        .start()
        .await;
    let answer = server.get("/app/framed").await;
    has_each_once(
        &answer,
        &[
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "frame-ancestors 'self'"),
            ("referrer-policy", "origin"),
        ],
    );
}

#[tokio::test]
async fn an_application_without_shield_has_them_too() {
    let server = Server::options()
        .extended(|rocket| rocket.attach(Shield::new()))
        .start()
        .await;
    has_each_once(&server.get("/api/public").await, &DEFAULTS);
}
