//! What account flows refuse: too many mails, bodies that are not exact, a courier that fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_core::mail::{Courier, CourierError, Message};
use serde_json::{Value, json};

use crate::support::{ANN, Answer, Mailbox, Server, VIC};

const ASKING: [(&str, &str); 3] = [
    ("/api/auth/register", "email"),
    ("/api/auth/password/forgot", "email"),
    ("/api/auth/login/link", "email"),
];

async fn ask(server: &Server, path: &str, email: &str) -> Answer {
    server.post(path).json(&json!({ "email": email })).await
}

#[track_caller]
pub fn throttled(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.json()["error"], "too_many_attempts");
    let seconds = answer.header("Retry-After").expect("how long to wait");
    seconds.parse().expect("whole seconds")
}

#[tokio::test]
async fn an_address_gets_three_mails_an_hour_over_all_flows_known_or_not() {
    let (server, _) = Server::with_flows().await;
    for email in [ANN.email, "nobody@example.com"] {
        for (path, _) in ASKING {
            assert_eq!(ask(&server, path, email).await.status, 202);
        }
        let wait = throttled(&ask(&server, ASKING[1].0, &email.to_uppercase()).await);
        assert!((1..=1200).contains(&wait), "{wait}");
    }
    assert_eq!(ask(&server, ASKING[1].0, VIC.email).await.status, 202);
    assert_eq!(server.log.events("mail_throttled").len(), 2);
    // The requested work is under way, and its database goes with the test.
    server.auth.close().await;
}

#[tokio::test]
async fn a_source_asks_for_so_many_mails() {
    let (options, _) = Server::options().with_flows();
    let server = options.set("throttle.mails_per_source", 2).start().await;
    for number in 0..2 {
        let email = format!("{number}@example.com");
        assert_eq!(ask(&server, ASKING[0].0, &email).await.status, 202);
    }
    throttled(&ask(&server, ASKING[1].0, ANN.email).await);
    let session = server.sign_in(ANN).await;
    let change = server.post("/api/auth/email").bearer(&session.access);
    throttled(&change.json(&json!({ "newEmail": "new@example.com" })).await);
    server.auth.close().await;
}

/// The notice of each request goes to the user's present address.
#[tokio::test]
async fn a_signed_in_user_asks_for_so_many_mails_from_all_sources_together() {
    let (options, _) = Server::options().with_flows();
    let server = options
        .set("throttle.mails_per_source", 2)
        .set("trusted_proxies", vec!["127.0.0.1"])
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    let change = async |access: &str, number: u32| {
        let change = server.post("/api/auth/email").bearer(access);
        let change = change.header("X-Real-IP", format!("192.0.2.{number}"));
        let body = json!({ "newEmail": format!("{number}@example.com") });
        change.json(&body).await
    };
    for number in 0..2 {
        assert_eq!(change(&session.access, number).await.status, 202);
    }
    throttled(&change(&session.access, 2).await);
    let another = server.sign_in(VIC).await;
    assert_eq!(change(&another.access, 2).await.status, 202);
    server.auth.close().await;
}

#[tokio::test]
async fn bodies_are_as_strict_as_at_the_sign_in() {
    let (server, mailbox) = Server::with_flows().await;
    let session = server.sign_in(ANN).await;
    let bodies: [(&str, Value); 9] = [
        ("register", json!({ "email": "zoe@example.com" })),
        (
            "register/complete",
            json!({ "ticket": "x", "password": "a fine new password" }),
        ),
        ("password/forgot", json!({ "email": "zoe@example.com" })),
        (
            "password/reset",
            json!({ "ticket": "x", "newPassword": "a fine new password" }),
        ),
        ("email", json!({ "newEmail": "zoe@example.com" })),
        ("email/confirm", json!({ "ticket": "x" })),
        ("login/link", json!({ "email": "zoe@example.com" })),
        ("login/link/complete", json!({ "ticket": "x" })),
        ("reauthenticate", json!({ "password": "x" })),
    ];
    for (path, good) in bodies {
        let url = format!("/api/auth/{path}");
        let post = || server.post(&url).bearer(&session.access);
        let mut more = good.clone();
        more["more"] = json!(1);
        let (first, _) = good.as_object().and_then(|body| body.iter().next()).expect("a field");
        let mut null = good.clone();
        null[first] = Value::Null;
        let mut number = good.clone();
        number[first] = json!(7);
        for wrong in [more, null, number, json!({}), json!([good[first]])] {
            post().json(&wrong).await.refused(422, "invalid_request");
        }
        let doubled = good.to_string().replacen('{', &format!("{{\"{first}\":\"y\","), 1);
        post()
            .body("application/json", doubled)
            .await
            .refused(422, "invalid_request");
        post()
            .body("text/plain", good.to_string())
            .await
            .refused(415, "unsupported_media_type");
        let long = json!({ first.as_str(): "x".repeat(5000) }).to_string();
        post()
            .body("application/json", long)
            .await
            .refused(413, "payload_too_large");
    }
    for no_address in [
        "",
        "zoe",
        "a@b@c",
        "Zoe <zoe@example.com>",
        "zoe@example.com\r\nBcc: x@y",
    ] {
        for (path, _) in ASKING {
            ask(&server, path, no_address).await.refused(422, "invalid_request");
        }
    }
    assert!(mailbox.all().is_empty());
}

#[tokio::test]
async fn a_flow_that_is_off_answers_404_whatever_is_sent() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for path in [
        "register",
        "register/complete",
        "password/forgot",
        "password/reset",
        "email",
        "email/confirm",
        "login/link",
        "login/link/complete",
        "account/delete",
    ] {
        let url = format!("/api/auth/{path}");
        for body in [json!({ "email": ANN.email }), json!(1)] {
            server.post(&url).json(&body).await.refused(404, "not_found");
            server
                .post(&url)
                .bearer(&session.access)
                .json(&body)
                .await
                .refused(404, "not_found");
        }
    }
}

/// Fails so many times, then delivers.
struct Flaky {
    failures: usize,
    calls: AtomicUsize,
    delivered: Mailbox,
}

#[async_trait]
impl Courier for Flaky {
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) < self.failures {
            return Err(CourierError::new("no server listens"));
        }
        self.delivered.deliver(message).await
    }
}

async fn with_failures(failures: usize) -> (Server, Arc<Flaky>) {
    let courier = Arc::new(Flaky {
        failures,
        calls: AtomicUsize::default(),
        delivered: Mailbox::default(),
    });
    let (options, _) = Server::options().with_flows();
    let server = options.courier(courier.clone()).start().await;
    assert_eq!(ask(&server, ASKING[1].0, ANN.email).await.status, 202);
    (server, courier)
}

#[tokio::test]
async fn a_courier_that_fails_is_tried_again() {
    let (_server, courier) = with_failures(1).await;
    let kind = auth_core::mail::MessageKind::PasswordReset;
    courier.delivered.take(kind, ANN.email).await;
}

#[tokio::test]
async fn after_four_tries_an_event_says_that_the_mail_failed() {
    let (server, courier) = with_failures(usize::MAX).await;
    let give_up = Instant::now() + Duration::from_secs(30);
    while server.log.events("mail_failed").is_empty() {
        assert!(Instant::now() < give_up, "no event");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(courier.calls.load(Ordering::SeqCst), 4);
}
