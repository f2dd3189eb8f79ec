//! `POST /api/auth/password/forgot` and `/password/reset`.

use auth_core::mail::MessageKind;
use serde_json::json;

use crate::support::{ANN, Answer, Mailbox, Person, Server, VIC};

const NEW: &str = "ann now likes violet gorillas";

async fn ask(server: &Server, email: &str) -> Answer {
    server
        .post("/api/auth/password/forgot")
        .header("Accept-Language", "de-CH,de;q=0.8")
        .json(&json!({ "email": email }))
        .await
}

async fn ticket(server: &Server, mailbox: &Mailbox, person: Person) -> String {
    let answer = ask(server, person.email).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, "{}"), "{answer:?}");
    let mail = mailbox.take(MessageKind::PasswordReset, person.email).await;
    assert_eq!(mail.language.as_deref(), Some("de-CH"));
    mail.ticket()
}

async fn reset(server: &Server, ticket: &str, password: &str) -> Answer {
    server
        .post("/api/auth/password/reset")
        .json(&json!({ "ticket": ticket, "newPassword": password }))
        .await
}

#[tokio::test]
async fn a_link_sets_a_new_password_and_ends_every_session() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let (session, bystander) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
        let (first, second) = (
            ticket(&server, &mailbox, ANN).await,
            ticket(&server, &mailbox, ANN).await,
        );
        reset(&server, &second, "short").await.refused(422, "weak_password");
        reset(&server, &second, NEW).await.no_content().sets_no_cookie();
        server.me(&session.access).await.refused(401, "session_revoked");
        server.refresh(&session.refresh).await.refused(401, "session_revoked");
        server.me(&bystander.access).await.ok();
        server
            .post("/api/auth/login")
            .json(&ANN.login())
            .await
            .refused(401, "invalid_credentials");
        server.sign_in(Person { password: NEW, ..ANN }).await;
        for dead in [first, second] {
            reset(&server, &dead, NEW).await.refused(401, "invalid_ticket");
        }
        assert_eq!(server.log.events("password_reset").len(), 1);
    }
}

#[tokio::test]
async fn an_unknown_and_a_disabled_address_get_the_same_answer_and_no_mail() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        server.disable(VIC.email).await.expect("it is there");
        let answers = [
            ask(&server, ANN.email).await,
            ask(&server, VIC.email).await,
            ask(&server, "nobody@example.com").await,
        ];
        for answer in &answers {
            assert_eq!((answer.status, &answer.text), (202, &answers[0].text), "{answer:?}");
            assert_eq!(answer.headers.len(), answers[0].headers.len(), "{answer:?}");
        }
        mailbox.take(MessageKind::PasswordReset, ANN.email).await;
        // The mail of a later request has arrived, so a mail of an earlier request would have
        // arrived too.
        ticket(&server, &mailbox, ANN).await;
        assert!(mailbox.all().is_empty(), "{:?}", mailbox.all());
    }
}

#[tokio::test]
async fn a_link_is_dead_once_what_it_was_made_for_has_changed() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let of_password = ticket(&server, &mailbox, ANN).await;
        let session = server.sign_in(ANN).await;
        let change = json!({ "currentPassword": ANN.password, "newPassword": NEW });
        let changing = server.post("/api/auth/password").bearer(&session.access).json(&change);
        changing.await.ok();
        reset(&server, &of_password, NEW).await.refused(401, "invalid_ticket");

        let of_disabled = ticket(&server, &mailbox, VIC).await;
        server.disable(VIC.email).await.expect("it is there");
        server.enable(VIC.email).await.expect("it is there");
        reset(&server, &of_disabled, NEW).await.refused(401, "invalid_ticket");

        // Signing out everywhere changes nothing of it.
        let of_sessions = ticket(&server, &mailbox, VIC).await;
        let vic = server.sign_in(VIC).await;
        server
            .post("/api/auth/logout-all")
            .bearer(&vic.access)
            .await
            .no_content();
        reset(&server, &of_sessions, NEW).await.no_content();

        let of_deleted = ticket(&server, &mailbox, VIC).await;
        server.delete_account(VIC.email).await.expect("it is there");
        reset(&server, &of_deleted, NEW).await.refused(401, "invalid_ticket");
    }
}

#[tokio::test]
async fn a_ticket_of_another_purpose_is_refused() {
    let (server, mailbox) = Server::with_flows().await;
    let of_reset = ticket(&server, &mailbox, ANN).await;
    let link = server.post("/api/auth/login/link/complete");
    link.json(&json!({ "ticket": of_reset }))
        .await
        .refused(401, "invalid_ticket");
    let confirm = server.post("/api/auth/email/confirm");
    confirm
        .json(&json!({ "ticket": of_reset }))
        .await
        .refused(401, "invalid_ticket");
    let complete = server.post("/api/auth/register/complete");
    let body = json!({ "ticket": of_reset, "password": NEW });
    complete.json(&body).await.refused(401, "invalid_ticket");
    reset(&server, &of_reset, NEW).await.no_content();
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    let clock = crate::support::manual_clock();
    let (options, mailbox) = Server::options().clock(&clock).with_flows();
    let server = options.start().await;
    let (late, early) = (
        ticket(&server, &mailbox, ANN).await,
        ticket(&server, &mailbox, VIC).await,
    );
    clock.advance(std::time::Duration::from_secs(3599));
    reset(&server, &early, NEW).await.no_content();
    clock.advance(std::time::Duration::from_secs(1));
    reset(&server, &late, NEW).await.refused(401, "invalid_ticket");
}

/// No session made with the old password lives after the answer.
#[tokio::test]
async fn no_sign_in_with_the_old_password_survives_the_reset() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let mut current = ANN.password.to_owned();
        for round in 0..8 {
            let ticket = ticket(&server, &mailbox, ANN).await;
            let new = format!("ann likes {round} violet gorillas");
            let login = json!({ "email": ANN.email, "password": current, "delivery": "body" });
            let delay = std::time::Duration::from_millis(round);
            let racing = async {
                tokio::time::sleep(delay).await;
                server.post("/api/auth/login").json(&login).await
            };
            let (answer, raced) = tokio::join!(reset(&server, &ticket, &new), racing);
            answer.no_content();
            if raced.status == 200 {
                let session = crate::support::Session::of(&raced);
                server.me(&session.access).await.refused(401, "session_revoked");
                server.refresh(&session.refresh).await.refused(401, "session_revoked");
            } else {
                raced.refused(401, "invalid_credentials");
            }
            current = new;
        }
    }
}
