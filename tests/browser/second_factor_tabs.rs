//! Second factors while another tab signs out or in, and what a step-up leaves behind.

use serde_json::{Value, json};
use thirtyfour::WindowHandle;

use crate::accounts::refuse_one_change_of_email;
use crate::second_factor::{ADMIN, EDITOR, VIEWER, answer, begin_to_sign_in, enrol, sign_out, until_asked};
use crate::support::{Browser, Site, block_on};

/// Holds the successful answers to requests of the page whose path ends so, until the test lets
/// them go.
async fn hold(browser: &Browser, path: &str) {
    hold_if(browser, path, "answer.ok").await;
}

/// The same of answers for which this expression is true.
async fn hold_if(browser: &Browser, path: &str, condition: &str) {
    let script = format!(
        "(window.real = window.fetch, window.held = 0, window.gate = new Promise((resolve) => {{ window.release = \
         resolve; }}), window.fetch = async (path, init) => {{
           const answer = await real(path, init);
           if ({condition} && String(path).endsWith({})) {{ held += 1; await gate; }}
           return answer;
         }}, null)",
        json!(path)
    );
    browser.value(&script).await;
}

async fn until_held(browser: &Browser) {
    browser.until("held === 1").await;
}

/// Lets the answers go, and waits until the work of this button is done.
async fn release(browser: &Browser, button: &str) {
    let is_busy = format!("document.querySelector({}).disabled", json!(button));
    assert_eq!(browser.value(&is_busy).await, true);
    browser.value("(release(), null)").await;
    browser.until(&format!("!{is_busy}")).await;
}

/// Signs out in a second tab, and looks at the first one again, whose page has noticed.
async fn sign_out_elsewhere(browser: &Browser, site: &Site) -> (WindowHandle, WindowHandle) {
    browser
        .value("document.querySelector('#status').textContent = 'not noticed'")
        .await;
    let (first, second) = browser.another_tab().await;
    browser.visit(site).await;
    browser.until_signed_in().await;
    sign_out(browser).await;
    browser.look_at(&first).await;
    browser.until_said("").await;
    browser.until_signed_out().await;
    (first, second)
}

/// The same, and then another user signs in there.
async fn change_user_elsewhere(browser: &Browser, site: &Site, email: &str) {
    let (first, second) = sign_out_elsewhere(browser, site).await;
    browser.look_at(&second).await;
    browser.fill_in(email, &site.password(email)).await;
    browser.click("#sign-in button").await;
    browser.until_signed_in().await;
    browser.look_at(&first).await;
    let shows = format!("document.querySelector('#email').textContent === {}", json!(email));
    browser.until(&shows).await;
    browser.until_signed_in().await;
}

// security: Second factors: A page shows recovery codes to no other user
#[test]
fn recovery_codes_that_come_late_are_not_shown_to_the_next_user_of_the_page() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.sign_in(&site, EDITOR).await;
        let (mut app, _) = enrol(&browser).await;
        hold(&browser, "/factors/recovery").await;
        browser.click("#factor-renew").await;
        until_asked(&browser).await;
        browser.write("#step-up-password", &site.password(EDITOR)).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        until_held(&browser).await;
        change_user_elsewhere(&browser, &site, VIEWER).await;
        release(&browser, "#factor-renew").await;
        let codes = browser.value("document.querySelector('#recovery-codes').textContent");
        assert_eq!(codes.await, "");
        assert_eq!(
            browser.value("document.querySelector('#factor-codes').hidden").await,
            true
        );
        browser.until_said("").await;
    });
}

#[test]
fn the_dialog_does_not_open_after_a_sign_out() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.sign_in(&site, EDITOR).await;
        enrol(&browser).await;
        hold(&browser, "/factors").await;
        browser.click("#factor-renew").await;
        until_held(&browser).await;
        sign_out_elsewhere(&browser, &site).await;
        release(&browser, "#factor-renew").await;
        assert_eq!(browser.value("document.querySelector('#step-up').open").await, false);
        browser.until_said("").await;
    });
}

#[test]
fn an_open_question_stays_when_another_call_wants_a_proof_of_the_next_user() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.sign_in(&site, EDITOR).await;
        enrol(&browser).await;
        hold(&browser, "/factors").await;
        browser.click("#factor-renew").await;
        until_held(&browser).await;
        sign_out_elsewhere(&browser, &site).await;
        // The user signs in again here, and is asked for a code.
        begin_to_sign_in(&browser, &site, EDITOR).await;
        release(&browser, "#factor-renew").await;
        until_asked(&browser).await;
        let asks = "[...document.querySelectorAll('#step-up .field')].map((field) => !field.hidden)";
        assert_eq!(browser.value(asks).await, json!([false, true]), "the code alone");
        browser.click("#step-up-cancel").await;
        browser
            .until("!document.querySelector('#sign-in button').disabled")
            .await;
    });
}

#[test]
fn the_next_user_is_not_told_that_a_factor_was_removed() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.sign_in(&site, EDITOR).await;
        let (mut app, _) = enrol(&browser).await;
        hold(&browser, "/factors/totp").await;
        browser.click("#factor-remove").await;
        browser.click("#confirm-verb").await;
        until_asked(&browser).await;
        browser.write("#step-up-password", &site.password(EDITOR)).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        until_held(&browser).await;
        change_user_elsewhere(&browser, &site, ADMIN).await;
        release(&browser, "#factor-remove").await;
        browser.until_said("").await;
    });
}

#[test]
fn while_a_page_finds_out_who_is_there_it_shows_no_former_user() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.visit(&site).await;
        browser.fill_in(EDITOR, &site.password(EDITOR)).await;
        browser.click("#sign-in button").await;
        browser.until_signed_in().await;
        let (first, second) = browser.another_tab().await;
        browser.look_at(&first).await;
        hold_if(&browser, "/refresh", "true").await;
        browser.look_at(&second).await;
        browser.visit(&site).await;
        browser.until_signed_in().await;
        sign_out(&browser).await;
        browser.look_at(&first).await;
        until_held(&browser).await;
        let is_hidden = "!document.querySelector('#member').checkVisibility()";
        assert_eq!(browser.value(is_hidden).await, true);
        browser.value("(release(), null)").await;
        browser.until_signed_out().await;
    });
}

#[test]
fn what_a_page_fetched_for_a_user_who_signed_out_meanwhile_is_not_shown() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.visit(&site).await;
        hold(&browser, "/sessions").await;
        browser.fill_in(EDITOR, &site.password(EDITOR)).await;
        browser.click("#sign-in button").await;
        until_held(&browser).await;
        sign_out_elsewhere(&browser, &site).await;
        release(&browser, "#sign-in button").await;
        assert_eq!(browser.value("document.body.dataset.state").await, "signed-out");
        let shown = "['#email', '#sessions', '#doors'].map((css) => document.querySelector(css).textContent)";
        assert_eq!(browser.value(shown).await, json!(["", "", ""]));
        browser.until_said("").await;
    });
}

/// How the access cookie says that its user signed in.
async fn methods(browser: &Browser) -> Value {
    let token = browser.cookie("access_token").await.expect("a cookie");
    let claims = token.split('.').nth(1).expect("claims");
    browser
        .value(&format!(
            "JSON.parse(atob('{claims}'.replaceAll('-', '+').replaceAll('_', '/'))).amr"
        ))
        .await
}

// security: Second factors: A change of the e-mail leaves the cookie as strong as it was
#[test]
fn a_change_of_the_email_asks_for_the_code_as_well_and_leaves_the_cookie_as_strong() {
    block_on(async {
        let site = Site::with_factors();
        let browser = Browser::open().await;
        browser.sign_in(&site, EDITOR).await;
        let (mut app, _) = enrol(&browser).await;
        sign_out(&browser).await;
        begin_to_sign_in(&browser, &site, EDITOR).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        browser.until_signed_in().await;
        assert_eq!(methods(&browser).await, json!(["pwd", "otp", "mfa"]));
        browser.go(&site.url("/change-email")).await;
        browser
            .until("document.querySelector('#change-email-email').checkVisibility()")
            .await;
        refuse_one_change_of_email(&browser).await;
        browser.write("#change-email-email", "editor.new@example.com").await;
        browser.click("[data-verb='change-email'] button").await;
        until_asked(&browser).await;
        browser.write("#step-up-password", &site.password(EDITOR)).await;
        answer(&browser, "#step-up-code", &app.code().await).await;
        browser
            .until_said("A mail with a link is on its way, if this address can get one.")
            .await;
        assert_eq!(methods(&browser).await, json!(["pwd", "otp", "mfa"]));
    });
}
