//! The setting `auth.sessions.refresh_pages`: a page asked for with a dead access cookie and a live
//! refresh cookie is answered, and the answer has new cookies.

use std::time::Duration;

use auth_core::{User, guarded_routes, public};
use rocket::futures::future::join_all;
use rocket::get;
use rocket_app::role::AppRole;

use crate::support::{ANN, Answer, Ask, Options, Server, Session, VIC, manual_clock};

#[public("greets every visitor")]
#[get("/welcome")]
fn welcome(user: Option<User<AppRole>>) -> &'static str {
    if user.is_some() { "hello again" } else { "hello" }
}

fn options() -> Options {
    Server::options()
        .with_access_cookie()
        .set("sessions.refresh_pages", true)
        .extended(|rocket| rocket.mount("/app", guarded_routes![welcome]))
}

fn navigation(ask: Ask) -> Ask {
    ask.header("Accept", "text/html,*/*;q=0.8")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Site", "same-origin")
}

/// Asks for a page as a browser does that has only the refresh cookie left.
async fn open(server: &Server, path: &str, refresh: &str) -> Answer {
    navigation(server.get(path))
        .cookie(format!("refresh_token={refresh}"))
        .await
}

/// A browser without an identity is led to the sign-in page, and keeps its cookies.
#[track_caller]
fn leads_to_sign_in(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.header("Location")),
        (303, Some("/")),
        "{answer:?}"
    );
    answer.sets_no_cookie();
}

#[tokio::test]
async fn a_page_with_an_expired_access_cookie_is_answered_with_new_cookies() {
    let clock = manual_clock();
    let server = options().clock(&clock).start().await;
    let ann = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(16 * 60));
    let cookies = format!("access_token={}; refresh_token={}", ann.access, ann.refresh);
    let page = navigation(server.get("/dashboard")).cookie(cookies).await;
    assert_eq!(page.ok().header("Cache-Control"), Some("no-store, private"), "{page:?}");
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| page.cookie(name));
    assert!(refresh.value != ann.refresh && access.has("HttpOnly"), "{page:?}");
    let next = navigation(server.get("/dashboard")).cookie(access.pair()).await;
    next.ok().sets_no_cookie();
    server.refresh(&refresh.value).await.ok();
}

#[tokio::test]
async fn twenty_pages_at_once_get_the_same_new_refresh_cookie() {
    let server = options().start().await;
    let ann = server.sign_in(ANN).await;
    let pages = join_all((0..20).map(|_| open(&server, "/dashboard", &ann.refresh))).await;
    let mut successors: Vec<String> = pages
        .iter()
        .map(|page| page.ok().cookie("refresh_token").value)
        .collect();
    successors.dedup();
    assert_eq!(successors.len(), 1, "{successors:?}");
    open(&server, "/dashboard", &successors[0]).await.ok();
}

#[tokio::test]
async fn a_public_page_knows_its_user_after_the_refresh() {
    let server = options().start().await;
    let ann = server.sign_in(ANN).await;
    let page = open(&server, "/app/welcome", &ann.refresh).await;
    assert_eq!(page.ok().text, "hello again");
    page.cookie("refresh_token");
    let anonymous = navigation(server.get("/app/welcome")).await;
    assert_eq!(anonymous.ok().text, "hello");
}

#[tokio::test]
async fn only_a_page_refreshes() {
    let server = options().start().await;
    let ann = server.sign_in(ANN).await;
    let cookie = format!("refresh_token={}", ann.refresh);
    let script = server
        .get("/api/users/me")
        .cookie(cookie.as_str())
        .header("Accept", "text/html")
        .header("Sec-Fetch-Mode", "cors")
        .header("Sec-Fetch-Site", "same-origin");
    leads_to_sign_in(&script.await);
    let json = server.get("/api/users/me").cookie(cookie.as_str());
    json.await.refused(401, "missing_token");
    let with_header = navigation(server.get("/dashboard"))
        .cookie(cookie.as_str())
        .bearer("junk");
    leads_to_sign_in(&with_header.await);
    let form = server
        .post("/api/auth/logout-all")
        .cookie(cookie.as_str())
        .header("Sec-Fetch-Mode", "navigate")
        .same_origin();
    form.await.refused(401, "missing_token");
    // The token is still unused.
    open(&server, "/dashboard", &ann.refresh).await.ok();
}

#[tokio::test]
async fn a_revoked_or_reused_refresh_cookie_leads_to_the_sign_in_page() {
    let clock = manual_clock();
    let server = options().clock(&clock).start().await;
    let [ann, vic] = [server.sign_in(ANN).await, server.sign_in(VIC).await];
    server.post("/api/auth/logout").bearer(&vic.access).await.no_content();
    leads_to_sign_in(&open(&server, "/dashboard", &vic.refresh).await);

    let mut newest = ann.refresh.clone();
    for _ in 0..2 {
        newest = Session::of(&server.refresh(&newest).await).refresh;
        clock.advance(Duration::from_secs(60));
    }
    leads_to_sign_in(&open(&server, "/dashboard", &ann.refresh).await);
    leads_to_sign_in(&open(&server, "/dashboard", &newest).await);
    server.refresh(&newest).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn without_the_setting_a_page_never_refreshes() {
    let server = Server::options().with_access_cookie().start().await;
    let ann = server.sign_in(ANN).await;
    leads_to_sign_in(&open(&server, "/dashboard", &ann.refresh).await);
    server.refresh(&ann.refresh).await.ok();
}

#[tokio::test]
async fn the_setting_needs_both_cookies_on_every_page_and_a_rotation_that_forgives() {
    let narrow = options().set("cookie.path", "/api").try_start().await;
    let why = narrow.err().expect("it does not start").why;
    assert!(
        why.contains("auth.sessions.refresh_pages") && why.contains("auth.cookie.path"),
        "{why}"
    );
    let strict = options().set("sessions.rotation", "strict").try_start().await;
    let why = strict.err().expect("it does not start").why;
    assert!(
        why.contains("auth.sessions.refresh_pages") && why.contains("auth.sessions.rotation"),
        "{why}"
    );
    let without = Server::options().set("sessions.refresh_pages", true).try_start().await;
    let why = without.err().expect("it does not start").why;
    assert!(
        why.contains("auth.sessions.refresh_pages") && why.contains("auth.cookie.access"),
        "{why}"
    );
}
