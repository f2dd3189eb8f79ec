//! Second factors on the front page: enrolment by a QR code, a second step of the sign-in, and
//! step-up.

use serde_json::json;
use thirtyfour::Key;

use crate::policy::phone;
use crate::support::{Authenticator, Browser, Site, block_on};

pub const EDITOR: &str = "editor@example.com";
pub const VIEWER: &str = "viewer@example.com";
pub const ADMIN: &str = "admin@example.com";

const WRONG_CODE: &str = "The code is wrong, too old, or was used before.";

/// Nothing is wrong with the page that is open: its policy, its width, and the names of its fields.
async fn check(browser: &Browser) {
    assert_eq!(browser.value("window.violations").await, json!([]));
    assert_eq!(browser.value("document.documentElement.scrollWidth").await, 375);
    let unnamed = "[...document.querySelectorAll('input')].filter((input) => input.checkVisibility() && \
                   !input.labels?.[0]?.textContent.trim()).map((input) => input.id)";
    assert_eq!(browser.value(unnamed).await, json!([]), "each field has a label");
}

/// Opens the picture of a new secret, and reads it with the app.
async fn scan(browser: &Browser) -> Authenticator {
    browser.click("#factor-add").await;
    browser
        .until("document.querySelector('#factor-qr').naturalWidth > 0")
        .await;
    browser.until("document.activeElement.id === 'factor-code'").await;
    Authenticator::scan(&browser.picture_of("#factor-qr").await)
}

async fn confirm(browser: &Browser, code: &str) {
    browser.write("#factor-code", code).await;
    browser.click("#factor-confirm button").await;
}

/// The recovery codes that the page shows.
pub async fn shown_codes(browser: &Browser) -> Vec<String> {
    let codes = browser.until(
        "!document.querySelector('#factor-codes').hidden && [...document.querySelectorAll('#recovery-codes li')]\
         .map((code) => code.textContent)",
    );
    let codes: Vec<String> = serde_json::from_value(codes.await).expect("texts");
    assert_eq!(codes.len(), 10);
    codes
}

/// Takes the recovery codes, which the page then forgets.
async fn keep(browser: &Browser) {
    browser.click("#factor-kept").await;
    browser.until("!document.querySelector('#factor-present').hidden").await;
    assert_eq!(
        browser
            .value("document.querySelector('#recovery-codes').textContent")
            .await,
        ""
    );
    assert_eq!(
        browser
            .value("document.querySelector('#factor-secret').textContent")
            .await,
        ""
    );
    assert_eq!(
        browser
            .value("document.querySelector('#factor-qr').hasAttribute('src')")
            .await,
        false
    );
}

/// Adds an app to the signed-in user.
pub async fn enrol(browser: &Browser) -> (Authenticator, Vec<String>) {
    let mut app = scan(browser).await;
    confirm(browser, &app.code().await).await;
    let codes = shown_codes(browser).await;
    keep(browser).await;
    (app, codes)
}

pub async fn until_asked(browser: &Browser) {
    browser.until("document.querySelector('#step-up').open").await;
}

/// Types into the dialog, over what stands there, and sends it by the keyboard.
pub async fn answer(browser: &Browser, css: &str, text: &str) {
    browser.write(css, text).await;
    browser.press(Key::Enter).await;
}

async fn until_told(browser: &Browser, text: &str) {
    let shown = format!(
        "document.querySelector('#step-up-problem').textContent === {}",
        json!(text)
    );
    browser.until(&shown).await;
}

/// Types e-mail and password, after which the page asks for a code.
pub async fn begin_to_sign_in(browser: &Browser, site: &Site, email: &str) {
    browser.fill_in(email, &site.password(email)).await;
    browser.click("#sign-in button").await;
    until_asked(browser).await;
}

pub async fn sign_out(browser: &Browser) {
    browser.click("#sign-out").await;
    browser.until_signed_out().await;
}

// security: Second factors: A browser enrols an app by its QR code, and signs in with a code
#[test]
fn on_a_phone_a_user_adds_an_app_by_its_qr_code_and_signs_in_with_codes() {
    block_on(async {
        let site = Site::with_factors();
        let browser = phone().await;
        browser.sign_in(&site, EDITOR).await;
        let mut app = scan(&browser).await;
        check(&browser).await;
        let secret = browser.text("#factor-secret").await.replace(' ', "");
        let uri = format!(
            "otpauth://totp/auth-core:editor%40example.com?secret={secret}&issuer=auth-core&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(app.uri, uri);
        confirm(&browser, &app.wrong_code()).await;
        browser.until_said(WRONG_CODE).await;
        confirm(&browser, &app.code().await).await;
        let codes = shown_codes(&browser).await;
        browser
            .until("document.activeElement.id === 'factor-codes-title'")
            .await;
        check(&browser).await;
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        browser.tell("Browser.grantPermissions", permissions).await;
        browser.click("#factor-copy").await;
        browser.until_said("The recovery codes are copied.").await;
        assert_eq!(
            browser.run("return navigator.clipboard.readText();").await,
            codes.join("\n")
        );
        keep(&browser).await;
        assert_eq!(browser.text("#factor-left").await, "10");
        check(&browser).await;

        sign_out(&browser).await;
        begin_to_sign_in(&browser, &site, EDITOR).await;
        check(&browser).await;
        browser.until("document.activeElement.id === 'step-up-code'").await;
        let field = "['inputMode', 'autocomplete'].map((name) => document.querySelector('#step-up-code')[name])";
        assert_eq!(browser.value(field).await, json!(["numeric", "one-time-code"]));
        answer(&browser, "#step-up-code", &app.wrong_code()).await;
        until_told(&browser, WRONG_CODE).await;
        assert_eq!(browser.value("document.body.dataset.state").await, "signed-out");
        browser.click("#step-up-cancel").await;
        browser.until("!document.querySelector('#step-up').open").await;
        assert_eq!(browser.value("document.querySelector('#step-up-code').value").await, "");
        begin_to_sign_in(&browser, &site, EDITOR).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#email").await, EDITOR);
        browser.until("!document.querySelector('#step-up').open").await;
        check(&browser).await;

        sign_out(&browser).await;
        begin_to_sign_in(&browser, &site, EDITOR).await;
        browser.click("#step-up-other").await;
        browser.until("document.activeElement.id === 'step-up-code'").await;
        assert_eq!(browser.text("#step-up-code-label").await, "Recovery code");
        assert_eq!(browser.value(field).await, json!(["text", "off"]));
        answer(&browser, "#step-up-code", &codes[0]).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#factor-left").await, "9");

        sign_out(&browser).await;
        begin_to_sign_in(&browser, &site, EDITOR).await;
        browser.click("#step-up-other").await;
        answer(&browser, "#step-up-code", &codes[0]).await;
        until_told(&browser, WRONG_CODE).await;
        answer(&browser, "#step-up-code", &codes[1]).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#factor-left").await, "8");
        check(&browser).await;
    });
}

// security: Second factors: A page asks for the code that a route wants, and the request goes on
#[test]
fn an_action_that_wants_a_code_asks_for_it_and_goes_on_by_itself() {
    block_on(async {
        let site = Site::with_factors();
        let (admin, viewer) = (phone().await, Browser::open().await);
        viewer.sign_in(&site, VIEWER).await;
        enrol(&viewer).await;
        sign_out(&viewer).await;

        admin.sign_in(&site, ADMIN).await;
        admin.write("#add-email", "half@example.com").await;
        let row = format!("[data-user='{VIEWER}']");
        admin.click(&format!("{row} summary")).await;
        let unprotect = async || {
            admin.click(&format!("{row} details p:nth-of-type(2) button")).await;
            admin.click("#confirm-verb").await;
        };
        unprotect().await;
        admin
            .until_said("This needs a second factor: add an authenticator app first.")
            .await;

        let (mut app, _) = enrol(&admin).await;
        unprotect().await;
        until_asked(&admin).await;
        admin.until("document.activeElement.id === 'step-up-password'").await;
        check(&admin).await;
        admin.press(Key::Escape).await;
        admin.until_said("This needs a code of your second factor.").await;
        unprotect().await;
        until_asked(&admin).await;
        admin.write("#step-up-password", "not the password").await;
        answer(&admin, "#step-up-code", &app.wrong_code()).await;
        until_told(&admin, "The e-mail or the password is wrong.").await;
        admin.write("#step-up-password", &site.password(ADMIN)).await;
        answer(&admin, "#step-up-code", &app.wrong_code()).await;
        until_told(&admin, WRONG_CODE).await;
        answer(&admin, "#step-up-code", &app.code().await).await;
        admin
            .until_said(&format!("{VIEWER} signs in without a second factor now."))
            .await;
        assert_eq!(
            admin.value("document.querySelector('#add-email').value").await,
            "half@example.com"
        );
        assert_eq!(admin.value("document.querySelector('#step-up').open").await, false);
        check(&admin).await;

        // The proof holds for a while.
        admin.click(&format!("{row} summary")).await;
        unprotect().await;
        admin.until_said("There is nothing here.").await;
        viewer.fill_in(VIEWER, &site.password(VIEWER)).await;
        viewer.click("#sign-in button").await;
        viewer.until_signed_in().await;
    });
}

#[test]
fn a_user_makes_new_recovery_codes_and_removes_the_app_with_a_code() {
    block_on(async {
        let site = Site::with_factors();
        let browser = phone().await;
        browser.sign_in(&site, EDITOR).await;
        let (mut app, former) = enrol(&browser).await;
        browser.click("#factor-renew").await;
        until_asked(&browser).await;
        browser.write("#step-up-password", &site.password(EDITOR)).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        let codes = shown_codes(&browser).await;
        assert!(codes.iter().all(|code| !former.contains(code)));
        keep(&browser).await;

        sign_out(&browser).await;
        begin_to_sign_in(&browser, &site, EDITOR).await;
        browser.click("#step-up-other").await;
        answer(&browser, "#step-up-code", &former[0]).await;
        until_told(&browser, WRONG_CODE).await;
        answer(&browser, "#step-up-code", &codes[0]).await;
        browser.until_signed_in().await;
        // The user proved a factor just now.
        browser.click("#factor-remove").await;
        browser.click("#confirm-verb").await;
        browser.until_said("Your second factor is removed.").await;
        browser.until("!document.querySelector('#factor-none').hidden").await;
        check(&browser).await;
        sign_out(&browser).await;
        browser.fill_in(EDITOR, &site.password(EDITOR)).await;
        browser.click("#sign-in button").await;
        browser.until_signed_in().await;
    });
}

#[test]
fn a_link_of_a_mail_asks_for_the_code_as_well() {
    block_on(async {
        let site = Site::with_factors();
        let browser = phone().await;
        browser.sign_in(&site, VIEWER).await;
        let (mut app, _) = enrol(&browser).await;
        sign_out(&browser).await;
        browser.go(&site.url("/sign-in-link")).await;
        browser.write("#request-sign-in-link-email", VIEWER).await;
        browser.click("[data-verb='request-sign-in-link'] button").await;
        let link = site.link(VIEWER, "sign-in-link").await;
        browser.go("about:blank").await;
        browser.go(&link).await;
        browser.click("[data-verb='sign-in-by-link'] button").await;
        until_asked(&browser).await;
        check(&browser).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        browser.until_at(&site.url("/?notice=signed_in")).await;
        browser.until_signed_in().await;
    });
}

#[test]
fn a_user_who_cancels_the_code_of_a_link_is_told_that_the_link_is_used_up() {
    block_on(async {
        let site = Site::with_factors();
        let browser = phone().await;
        browser.sign_in(&site, VIEWER).await;
        enrol(&browser).await;
        sign_out(&browser).await;
        browser.go(&site.url("/sign-in-link")).await;
        browser.write("#request-sign-in-link-email", VIEWER).await;
        browser.click("[data-verb='request-sign-in-link'] button").await;
        let link = site.link(VIEWER, "sign-in-link").await;
        browser.go("about:blank").await;
        browser.go(&link).await;
        browser.click("[data-verb='sign-in-by-link'] button").await;
        until_asked(&browser).await;
        browser.click("#step-up-cancel").await;
        browser.until_said("This link is used up. Ask for a new one.").await;
        browser.until("document.activeElement.id === 'status'").await;
        let asks = "document.querySelector('#request-sign-in-link-email').checkVisibility()";
        assert_eq!(browser.value(asks).await, true);
        check(&browser).await;
    });
}

#[test]
fn the_keyboard_goes_to_what_is_wrong_in_the_dialog_and_back_to_the_button_that_opened_it() {
    block_on(async {
        let site = Site::with_factors();
        let browser = phone().await;
        browser.sign_in(&site, EDITOR).await;
        let (app, _) = enrol(&browser).await;
        browser.click("#factor-renew").await;
        until_asked(&browser).await;
        browser.write("#step-up-password", "not the password").await;
        browser.write("#step-up-code", &app.wrong_code()).await;
        browser.click("#step-up-go").await;
        until_told(&browser, "The e-mail or the password is wrong.").await;
        let selected = "[document.activeElement.id, document.activeElement.selectionEnd - \
                        document.activeElement.selectionStart]";
        assert_eq!(browser.value(selected).await, json!(["step-up-password", 16]));
        browser.click("#step-up-cancel").await;
        browser.until("document.activeElement.id === 'factor-renew'").await;

        sign_out(&browser).await;
        begin_to_sign_in(&browser, &site, EDITOR).await;
        browser.write("#step-up-code", &app.wrong_code()).await;
        browser.click("#step-up-go").await;
        until_told(&browser, WRONG_CODE).await;
        assert_eq!(browser.value(selected).await, json!(["step-up-code", 6]));
        browser.click("#step-up-cancel").await;
        browser
            .until("document.activeElement === document.querySelector('#sign-in button')")
            .await;
    });
}

#[test]
fn where_no_factors_are_offered_the_page_shows_none() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.sign_in(&site, EDITOR).await;
        assert_eq!(browser.value("document.querySelector('#factor')").await, json!(null));
        assert_eq!(browser.requests_to("/factors").await, 0);
    });
}
