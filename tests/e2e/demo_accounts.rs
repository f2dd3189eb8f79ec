//! The demo's account pages without JavaScript, and its JSON routes by which admins change users.

use std::time::Duration;

use auth_core::mail::MessageKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ANN, Answer, ED, Level, Line, Server, VIC, manual_clock};

const FORM: &str = "application/x-www-form-urlencoded";
const KIM: &str = "kim@example.com";
const PASSWORD: &str = "kim counts green lanterns";

const PAGES: &[&str] = &[
    "/sign-up",
    "/forgot-password",
    "/reset-password",
    "/change-email",
    "/confirm-email",
    "/sign-in-link",
    "/delete-account",
];

const FORMS: &[&str] = &[
    "sign-up",
    "complete-sign-up",
    "forgot-password",
    "reset-password",
    "change-email",
    "confirm-email",
    "request-sign-in-link",
    "sign-in-by-link",
    "delete-account",
];

#[tokio::test]
async fn a_flow_that_is_off_has_no_page_and_no_form() {
    let off = Server::options().with_access_cookie().start().await;
    let (on, _) = Server::options().with_access_cookie().with_flows();
    let on = on.start().await;
    for (server, page, form) in [(off, 404, 404), (on, 200, 415)] {
        let browser = server.browser();
        browser.sign_in(VIC).await;
        for path in PAGES {
            assert_eq!(browser.get(path).await.status, page, "{path}");
        }
        for name in FORMS {
            // A body that is no form: to be refused takes a handler.
            let answer = browser
                .post(&format!("/api/auth/form/{name}"))
                .body("text/plain", "x")
                .await;
            assert_eq!(answer.status, form, "{name}");
        }
    }
}

#[tokio::test]
async fn an_account_form_of_another_site_is_refused() {
    let (options, mailbox) = Server::options().with_access_cookie().with_flows();
    let server = options.start().await;
    let access = server.sign_in(VIC).await.access;
    for name in FORMS {
        let answer = server
            .post(&format!("/api/auth/form/{name}"))
            .header("Sec-Fetch-Site", "cross-site")
            .header("Origin", "https://evil.example.com")
            .cookie(format!("access_token={access}"))
            .body(FORM, "email=kim%40example.com&link=x&password=x")
            .await;
        answer.refused(403, "csrf_rejected");
    }
    assert!(mailbox.all().is_empty());
}

#[tokio::test]
async fn the_form_for_another_email_asks_for_the_password_after_ten_minutes() {
    let clock = manual_clock();
    let (options, mailbox) = Server::options().with_access_cookie().with_flows();
    let server = options.set("tokens.access_ttl", "30m").clock(&clock).start().await;
    let browser = server.browser();
    browser.sign_in(VIC).await;
    let ask = async |password: &str| {
        let form = format!("email=vic.new%40example.com{password}");
        let answer = browser.post("/api/auth/form/change-email").body(FORM, form).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.sets_no_cookie();
        answer.header("Location").expect("a redirect").to_owned()
    };
    clock.advance(Duration::from_secs(601));
    assert_eq!(ask("").await, "/change-email?notice=ask_password");
    assert_eq!(ask("&password=wrong").await, "/change-email?notice=invalid_credentials");
    for notice in ["ask_password", "invalid_credentials"] {
        let page = browser.get(&format!("/change-email?notice={notice}")).await;
        let has_field = page
            .text
            .contains("<div class=\"field\">\n        <label for=\"change-email-password\">");
        assert!(has_field, "{}", page.text);
    }
    assert!(mailbox.all().is_empty());
    assert_eq!(
        ask("&password=vic+collects+rusty+keys").await,
        "/change-email?notice=mail_sent"
    );
    mailbox.take(MessageKind::EmailChange, "vic.new@example.com").await;
    // The session is as old as before.
    assert_eq!(ask("").await, "/change-email?notice=ask_password");
}

#[tokio::test]
async fn what_is_typed_into_an_account_form_or_sent_by_an_admin_is_in_no_log() {
    let (options, _) = Server::options().with_access_cookie().with_flows();
    let server = options.start().await;
    let session = server.sign_in(ANN).await;
    let cookie = format!("access_token={}", session.access);
    for path in [
        "/api/auth/form/complete-sign-up",
        "/api/auth/form/reset-password",
        "/dashboard/users",
    ] {
        let ask = server.post(path).same_origin().cookie(&cookie);
        let answer = ask.body(FORM, "password=cuckoo%20in%20the%20clock").await;
        answer.refused(422, "invalid_request");
    }
    for body in [
        r#"{"password":"cuckoo in the clock""#,
        r#"{"password":"cuckoo in the clock","email":1,"roles":[]}"#,
        r#"{"password":"cuckoo in the clock","email":"a@example.com","roles":[],"more":1}"#,
    ] {
        let ask = server.post("/api/admin/users").bearer(&session.access);
        ask.body("application/json", body).await.refused(422, "invalid_request");
    }
    // Below that a release refuses to start: there Rocket prints headers, too.
    let shown = |line: &Line| line.level <= Level::Info;
    let said: Vec<Line> = server.log.with("cuckoo").into_iter().filter(shown).collect();
    assert!(said.is_empty(), "{said:?}");
}

/// A request of an admin.
async fn send(server: &Server, access: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let mut ask = server.ask(method, &format!("/api/admin/{path}")).bearer(access);
    if let Some(body) = body {
        ask = ask.json(&body);
    }
    ask.await
}

#[tokio::test]
async fn an_admin_adds_renames_disables_enables_and_deletes_users_by_json() {
    let (server, _) = Server::with_flows().await;
    let admin = server.sign_in(ANN).await.access;
    let kim = json!({ "email": KIM, "password": PASSWORD, "roles": ["editor"] });
    let added = send(&server, &admin, Method::POST, "users", Some(kim.clone())).await;
    assert_eq!(added.status, 201, "{added:?}");
    let id = added.field("id");
    assert_eq!(
        added.json(),
        json!({ "id": id, "email": KIM, "roles": ["editor"], "disabled": false })
    );
    let sign_in = async |email: &str| {
        let body = json!({ "email": email, "password": PASSWORD });
        server.post("/api/auth/login").json(&body).await.status
    };
    assert_eq!(sign_in(KIM).await, 200);

    let again = send(&server, &admin, Method::POST, "users", Some(kim)).await;
    again.refused(409, "account_exists");
    for (email, password, roles, code) in [
        ("a@example.com", "short", json!([]), "weak_password"),
        ("a@example.com", PASSWORD, json!(["boss"]), "invalid_request"),
        ("a", PASSWORD, json!([]), "invalid_request"),
    ] {
        let body = json!({ "email": email, "password": password, "roles": roles });
        let answer = send(&server, &admin, Method::POST, "users", Some(body)).await;
        answer.refused(422, code);
    }

    let of = |what: &str| format!("users/{id}{what}");
    let done = send(&server, &admin, Method::PUT, &of("/disable"), None).await;
    done.no_content();
    assert_eq!(sign_in(KIM).await, 401);
    let none = send(&server, &admin, Method::POST, &of("/reset-link"), None).await;
    none.refused(404, "not_found");
    let done = send(&server, &admin, Method::PUT, &of("/enable"), None).await;
    done.no_content();
    assert_eq!(sign_in(KIM).await, 200);

    let to = |email: &str| Some(json!({ "email": email }));
    let taken = send(&server, &admin, Method::PUT, &of("/email"), to(ED.email)).await;
    taken.refused(409, "account_exists");
    let odd = send(&server, &admin, Method::PUT, &of("/email"), to("kim")).await;
    odd.refused(422, "invalid_request");
    let done = send(&server, &admin, Method::PUT, &of("/email"), to("kim.lee@example.com")).await;
    done.no_content();
    assert_eq!((sign_in(KIM).await, sign_in("kim.lee@example.com").await), (401, 200));

    let done = send(&server, &admin, Method::DELETE, &of(""), None).await;
    done.no_content();
    assert_eq!(sign_in("kim.lee@example.com").await, 401);
    let gone = send(&server, &admin, Method::DELETE, &of(""), None).await;
    gone.refused(404, "not_found");
    let own = server.id_of(ANN).await;
    let own = send(&server, &admin, Method::DELETE, &format!("users/{own}"), None).await;
    own.refused(422, "invalid_request");
}

#[tokio::test]
async fn an_admin_gets_links_that_set_a_password_and_that_make_an_account() {
    let (server, mailbox) = Server::with_flows().await;
    let admin = server.sign_in(ANN).await.access;
    let ticket = |answer: &Answer, page: &str| {
        assert_eq!(answer.status, 201, "{answer:?}");
        let link = answer.field("link");
        let ticket = link.strip_prefix(&format!("https://app.example.com/{page}#ticket="));
        ticket.expect("a link to the page").to_owned()
    };
    let id = server.id_of(VIC).await;
    let path = format!("users/{id}/reset-link");
    let made = send(&server, &admin, Method::POST, &path, None).await;
    let body = json!({ "ticket": ticket(&made, "reset-password"), "newPassword": PASSWORD });
    server.post("/api/auth/password/reset").json(&body).await.no_content();

    let invitation = json!({ "email": KIM, "roles": ["editor"] });
    let made = send(&server, &admin, Method::POST, "invitations", Some(invitation)).await;
    let body = json!({ "ticket": ticket(&made, "sign-up"), "password": PASSWORD, "delivery": "body" });
    let signed_up = server.post("/api/auth/register/complete").json(&body).await;
    let me = server.me(&signed_up.field("accessToken")).await;
    assert_eq!(me.ok().json()["roles"], json!(["editor"]));
    assert!(mailbox.all().is_empty(), "the admin hands the links over");

    let known = json!({ "email": KIM, "roles": [] });
    let known = send(&server, &admin, Method::POST, "invitations", Some(known)).await;
    known.refused(409, "account_exists");
}

#[tokio::test]
async fn an_admin_gets_no_link_to_a_page_that_is_not_there() {
    let server = Server::start().await;
    let admin = server.sign_in(ANN).await.access;
    let id = server.id_of(VIC).await;
    let path = format!("users/{id}/reset-link");
    let refused = send(&server, &admin, Method::POST, &path, None).await;
    refused.refused(422, "invalid_request");
    let invitation = json!({ "email": KIM, "roles": [] });
    let refused = send(&server, &admin, Method::POST, "invitations", Some(invitation)).await;
    refused.refused(422, "invalid_request");
}
