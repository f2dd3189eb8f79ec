//! `POST /api/auth/email` and `/email/confirm`.

use std::time::Duration;

use auth_core::mail::MessageKind;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ANN, Answer, Mailbox, Server, VIC, manual_clock};

const NEW: &str = "Ann.Marie@example.com";

async fn ask(server: &Server, access: &str, email: &str) -> Answer {
    let body = json!({ "newEmail": email });
    server.post("/api/auth/email").bearer(access).json(&body).await
}

async fn ticket(server: &Server, mailbox: &Mailbox, access: &str, email: &str) -> String {
    let answer = ask(server, access, email).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, "{}"), "{answer:?}");
    mailbox.take(MessageKind::EmailChange, email).await.ticket()
}

async fn confirm(server: &Server, ticket: &str) -> Answer {
    server
        .post("/api/auth/email/confirm")
        .json(&json!({ "ticket": ticket }))
        .await
}

#[tokio::test]
async fn a_link_to_the_new_address_changes_it_and_the_session_goes_on() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let session = server.sign_in(ANN).await;
        let forgot = json!({ "email": ANN.email });
        server.post("/api/auth/password/forgot").json(&forgot).await;
        let reset = mailbox.take(MessageKind::PasswordReset, ANN.email).await.ticket();
        let (unused, ticket) = (
            ticket(&server, &mailbox, &session.access, "other@example.com").await,
            ticket(&server, &mailbox, &session.access, NEW).await,
        );
        let notice = mailbox.take(MessageKind::EmailChangeNotice, ANN.email).await;
        assert!(notice.link.is_none(), "{notice:?}");
        assert_eq!(server.me(&session.access).await.field("email"), ANN.email);
        confirm(&server, &ticket).await.no_content();
        assert_eq!(server.me(&session.access).await.field("email"), NEW);
        server.refresh(&session.refresh).await.ok();
        let login = json!({ "email": NEW, "password": ANN.password });
        server.post("/api/auth/login").json(&login).await.ok();
        server
            .post("/api/auth/login")
            .json(&ANN.login())
            .await
            .refused(401, "invalid_credentials");
        for dead in [ticket, unused] {
            confirm(&server, &dead).await.refused(401, "invalid_ticket");
        }
        let body = json!({ "ticket": reset, "newPassword": "a fine new password" });
        let to_the_former_address = server.post("/api/auth/password/reset").json(&body).await;
        to_the_former_address.refused(401, "invalid_ticket");
        assert_eq!(server.log.events("email_changed").len(), 1);
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_at_the_end_only() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let session = server.sign_in(ANN).await;
        let ticket = ticket(&server, &mailbox, &session.access, VIC.email).await;
        confirm(&server, &ticket).await.refused(409, "account_exists");
        server.delete_account(VIC.email).await.expect("it is there");
        confirm(&server, &ticket).await.no_content();
    }
}

#[tokio::test]
async fn the_sign_in_must_be_fresh_and_a_step_up_makes_it_so() {
    let clock = manual_clock();
    let (options, mailbox) = Server::options().clock(&clock).with_flows();
    let server = options.start().await;
    let session = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(601));
    ask(&server, &session.access, NEW)
        .await
        .refused(401, "reauthentication_required");
    let password = json!({ "password": ANN.password });
    let step_up = server.post("/api/auth/reauthenticate").bearer(&session.access);
    let fresh = step_up.json(&password).await.field("accessToken");
    ticket(&server, &mailbox, &fresh, NEW).await;
    server
        .post("/api/auth/email")
        .json(&json!({ "newEmail": NEW }))
        .await
        .refused(401, "missing_token");
    ask(&server, &fresh, "no address").await.refused(422, "invalid_request");
}

/// The token is judged before the body arrives: what ended it meanwhile ends the request.
// security: Passwords and signing in: A request that a new password overtakes changes no e-mail
#[tokio::test]
async fn a_request_that_a_new_password_overtakes_changes_no_address() {
    let (server, mailbox) = Server::with_flows().await;
    let (copied, own) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let body = json!({ "newEmail": "thief@example.com" }).to_string();
    let (begin, rest) = body.split_at(20);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .expect("it listens");
    let head = format!(
        "POST /api/auth/email HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{begin}",
        copied.access,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let change = json!({ "currentPassword": ANN.password, "newPassword": "a fine new password" });
    let changed = server
        .post("/api/auth/password")
        .bearer(&own.access)
        .json(&change)
        .await;
    changed.ok();
    stream.write_all(rest.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("session_revoked"),
        "{answer}"
    );
    let mails = mailbox.all();
    assert!(mails.iter().all(|mail| mail.to != "thief@example.com"), "{mails:?}");
}
