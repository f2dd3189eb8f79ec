//! Second factors with JavaScript off.

use serde_json::json;

use crate::support::{Authenticator, Browser, Site, block_on};

const VIEWER: &str = "viewer@example.com";

const WRONG_CODE: &str = "The code is wrong, too old, or was used before.";

async fn begin_to_sign_in(browser: &Browser, site: &Site) {
    browser.go(&site.url("/")).await;
    browser.fill_in(VIEWER, &site.password(VIEWER)).await;
    browser.click("#sign-in button").await;
}

/// Sends a code of the page that asks for one.
async fn send(browser: &Browser, field: &str, code: &str) {
    browser.write(field, code).await;
    browser.click(&format!("form:has({field}) button")).await;
}

/// Nothing that is secret is in the page's address, and the page fits on a phone.
async fn check(browser: &Browser, site: &Site, path: &str) {
    browser.until_at(&site.url(path)).await;
    assert_eq!(browser.value("document.documentElement.scrollWidth").await, 375);
}

async fn shown_codes(browser: &Browser) -> Vec<String> {
    browser.until_text("main", "Your recovery codes").await;
    let codes: Vec<String> = browser
        .text("#recovery-codes")
        .await
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len(), 10);
    codes
}

/// Proves the user on the page of the factor, by the form of this name.
async fn prove(browser: &Browser, site: &Site, form: &str, code: &str) {
    browser
        .write(&format!("#{form}-password"), &site.password(VIEWER))
        .await;
    send(browser, &format!("#{form}-code"), code).await;
}

// security: Second factors: A browser without JavaScript enrols an app, and signs in with a code
#[test]
fn without_javascript_a_user_adds_an_app_signs_in_with_codes_and_removes_it() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::without_script().await;
        browser.be_a_phone().await;
        begin_to_sign_in(&browser, &site).await;
        browser.until_at(&site.url("/dashboard")).await;
        browser.click("a[href='/second-factor']").await;
        browser.click("#add button").await;
        check(&browser, &site, "/second-factor/app").await;
        let mut app = Authenticator::scan(&browser.picture_of("#qr").await);
        let secret = browser.text("#secret").await.replace(' ', "");
        assert!(app.uri.contains(&format!("secret={secret}&")), "{}", app.uri);
        send(&browser, "#confirm-code", &app.wrong_code()).await;
        browser.until_text("#status", WRONG_CODE).await;
        check(&browser, &site, "/second-factor/confirm").await;
        assert_eq!(browser.value("document.querySelector('#qr')").await, json!(null));
        send(&browser, "#confirm-code", &app.code().await).await;
        let codes = shown_codes(&browser).await;
        check(&browser, &site, "/second-factor/confirm").await;
        browser.click("main a[href='/second-factor']").await;
        browser.until_text("main", "10 recovery codes").await;
        check(&browser, &site, "/second-factor").await;

        browser.go(&site.url("/dashboard")).await;
        browser.click("form[action$='/form/sign-out'] button").await;
        browser.until_text("#status", "You are signed out.").await;
        begin_to_sign_in(&browser, &site).await;
        check(&browser, &site, "/api/auth/form/sign-in").await;
        assert_eq!(browser.cookie("access_token").await, None);
        browser.until("document.activeElement.id === 'app-code'").await;
        send(&browser, "#app-code", &app.wrong_code()).await;
        browser.until_text("#status", WRONG_CODE).await;
        browser.until("document.activeElement.id === 'status'").await;
        send(&browser, "#app-code", &app.code().await).await;
        browser.until_at(&site.url("/dashboard")).await;
        browser.until_text("main", &format!("Signed in as {VIEWER}")).await;

        begin_to_sign_in(&browser, &site).await;
        send(&browser, "#recovery-code", &codes[0]).await;
        browser.until_at(&site.url("/dashboard")).await;
        begin_to_sign_in(&browser, &site).await;
        send(&browser, "#recovery-code", &codes[0]).await;
        browser.until_text("#status", WRONG_CODE).await;
        send(&browser, "#recovery-code", &codes[1]).await;
        browser.until_at(&site.url("/dashboard")).await;

        browser.go(&site.url("/second-factor")).await;
        prove(&browser, &site, "renew", &app.wrong_code()).await;
        browser.until_text("#status", WRONG_CODE).await;
        prove(&browser, &site, "renew", &codes[2]).await;
        let codes = shown_codes(&browser).await;
        browser.click("main a[href='/second-factor']").await;
        prove(&browser, &site, "remove", &codes[0]).await;
        browser.until_text("#status", "Your second factor is removed.").await;
        check(&browser, &site, "/second-factor?notice=factor_removed").await;
        begin_to_sign_in(&browser, &site).await;
        browser.until_at(&site.url("/dashboard")).await;
    });
}
