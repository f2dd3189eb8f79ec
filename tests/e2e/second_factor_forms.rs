//! Second factors without JavaScript, as the demo's forms have them, and the demo's route that
//! wants a code.

use std::sync::Arc;
use std::time::Duration;

use auth_core::__internal::ManualClock;
use auth_core::mail::MessageKind;
use reqwest::Method;
use serde_json::json;

use crate::support::second_factor::{self, App};
use crate::support::{ANN, Answer, Browser, Options, Server, VIC, manual_clock};

const FORM: &str = "application/x-www-form-urlencoded";
const PASSWORD: &str = "password=vic+collects+rusty+keys";

const FORMS: &[&str] = &[
    "/api/auth/form/sign-in-code",
    "/second-factor/app",
    "/second-factor/confirm",
    "/second-factor/recovery-codes",
    "/second-factor/remove",
];

/// With the access cookie, which the demo's pages need.
fn offering() -> Options {
    second_factor::offering(Server::options().with_access_cookie())
}

async fn send(browser: &Browser<'_>, path: &str, form: impl Into<String>) -> Answer {
    browser.post(path).body(FORM, form.into()).await
}

/// A page that a browser must neither keep nor put into its history.
#[track_caller]
fn shown(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Location"), None);
    answer.sets_no_cookie();
    &answer.text
}

#[track_caller]
fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{answer:?}");
    answer.header("Location").expect("a redirect")
}

/// What stands in the page between two texts.
#[track_caller]
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page
        .split_once(before)
        .unwrap_or_else(|| panic!("{before:?} in {page}"));
    rest.split_once(after).expect("it ends").0
}

fn challenge(page: &str) -> String {
    between(page, "name=\"challenge\" type=\"hidden\" value=\"", "\"").to_owned()
}

/// Enrols Vic by the forms; answers with the app and the page of the recovery codes.
async fn enrol(server: &Server, browser: &Browser<'_>, clock: &Arc<ManualClock>) -> (App, String) {
    let id = server.id_of(VIC).await;
    let enrolment = send(browser, "/second-factor/app", format!("for={id}")).await;
    let secret = between(shown(&enrolment), "<code id=\"secret\" class=\"link\">", "<").replace(' ', "");
    let app = App::with_secret(&secret, &Some(Arc::clone(clock)));
    let wrong = send(browser, "/second-factor/confirm", format!("for={id}&code=000000")).await;
    let page = shown(&wrong);
    assert!(
        page.contains("The code is wrong") && !page.contains("id=\"secret\""),
        "{page}"
    );
    let form = format!("for={id}&code={}", app.next_code());
    let confirmed = send(browser, "/second-factor/confirm", form).await;
    (app, shown(&confirmed).to_owned())
}

#[tokio::test]
async fn where_no_factors_are_offered_there_is_no_page_and_no_form() {
    let off = Server::options().with_access_cookie().start().await;
    assert!(off.log.with("no user passes").is_empty(), "{:?}", off.log.lines());
    for (server, page, form) in [(off, 404, 404), (offering().start().await, 200, 415)] {
        let browser = server.browser();
        browser.sign_in(VIC).await;
        assert_eq!(browser.get("/second-factor").await.status, page);
        for path in FORMS {
            // A body that is no form: to be refused takes a handler.
            let answer = browser.post(path).body("text/plain", "x").await;
            assert_eq!(answer.status, form, "{path}");
        }
        // What admins do with factors is there with them, and in the document.
        let ann = server.browser();
        ann.sign_in(ANN).await;
        let remove = ann.post("/dashboard/users/x/factors").body("text/plain", "x").await;
        assert_eq!(remove.status, form);
        let document = ann.get("/openapi.json").await.ok().json();
        let described = document["paths"]["/api/admin/users/{id}/factors"]["delete"].is_object();
        assert_eq!(described, page == 200);
    }
}

// security: Second factors: The forms without JavaScript refuse other sites
#[tokio::test]
async fn a_form_of_a_factor_from_another_site_is_refused() {
    let server = offering().start().await;
    let access = server.sign_in(VIC).await.access;
    for path in FORMS {
        let answer = server
            .post(path)
            .header("Sec-Fetch-Site", "cross-site")
            .header("Origin", "https://evil.example.com")
            .cookie(format!("access_token={access}"))
            .body(FORM, "for=x&challenge=x&code=x&password=x")
            .await;
        answer.refused(403, "csrf_rejected");
    }
}

// security: Second factors: Pages without JavaScript keep secrets out of addresses and caches
#[tokio::test]
async fn a_form_asks_for_the_code_before_it_signs_in() {
    let clock = manual_clock();
    let server = offering().clock(&clock).start().await;
    let browser = server.browser();
    browser.sign_in(VIC).await;
    let (app, codes) = enrol(&server, &browser, &clock).await;
    assert_eq!(codes.matches("<li><code>").count(), 10, "{codes}");

    let fresh = server.browser();
    let sign_in = async || {
        let asked = send(
            &fresh,
            "/api/auth/form/sign-in",
            format!("email=vic%40example.com&{PASSWORD}"),
        )
        .await;
        challenge(shown(&asked))
    };
    let asked = sign_in().await;
    let path = "/api/auth/form/sign-in-code";
    let wrong = send(&fresh, path, format!("challenge={asked}&code=000000")).await;
    // The keyboard is where the page speaks, so that it is read aloud.
    assert!(shown(&wrong).contains(" autofocus>The code is wrong"), "{wrong:?}");
    assert_eq!(wrong.text.matches("autofocus").count(), 1, "{wrong:?}");
    assert_eq!(challenge(&wrong.text), asked);
    assert!(!wrong.text.contains("notice=link_used"), "{wrong:?}");
    let signed_in = send(&fresh, path, format!("challenge={asked}&code={}", app.next_code())).await;
    assert_eq!(location(&signed_in), "/dashboard");
    assert_eq!(signed_in.cookies().len(), 2);
    fresh.get("/dashboard").await.ok();

    let again = send(&fresh, path, format!("challenge={asked}&code={}", app.next_code())).await;
    assert_eq!(location(&again), "/?notice=invalid_challenge");
    again.sets_no_cookie();
    let recovery = between(&codes, "<li><code>", "<");
    let asked = sign_in().await;
    let signed_in = send(&fresh, path, format!("challenge={asked}&code={recovery}")).await;
    assert_eq!(location(&signed_in), "/dashboard");
}

#[tokio::test]
async fn a_user_who_leaves_the_code_of_a_link_is_told_that_the_link_is_used_up() {
    let clock = manual_clock();
    let (options, mailbox) = offering().clock(&clock).with_flows();
    let server = options.start().await;
    let browser = server.browser();
    browser.sign_in(VIC).await;
    enrol(&server, &browser, &clock).await;

    let fresh = server.browser();
    let ask = format!("email={}", VIC.email.replace('@', "%40"));
    send(&fresh, "/api/auth/form/request-sign-in-link", ask).await;
    let ticket = mailbox.take(MessageKind::LoginLink, VIC.email).await.ticket();
    let asked = send(&fresh, "/api/auth/form/sign-in-by-link", format!("link={ticket}")).await;
    let leave = "href=\"/sign-in-link?notice=link_used\"";
    assert!(shown(&asked).contains(leave), "{asked:?}");
    let field = "name=\"by_link\" type=\"hidden\" value=\"true\"";
    assert_eq!(asked.text.matches(field).count(), 2, "{asked:?}");
    let form = format!("challenge={}&code=000000&by_link=true", challenge(&asked.text));
    let wrong = send(&fresh, "/api/auth/form/sign-in-code", form).await;
    assert!(shown(&wrong).contains(leave), "{wrong:?}");
    let page = fresh.get("/sign-in-link?notice=link_used").await;
    let said = "This link is used up. Ask for a new one.";
    assert!(page.text.contains(said), "{}", page.text);
}

#[tokio::test]
async fn the_page_of_a_factor_asks_for_what_the_change_needs() {
    let clock = manual_clock();
    let server = offering().set("tokens.access_ttl", "30m").clock(&clock).start().await;
    let browser = server.browser();
    browser.sign_in(VIC).await;
    let id = server.id_of(VIC).await;
    let ann = server.id_of(ANN).await;
    for path in &FORMS[1..] {
        let form = format!("for={ann}&code=000000&{PASSWORD}");
        let answer = send(&browser, path, form).await;
        assert_eq!(location(&answer), "/second-factor?notice=another_user", "{path}");
    }
    clock.advance(Duration::from_secs(601));
    let late = send(&browser, "/second-factor/app", format!("for={id}")).await;
    assert_eq!(location(&late), "/second-factor?notice=ask_password");
    let page = browser.get("/second-factor?notice=ask_password").await;
    assert!(page.text.contains("id=\"add-password\""), "{}", page.text);
    let wrong = send(&browser, "/second-factor/app", format!("for={id}&password=x")).await;
    assert_eq!(location(&wrong), "/second-factor?notice=invalid_credentials");
    let proven = send(&browser, "/second-factor/app", format!("for={id}&{PASSWORD}")).await;
    shown(&proven);

    browser.sign_in(VIC).await;
    let (app, _) = enrol(&server, &browser, &clock).await;
    let second = send(&browser, "/second-factor/app", format!("for={id}")).await;
    assert_eq!(location(&second), "/second-factor?notice=factor_exists");
    let prove = async |path: &str, password: &str, code: &str| {
        send(&browser, path, format!("for={id}&{password}&code={code}")).await
    };
    for path in ["/second-factor/recovery-codes", "/second-factor/remove"] {
        let wrong = prove(path, "password=x", &app.next_code()).await;
        assert_eq!(location(&wrong), "/second-factor?notice=invalid_credentials");
        let wrong = prove(path, PASSWORD, "000000").await;
        assert_eq!(location(&wrong), "/second-factor?notice=wrong_code");
    }
    let renewed = prove("/second-factor/recovery-codes", PASSWORD, &app.next_code()).await;
    let recovery = between(shown(&renewed), "<li><code>", "<").to_owned();
    let removed = prove("/second-factor/remove", PASSWORD, &recovery).await;
    assert_eq!(location(&removed), "/second-factor?notice=factor_removed");
    browser.sign_in(VIC).await;
}

#[tokio::test]
async fn an_admin_who_proved_a_factor_removes_that_of_a_user_who_lost_it() {
    let clock = manual_clock();
    let server = offering().clock(&clock).start().await;
    let browser = server.browser();
    browser.sign_in(VIC).await;
    enrol(&server, &browser, &clock).await;
    let (id, ann) = (server.id_of(VIC).await, server.sign_in(ANN).await);
    let remove = async |token: &str, id: &str| {
        let path = format!("/api/admin/users/{id}/factors");
        server.ask(Method::DELETE, &path).bearer(token).await
    };
    let refused = remove(&ann.access, id.as_str()).await;
    refused.refused(401, "second_factor_required");
    let vic = server.browser();
    assert_eq!(
        vic.post("/api/auth/login").json(&VIC.login()).await.status,
        401,
        "Vic still needs a code"
    );

    // Ann's own app.
    let start = server.post("/api/auth/factors/totp").bearer(&ann.access).await;
    let app = App::with_secret(&start.ok().field("secret"), &Some(clock.clone()));
    let confirm = server.post("/api/auth/factors/totp/confirm").bearer(&ann.access);
    confirm.json(&json!({ "code": app.next_code() })).await.ok();
    let prove = server.post("/api/auth/reauthenticate").bearer(&ann.access);
    let proven = prove
        .json(&json!({ "password": ANN.password, "code": app.next_code() }))
        .await
        .ok()
        .field("accessToken");
    assert_eq!(remove(&proven, server.id_of(ANN).await.as_str()).await.status, 422);
    remove(&proven, id.as_str()).await.no_content();
    vic.sign_in(VIC).await;
    assert_eq!(remove(&proven, id.as_str()).await.status, 404);
    assert_eq!(remove(&proven, "no-such-user").await.status, 404);
    clock.advance(Duration::from_secs(601));
    let late = remove(&proven, id.as_str()).await;
    late.refused(401, "reauthentication_required");
}

#[tokio::test]
async fn a_form_of_an_admin_proves_the_admins_own_factor_before_it_removes_that_of_a_user() {
    let clock = manual_clock();
    let server = offering().clock(&clock).start().await;
    let (vic, ann) = (server.browser(), server.browser());
    vic.sign_in(VIC).await;
    enrol(&server, &vic, &clock).await;
    ann.sign_in(ANN).await;
    let id = server.id_of(VIC).await;
    let page = ann.get("/dashboard").await;
    let path = format!("/dashboard/users/{id}/factors");
    assert!(page.text.contains(&format!("action=\"{path}\"")), "{}", page.text);
    let password = ANN.password.replace(' ', "+");
    let remove = async |password: &str, code: &str| {
        let answer = send(&ann, &path, format!("password={password}&code={code}")).await;
        answer.sets_no_cookie();
        location(&answer).to_owned()
    };
    assert_eq!(remove(&password, "000000").await, "/dashboard?notice=wrong_code");

    let start = ann.post("/api/auth/factors/totp").await;
    let app = App::with_secret(&start.ok().field("secret"), &Some(clock.clone()));
    let confirm = ann.post("/api/auth/factors/totp/confirm");
    confirm.json(&json!({ "code": app.next_code() })).await.ok();
    assert_eq!(
        remove("x", &app.next_code()).await,
        "/dashboard?notice=invalid_credentials"
    );
    assert_eq!(remove(&password, "000000").await, "/dashboard?notice=wrong_code");
    assert_eq!(
        remove(&password, &app.next_code()).await,
        "/dashboard?notice=user_factor_removed"
    );
    server.browser().sign_in(VIC).await;
    assert_eq!(
        remove(&password, &app.next_code()).await,
        "/dashboard?notice=not_possible"
    );
}
