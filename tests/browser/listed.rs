//! A page on another port: what it may do when its origin is on `allowed_origins`, and what when it
//! is not. Both ports are one site, so the browser sends the cookies with every request of both
//! pages, and `Sec-Fetch-Site: same-site`.

use serde_json::json;

use crate::support::{Browser, Pages, Site, block_on};

const PAGE: &str = "<!doctype html><title>another port</title><form method=post>
    <input name=email><input name=password type=password><button>Sign in</button></form>";

/// Two pages on other ports, and a site that lists the first one.
fn listed_and_not() -> (Site, Pages, Pages) {
    let (listed, stranger) = (Pages::showing(PAGE), Pages::showing(PAGE));
    let site = Site::with(&format!("allowed_origins=[{}]", json!(listed.origin())));
    (site, listed, stranger)
}

/// Opens a page, and signs in by its form, which goes to the site.
async fn sign_in_from(browser: &Browser, page: &Pages, site: &Site) {
    browser.go(&page.url("/")).await;
    let action = json!(site.url("/api/auth/form/sign-in"));
    browser
        .value(&format!("(document.forms[0].action = {action}, null)"))
        .await;
    browser.write("[name=email]", "viewer@example.com").await;
    browser
        .write("[name=password]", &site.password("viewer@example.com"))
        .await;
    browser.click("button").await;
}

/// Sends a POST without a body from the page that is open, as a page may that cannot read the
/// answer.
async fn post(browser: &Browser, site: &Site, path: &str) {
    let sent = format!(
        "return (await fetch({}, {{ method: 'POST', mode: 'no-cors', credentials: 'include' }})).type;",
        json!(site.url(path))
    );
    assert_eq!(browser.run(&sent).await, "opaque", "{path}");
}

// security: Cookies and CSRF: A page on a listed origin signs in, refreshes and signs out; a page on another one gets nothing
#[test]
fn a_page_on_a_listed_port_signs_in_refreshes_and_signs_out() {
    block_on(async {
        let (site, listed, _) = listed_and_not();
        let browser = Browser::open().await;
        sign_in_from(&browser, &listed, &site).await;
        browser.until_at(&site.url("/dashboard")).await;
        browser.until_text("main", "Signed in as viewer@example.com").await;
        let first = browser.cookie("refresh_token").await.expect("signed in");

        browser.go(&listed.url("/")).await;
        post(&browser, &site, "/api/auth/refresh").await;
        let second = browser.cookie("refresh_token").await.expect("refreshed");
        assert_ne!(first, second);
        // The request goes through, and without CORS headers the page cannot read the answer.
        let read = format!(
            "return fetch({}, {{ method: 'POST', credentials: 'include' }}).then(() => 'read', () => 'not readable');",
            json!(site.url("/api/auth/refresh"))
        );
        assert_eq!(browser.run(&read).await, "not readable");
        assert_ne!(browser.cookie("refresh_token").await.expect("refreshed"), second);
        browser.go(&site.url("/dashboard")).await;
        browser.until_text("main", "Signed in as viewer@example.com").await;

        browser.go(&listed.url("/")).await;
        post(&browser, &site, "/api/auth/logout").await;
        assert_eq!(browser.cookie("refresh_token").await, None);
        assert_eq!(browser.cookie("access_token").await, None);
        browser.visit(&site).await;
        browser.until_signed_out().await;
        assert!(!site.log().contains("csrf_rejected"), "{}", site.log());
    });
}

// security: Cookies and CSRF: A page on a listed origin signs in, refreshes and signs out; a page on another one gets nothing
#[test]
fn a_page_on_another_port_that_is_not_listed_gets_nothing() {
    block_on(async {
        let (site, _, stranger) = listed_and_not();
        let browser = Browser::open().await;
        sign_in_from(&browser, &stranger, &site).await;
        browser.until_at(&site.url("/api/auth/form/sign-in")).await;
        browser.until_text("body", "The request came from another site.").await;
        assert_eq!(browser.cookie("refresh_token").await, None);

        browser.sign_in(&site, "viewer@example.com").await;
        let (session, refresh) = (browser.text("#session").await, browser.cookie("refresh_token").await);
        assert!(refresh.is_some());
        browser.go(&stranger.url("/")).await;
        let rejected = || site.log().matches("event=\"csrf_rejected\"").count();
        let before = rejected();
        for path in [
            "/api/auth/refresh",
            "/api/auth/logout",
            "/api/auth/logout-all",
            "/api/auth/form/continue",
            "/api/auth/form/sign-out",
        ] {
            post(&browser, &site, path).await;
            assert_eq!(browser.cookie("refresh_token").await, refresh, "{path}");
        }
        assert_eq!(rejected(), before + 5, "{}", site.log());
        browser.visit(&site).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#session").await, session);
    });
}
