//! `POST /api/auth/login/link` and `/login/link/complete`.

use auth_core::mail::MessageKind;
use serde_json::json;

use crate::support::{ANN, Answer, Mailbox, Server, Session, VIC};

async fn ticket(server: &Server, mailbox: &Mailbox, email: &str) -> String {
    let ask = server
        .post("/api/auth/login/link")
        .json(&json!({ "email": email }))
        .await;
    assert_eq!((ask.status, ask.text.as_str()), (202, "{}"), "{ask:?}");
    mailbox.take(MessageKind::LoginLink, email).await.ticket()
}

async fn complete(server: &Server, ticket: &str) -> Answer {
    let body = json!({ "ticket": ticket, "delivery": "body" });
    server.post("/api/auth/login/link/complete").json(&body).await
}

#[tokio::test]
async fn a_link_signs_in_once() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let before = server.sign_in(ANN).await;
        let ticket = ticket(&server, &mailbox, ANN.email).await;
        let session = Session::of(&complete(&server, &ticket).await);
        assert_eq!(server.me(&session.access).await.ok().field("email"), ANN.email);
        server.me(&before.access).await.ok();
        complete(&server, &ticket).await.refused(401, "invalid_ticket");
    }
}

#[tokio::test]
async fn a_link_is_good_for_a_quarter_of_an_hour() {
    let clock = crate::support::manual_clock();
    let (options, mailbox) = Server::options().clock(&clock).with_flows();
    let server = options.start().await;
    let late = ticket(&server, &mailbox, ANN.email).await;
    clock.advance(std::time::Duration::from_secs(15 * 60));
    complete(&server, &late).await.refused(401, "invalid_ticket");
}

#[tokio::test]
async fn a_link_of_a_disabled_user_is_dead_and_stays_so() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let ticket = ticket(&server, &mailbox, VIC.email).await;
        server.disable(VIC.email).await.expect("it is there");
        complete(&server, &ticket).await.refused(401, "invalid_ticket");
        server.enable(VIC.email).await.expect("it is there");
        complete(&server, &ticket).await.refused(401, "invalid_ticket");
    }
}

#[tokio::test]
async fn a_page_of_another_site_signs_no_browser_in() {
    let (server, mailbox) = Server::with_flows().await;
    let ticket = ticket(&server, &mailbox, ANN.email).await;
    let foreign = server
        .post("/api/auth/login/link/complete")
        .header("Sec-Fetch-Site", "cross-site");
    foreign
        .json(&json!({ "ticket": ticket }))
        .await
        .refused(403, "csrf_rejected");
    Session::of(&complete(&server, &ticket).await);
}
