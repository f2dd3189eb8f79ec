//! `POST /api/auth/register` and `/register/complete`: accounts that their users make.

use auth_core::AccountError;
use auth_core::mail::MessageKind;
use auth_core::session::SessionError;
use reqwest::Method;
use rocket::futures::future::join_all;
use rocket_app::role::AppRole;
use serde_json::{Value, json};

use crate::support::{ANN, Answer, Mailbox, Server, Session};

const ZOE: &str = "Zoe.Quill@example.com";
const PASSWORD: &str = "zoe hums yellow ferries";

async fn ask(server: &Server, email: &str) -> Answer {
    server.post("/api/auth/register").json(&json!({ "email": email })).await
}

/// Asks, and answers with the ticket that came.
async fn ticket(server: &Server, mailbox: &Mailbox, email: &str) -> String {
    accepted(&ask(server, email).await);
    mailbox.take(MessageKind::SignUp, email).await.ticket()
}

#[track_caller]
fn accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (202, "{}"), "{answer:?}");
    assert_eq!(answer.header("Content-Type"), Some("application/json"), "{answer:?}");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{answer:?}");
    answer.sets_no_cookie();
}

fn complete(ticket: &str, password: &str) -> Value {
    json!({ "ticket": ticket, "password": password, "delivery": "body" })
}

async fn finish(server: &Server, ticket: &str, password: &str) -> Answer {
    server
        .post("/api/auth/register/complete")
        .json(&complete(ticket, password))
        .await
}

#[track_caller]
fn signed_up(mut answer: Answer) -> Session {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.status = 200;
    Session::of(&answer)
}

#[tokio::test]
async fn a_link_makes_an_account_with_the_roles_of_new_users_and_signs_in() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let ticket = ticket(&server, &mailbox, ZOE).await;
        let session = signed_up(finish(&server, &ticket, PASSWORD).await);
        let me = server.me(&session.access).await.ok().json();
        assert_eq!(
            (me["email"].as_str(), &me["roles"]),
            (Some(ZOE), &json!(["viewer"])),
            "{me}"
        );
        Session::of(&server.refresh(&session.refresh).await);
        let login = json!({ "email": "zoe.quill@EXAMPLE.com", "password": PASSWORD, "delivery": "body" });
        Session::of(&server.post("/api/auth/login").json(&login).await);
        finish(&server, &ticket, PASSWORD).await.refused(401, "invalid_ticket");
        for event in ["ticket_issued", "account_created", "login_succeeded", "ticket_rejected"] {
            assert!(!server.log.events(event).is_empty(), "{event}");
        }
    }
}

#[tokio::test]
async fn a_browser_gets_its_cookie_and_a_foreign_page_is_refused() {
    let (server, mailbox) = Server::with_flows().await;
    let ticket = ticket(&server, &mailbox, ZOE).await;
    let body = json!({ "ticket": ticket, "password": PASSWORD });
    let browser = server.browser();
    let foreign = server
        .post("/api/auth/register/complete")
        .header("Sec-Fetch-Site", "cross-site");
    foreign.json(&body).await.refused(403, "csrf_rejected");
    let answer = browser.post("/api/auth/register/complete").json(&body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(answer.cookie("refresh_token").has("HttpOnly"));
    assert!(answer.json().get("refreshToken").is_none());
}

#[tokio::test]
async fn an_address_with_an_account_gets_a_notice_and_the_same_answer() {
    let (server, mailbox) = Server::with_flows().await;
    let (known, unknown) = (ask(&server, "ANN@example.com").await, ask(&server, ZOE).await);
    accepted(&known);
    accepted(&unknown);
    let names = |answer: &Answer| answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    let notice = mailbox.take(MessageKind::AccountExists, ANN.email).await;
    assert!(
        notice.link.is_none() && notice.text.contains("have one already"),
        "{notice:?}"
    );
    mailbox.take(MessageKind::SignUp, ZOE).await;
    assert!(mailbox.all().is_empty());
}

#[tokio::test]
async fn a_weak_password_leaves_the_ticket_good_and_a_bad_ticket_comes_first() {
    let (server, mailbox) = Server::with_flows().await;
    let ticket = ticket(&server, &mailbox, ZOE).await;
    for weak in ["short", "password1", "zoe.quill@example.com"] {
        finish(&server, &ticket, weak).await.refused(422, "weak_password");
        let bad = finish(&server, "AAAAAAAAAAAAAAAAAAAAAA", weak).await;
        bad.refused(401, "invalid_ticket");
    }
    signed_up(finish(&server, &ticket, PASSWORD).await);
}

#[tokio::test]
async fn links_of_one_address_are_good_side_by_side_until_one_is_used() {
    let (server, mailbox) = Server::with_flows().await;
    let (first, second) = (
        ticket(&server, &mailbox, ZOE).await,
        ticket(&server, &mailbox, ZOE).await,
    );
    let elsewhere = ticket(&server, &mailbox, "yves@example.com").await;
    signed_up(finish(&server, &first, PASSWORD).await);
    let sibling = finish(&server, &second, PASSWORD).await;
    let used = finish(&server, &first, PASSWORD).await;
    let unknown = finish(&server, "AAAAAAAAAAAAAAAAAAAAAA", PASSWORD).await;
    for dead in [&sibling, &used, &unknown] {
        dead.refused(401, "invalid_ticket");
        assert_eq!(dead.text, unknown.text, "all alike");
    }
    signed_up(finish(&server, &elsewhere, PASSWORD).await);
}

// security: Passwords and signing in: A link works once, also for twenty requests at once
#[tokio::test]
async fn of_twenty_uses_at_once_one_makes_the_account() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let ticket = ticket(&server, &mailbox, ZOE).await;
        let uses = (0..20).map(|_| finish(&server, &ticket, PASSWORD));
        let answers = join_all(uses).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 1, "{answers:?}");
        for late in answers.iter().filter(|answer| answer.status == 401) {
            late.refused(401, "invalid_ticket");
        }
        // A flood of hashes may be answered 503, and nothing else.
        let others = answers
            .iter()
            .filter(|answer| ![201, 401, 503].contains(&answer.status));
        assert_eq!(others.count(), 0, "{answers:?}");
        finish(&server, &ticket, PASSWORD).await.refused(401, "invalid_ticket");
    }
}

/// Mail scanners fetch links.
#[tokio::test]
async fn fetching_a_link_changes_nothing() {
    let (server, mailbox) = Server::with_flows().await;
    let ticket = ticket(&server, &mailbox, ZOE).await;
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        for path in ["/sign-up", "/api/auth/register/complete"] {
            // A browser, too, keeps what is behind the `#` to itself.
            server.ask(method.clone(), path).await;
        }
    }
    signed_up(finish(&server, &ticket, PASSWORD).await);
}

#[tokio::test]
async fn an_invitation_can_go_by_mail() {
    let (server, mailbox) = Server::with_flows().await;
    let accounts = server.auth.accounts();
    let invited = accounts.invite_by_mail(ZOE, [AppRole::Editor], Some("de")).await;
    invited.expect("it is sent");
    let mail = mailbox.take(MessageKind::Invitation, ZOE).await;
    assert_eq!(mail.language.as_deref(), Some("de"));
    assert!(mail.text.contains("7 days"), "{}", mail.text);
    let session = signed_up(finish(&server, &mail.ticket(), PASSWORD).await);
    let me = server.me(&session.access).await.ok().json();
    assert_eq!(me["roles"], json!(["editor"]));
    let again = accounts.invite_by_mail::<AppRole>(ANN.email, [], None).await;
    assert!(
        matches!(again, Err(SessionError::Accounts(AccountError::AlreadyExists))),
        "{again:?}"
    );

    let without = Server::start().await;
    let unsent = without.auth.accounts().invite_by_mail::<AppRole>(ZOE, [], None).await;
    assert!(matches!(unsent, Err(SessionError::NoPublicUrl)), "{unsent:?}");
}

#[tokio::test]
async fn an_invitation_carries_its_roles() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let accounts = server.auth.accounts();
        let link = accounts.invite(ZOE, [AppRole::Editor]).await.expect("a link");
        let (page, invitation) = link.expose().split_once("#ticket=").expect("a ticket");
        assert_eq!(page, "https://app.example.com/sign-up");
        // It is another purpose than a sign-up, so that the one does not end the other.
        let own = ticket(&server, &mailbox, ZOE).await;
        let session = signed_up(finish(&server, invitation, PASSWORD).await);
        let me = server.me(&session.access).await.ok().json();
        assert_eq!(me["roles"], json!(["editor"]));
        finish(&server, invitation, PASSWORD)
            .await
            .refused(401, "invalid_ticket");
        finish(&server, &own, PASSWORD).await.refused(409, "account_exists");
        let again = accounts.invite::<AppRole>(ANN.email, []).await;
        assert!(
            matches!(again, Err(SessionError::Accounts(AccountError::AlreadyExists))),
            "{again:?}"
        );
    }
}

#[tokio::test]
async fn with_invitations_only_no_one_asks_for_an_account() {
    let mailbox = Mailbox::default();
    let server = Server::options()
        .set("public_url", "https://app.example.com")
        .set("flows.sign_up", "invited")
        .courier(mailbox)
        .start()
        .await;
    ask(&server, ZOE).await.refused(404, "not_found");
    let link = server.auth.accounts().invite(ZOE, [AppRole::Viewer]).await;
    let link = link.expect("a link");
    let (_, invitation) = link.expose().split_once("#ticket=").expect("a ticket");
    signed_up(finish(&server, invitation, PASSWORD).await);
}

/// A stolen database opens nothing.
#[tokio::test]
async fn the_database_keeps_no_ticket() {
    let (server, mailbox) = Server::with_flows().await;
    let ticket = ticket(&server, &mailbox, ZOE).await;
    let hash = server.query_text("SELECT hex(secret_hash) AS text FROM auth_tickets");
    assert_eq!(hash.len(), 64);
    for file in ["auth.db", "auth.db-wal"] {
        let bytes = std::fs::read(server.folder().join(file)).expect("the file is there");
        let found = bytes.windows(ticket.len()).any(|window| window == ticket.as_bytes());
        assert!(!found, "{file}");
    }
}
