//! The account pages: by keyboard, on a phone, and with JavaScript off.

use serde_json::json;
use thirtyfour::Key;

use crate::policy::phone;
use crate::support::{Browser, Site, block_on};

const ZOE: &str = "zoe@example.com";
const NEW_ADDRESS: &str = "zoe.quill@example.com";
const PASSWORD: &str = "zoe hums yellow ferries";
const NEW_PASSWORD: &str = "zoe paints yellow ferries";

const MAIL_SENT: &str = "A mail with a link is on its way, if this address can get one.";
const DEAD_LINK: &str = "The link is not valid any more; ask for a new one.";

/// Every page of the flows, and how it looks with a link and after a form.
const PAGES: &[&str] = &[
    "/sign-up",
    "/sign-up#ticket=abc",
    "/sign-up?notice=mail_sent",
    "/forgot-password",
    "/reset-password",
    "/reset-password#ticket=abc",
    "/reset-password?notice=invalid_link",
    "/change-email",
    "/change-email?notice=ask_password",
    "/confirm-email",
    "/confirm-email#ticket=abc",
    "/sign-in-link",
    "/sign-in-link#ticket=abc",
    "/delete-account",
];

/// Nothing is wrong with the page that is open: its policy, its width, and where the keyboard is.
async fn check(browser: &Browser) {
    assert_eq!(browser.value("window.violations").await, json!([]));
    let address = browser.value("location.href").await;
    assert_eq!(
        browser.value("document.documentElement.scrollWidth").await,
        375,
        "{address}"
    );
    assert_eq!(browser.value("location.hash").await, "", "{address}");
    let unnamed = "[...document.querySelectorAll('input')].filter((input) => !input.hidden && input.type !== 'hidden' && !input.labels.length).length";
    assert_eq!(browser.value(unnamed).await, 0, "each field has a label: {address}");
}

/// No script failed, and the browser refused nothing.
async fn check_console(browser: &Browser) {
    let said = browser.log().await;
    // A refusal is a failed request to the browser, and a form with a password lacks a name to its
    // liking.
    let is_wrong = |line: &&String| !line.contains("Failed to load resource") && !line.contains("[DOM]");
    let wrong: Vec<&String> = said.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Goes to a link of the page by keyboard.
async fn follow(browser: &Browser, site: &Site, path: &str) {
    browser.tab_to(&format!("a[href='{path}']")).await;
    browser.press(Key::Enter).await;
    browser.until_at(&site.url(path)).await;
    browser.until("document.readyState === 'complete'").await;
    check(browser).await;
}

/// Types into fields, over what stands there, and sends the form with Enter.
async fn send(browser: &Browser, fields: &[(&str, &str)]) {
    for (css, text) in fields {
        // Tab into a field selects what stands there.
        browser.press(Key::Tab).await;
        browser.tab_to(css).await;
        browser.type_text(text).await;
    }
    browser.press(Key::Enter).await;
}

/// The page says this, and the keyboard is there.
async fn is_told(browser: &Browser, text: &str) {
    browser.until_said(text).await;
    browser.until("document.activeElement.id === 'status'").await;
    check(browser).await;
}

/// Opens the link of a mail. That it was open before changes nothing.
async fn open(browser: &Browser, link: &str) {
    for _ in 0..2 {
        browser.go("about:blank").await;
        browser.go(link).await;
        browser
            .until("location.hash === '' && document.querySelector('[name=link]').value")
            .await;
        check(browser).await;
    }
}

async fn sign_in_by_keyboard(browser: &Browser, email: &str, password: &str) {
    send(browser, &[("#sign-in-email", email), ("#sign-in-password", password)]).await;
}

async fn sign_out_by_keyboard(browser: &Browser) {
    browser.tab_to("#sign-out").await;
    browser.press(Key::Enter).await;
    browser.until_said("You are signed out.").await;
}

#[test]
fn by_keyboard_and_on_a_phone_a_user_does_all_that_there_is_about_an_account() {
    block_on(async {
        let site = Site::with_flows();
        let browser = phone().await;
        browser.visit(&site).await;
        follow(&browser, &site, "/sign-up").await;
        send(&browser, &[("#sign-up-email", "zoe")]).await;
        browser
            .until("document.querySelector('#status').textContent !== ''")
            .await;
        send(&browser, &[("#sign-up-email", ZOE)]).await;
        is_told(&browser, MAIL_SENT).await;
        let link = site.link(ZOE, "sign-up").await;
        open(&browser, &link).await;
        send(&browser, &[("#complete-sign-up-password", "short")]).await;
        browser
            .until("document.querySelector('#status').textContent.includes('password')")
            .await;
        send(&browser, &[("#complete-sign-up-password", PASSWORD)]).await;
        browser.until_at(&site.url("/?notice=signed_up")).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#email").await, ZOE);
        assert_eq!(browser.text("#roles").await, "viewer");

        open(&browser, &link).await;
        send(&browser, &[("#complete-sign-up-password", PASSWORD)]).await;
        is_told(&browser, DEAD_LINK).await;

        browser.visit(&site).await;
        browser.until_signed_in().await;
        sign_out_by_keyboard(&browser).await;
        follow(&browser, &site, "/forgot-password").await;
        send(&browser, &[("#forgot-password-email", ZOE)]).await;
        is_told(&browser, MAIL_SENT).await;
        let link = site.link(ZOE, "reset-password").await;
        open(&browser, &link).await;
        send(&browser, &[("#reset-password-password", NEW_PASSWORD)]).await;
        browser.until_at(&site.url("/?notice=password_reset")).await;
        browser.until_signed_out().await;
        browser.until_said("The new password is set. Sign in with it.").await;
        sign_in_by_keyboard(&browser, ZOE, PASSWORD).await;
        browser.until_said("The e-mail or the password is wrong.").await;
        sign_in_by_keyboard(&browser, ZOE, NEW_PASSWORD).await;
        browser.until_signed_in().await;

        follow(&browser, &site, "/change-email").await;
        send(&browser, &[("#change-email-email", NEW_ADDRESS)]).await;
        is_told(&browser, MAIL_SENT).await;
        let link = site.link(NEW_ADDRESS, "confirm-email").await;
        open(&browser, &link).await;
        browser.tab_to("[data-verb='confirm-email'] button").await;
        browser.press(Key::Enter).await;
        browser.until_at(&site.url("/?notice=email_changed")).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#email").await, NEW_ADDRESS);

        sign_out_by_keyboard(&browser).await;
        follow(&browser, &site, "/sign-in-link").await;
        send(&browser, &[("#request-sign-in-link-email", NEW_ADDRESS)]).await;
        is_told(&browser, MAIL_SENT).await;
        let link = site.link(NEW_ADDRESS, "sign-in-link").await;
        open(&browser, &link).await;
        browser.tab_to("[data-verb='sign-in-by-link'] button").await;
        browser.press(Key::Enter).await;
        browser.until_at(&site.url("/?notice=signed_in")).await;
        browser.until_signed_in().await;

        follow(&browser, &site, "/delete-account").await;
        send(&browser, &[("#delete-account-password", PASSWORD)]).await;
        is_told(&browser, "The e-mail or the password is wrong.").await;
        send(&browser, &[("#delete-account-password", NEW_PASSWORD)]).await;
        browser.until_at(&site.url("/?notice=account_deleted")).await;
        browser.until_said("Your account is deleted.").await;
        browser.until_signed_out().await;
        sign_in_by_keyboard(&browser, NEW_ADDRESS, NEW_PASSWORD).await;
        browser.until_said("The e-mail or the password is wrong.").await;
        check_console(&browser).await;
    });
}

#[test]
fn an_account_page_on_a_phone_scrolls_in_one_direction_and_keeps_no_ticket_in_its_address() {
    block_on(async {
        let site = Site::with_flows();
        let browser = phone().await;
        browser.sign_in(&site, "viewer@example.com").await;
        for path in PAGES {
            browser.go("about:blank").await;
            browser.go(&site.url(path)).await;
            browser.until("document.readyState === 'complete'").await;
            check(&browser).await;
            let has_link = browser
                .value("document.querySelector('[name=link]')?.value ?? ''")
                .await;
            assert_eq!(has_link == "abc", path.contains('#'), "{path}");
        }
        check_console(&browser).await;
    });
}

#[test]
fn a_page_that_is_open_takes_the_ticket_of_a_link_that_comes_later() {
    block_on(async {
        let site = Site::with_flows();
        let browser = Browser::open().await;
        browser.go(&site.url("/reset-password")).await;
        browser.go(&site.url("/reset-password#ticket=abc")).await;
        browser
            .until("location.hash === '' && document.querySelector('[name=link]').value === 'abc'")
            .await;
    });
}

/// Ten minutes are long for a test: the first answer to a change of the e-mail says that they are
/// over. `window.sent` has the paths and tokens of all requests.
pub async fn refuse_one_change_of_email(browser: &Browser) {
    let stale = "{\"error\":\"reauthentication_required\",\"message\":\"\"}";
    let script = format!(
        "(window.sent = [], window.real = window.fetch, window.fetch = (path, init) => {{
           const token = new Headers(init?.headers).get('Authorization');
           window.sent.push([new URL(path, location).pathname, token]);
           const isFirst = window.sent.filter(([path]) => path.endsWith('/email')).length === 1;
           return String(path).endsWith('/email') && isFirst
             ? Promise.resolve(new Response({}, {{ status: 401 }})) : window.real(path, init);
         }}, null)",
        json!(stale)
    );
    browser.value(&script).await;
}

#[test]
fn a_user_who_signed_in_long_ago_types_the_password_to_change_the_email() {
    block_on(async {
        let site = Site::with_flows();
        let browser = phone().await;
        browser.sign_in(&site, "viewer@example.com").await;
        follow(&browser, &site, "/change-email").await;
        refuse_one_change_of_email(&browser).await;
        send(&browser, &[("#change-email-email", NEW_ADDRESS)]).await;
        browser.until("document.activeElement.id === 'step-up-password'").await;
        check(&browser).await;
        browser.type_text(&site.password("viewer@example.com")).await;
        browser.press(Key::Enter).await;
        is_told(&browser, MAIL_SENT).await;
        let sent: Vec<(String, Option<String>)> =
            serde_json::from_value(browser.value("window.sent").await).expect("requests");
        let to = |end: &str| -> Vec<&Option<String>> {
            let ends = |(path, _): &&(String, Option<String>)| path.ends_with(end);
            sent.iter().filter(ends).map(|(_, token)| token).collect()
        };
        let (asked, proven) = (to("/email"), to("/reauthenticate"));
        assert_eq!((asked.len(), proven.len()), (2, 1), "{sent:?}");
        assert_ne!(asked[1], proven[0], "the second one carries the newer token");
        site.link(NEW_ADDRESS, "confirm-email").await;
    });
}

#[test]
fn without_a_user_the_pages_for_users_say_so() {
    block_on(async {
        let site = Site::with_flows();
        let browser = Browser::open().await;
        for path in ["/change-email", "/delete-account"] {
            browser.go(&site.url(path)).await;
            browser.until_said("Sign in on the front page first.").await;
            assert_eq!(browser.value("document.querySelector('section').hidden").await, true);
        }
    });
}

#[test]
fn other_tabs_learn_of_a_sign_up_and_of_a_deletion() {
    block_on(async {
        let site = Site::with_flows();
        let browser = Browser::open().await;
        browser.visit(&site).await;
        browser.until_signed_out().await;
        let (front, other) = browser.another_tab().await;
        browser.go(&site.url("/sign-up")).await;
        browser.write("#sign-up-email", ZOE).await;
        browser.click("[data-verb='sign-up'] button").await;
        browser.until_said(MAIL_SENT).await;
        browser.go("about:blank").await;
        browser.go(&site.link(ZOE, "sign-up").await).await;
        browser.write("#complete-sign-up-password", PASSWORD).await;
        browser.click("[data-verb='complete-sign-up'] button").await;
        browser.until_at(&site.url("/?notice=signed_up")).await;
        browser.look_at(&front).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#email").await, ZOE);

        browser.look_at(&other).await;
        browser.go(&site.url("/delete-account")).await;
        browser.write("#delete-account-password", PASSWORD).await;
        browser.click("[data-verb='delete-account'] button").await;
        browser.until_at(&site.url("/?notice=account_deleted")).await;
        browser.look_at(&front).await;
        browser.until_signed_out().await;
    });
}

/// What `auth.js` sends for each verb of the account flows.
#[test]
fn each_verb_of_the_client_sends_its_request_and_refuses_a_proxys_page() {
    const VERBS: &str = "[['register', 'e'], ['completeRegistration', 't', 'p'], ['forgot', 'e'], ['reset', 't', 'p'],
        ['changeEmail', 'e'], ['confirmEmail', 't'], ['requestLink', 'e'], ['signInByLink', 't'],
        ['reauthenticate', 'p'], ['deleteAccount', 'p']]";
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.visit(&site).await;
        let answer = browser
            .run(&format!(
                "const {{ AuthClient }} = await import('/assets/auth.js');
                 const page = () => new Response('<h1>Pay for the network</h1>', {{ headers: {{ 'Content-Type': 'text/html' }} }});
                 const sent = {{}};
                 for (const [verb, ...given] of {VERBS}) {{
                   const client = new AuthClient();
                   let request;
                   window.fetch = async (path, init) => {{
                     const {{ pathname }} = new URL(path, location);
                     if (pathname.endsWith('/refresh')) return new Response('{{\"accessToken\":\"t\"}}');
                     const token = new Headers(init.headers).get('Authorization');
                     request = [pathname.replace('/api/auth', ''), JSON.parse(init.body), token];
                     return verb === 'changeEmail' ? new Response('{{}}', {{ status: 202 }}) : page();
                   }};
                   const outcome = await client[verb](...given).then(() => 'went', (problem) => problem.name);
                   sent[verb] = [...request, outcome, client.isSignedIn];
                 }}
                 return sent;"
            ))
            .await;
        let user = "Bearer t";
        let expected = json!({
            "register": ["/register", { "email": "e" }, null, "Refused", false],
            "completeRegistration": ["/register/complete", { "ticket": "t", "password": "p" }, null, "Refused", false],
            "forgot": ["/password/forgot", { "email": "e" }, null, "Refused", false],
            "reset": ["/password/reset", { "ticket": "t", "newPassword": "p" }, null, "Refused", false],
            "changeEmail": ["/email", { "newEmail": "e" }, user, "went", true],
            "confirmEmail": ["/email/confirm", { "ticket": "t" }, null, "Refused", false],
            "requestLink": ["/login/link", { "email": "e" }, null, "Refused", false],
            "signInByLink": ["/login/link/complete", { "ticket": "t" }, null, "Refused", false],
            "reauthenticate": ["/reauthenticate", { "password": "p" }, user, "Refused", true],
            "deleteAccount": ["/account/delete", { "password": "p" }, user, "Refused", true],
        });
        assert_eq!(answer, expected);
    });
}

#[test]
fn without_javascript_a_user_does_all_that_there_is_about_an_account() {
    block_on(async {
        let site = Site::with_flows();
        let browser = Browser::without_script().await;
        browser.go(&site.url("/change-email")).await;
        browser.until_text("main", "You are not signed in here.").await;
        browser.click("main a[href='/']").await;
        browser.click("a[href='/sign-up']").await;
        browser.write("#sign-up-email", "zoe").await;
        browser.click("[action$='/form/sign-up'] button").await;
        browser.until_text("#status", "This is not an e-mail address.").await;
        ask(&browser, "sign-up", ZOE).await;
        let link = site.link(ZOE, "sign-up").await;
        for _ in 0..2 {
            browser.go("about:blank").await;
            browser.go(&link).await;
        }
        redeem(&browser, "complete-sign-up", &link, "short").await;
        browser
            .until_text("#status", "The new password is too short, too long or too common.")
            .await;
        redeem(&browser, "complete-sign-up", &link, PASSWORD).await;
        browser.until_at(&site.url("/dashboard?notice=signed_up")).await;
        browser
            .until_text("main", &format!("Signed in as {ZOE}, roles: viewer."))
            .await;
        browser.go(&site.url("/sign-up")).await;
        redeem(&browser, "complete-sign-up", &link, PASSWORD).await;
        browser.until_text("#status", DEAD_LINK).await;

        browser.go(&site.url("/dashboard")).await;
        browser.click("[action$='/form/sign-out'] button").await;
        browser.click("a[href='/forgot-password']").await;
        ask(&browser, "forgot-password", ZOE).await;
        let link = site.link(ZOE, "reset-password").await;
        browser.go(&link).await;
        // The ticket alone is enough.
        let (_, ticket) = link.split_once("#ticket=").expect("a ticket");
        redeem(&browser, "reset-password", ticket, NEW_PASSWORD).await;
        browser
            .until_text("#status", "The new password is set. Sign in with it.")
            .await;
        browser.fill_in(ZOE, PASSWORD).await;
        browser.click("#sign-in button").await;
        browser
            .until_text("#status", "The e-mail or the password is wrong.")
            .await;
        browser.fill_in(ZOE, NEW_PASSWORD).await;
        browser.click("#sign-in button").await;
        browser.until_at(&site.url("/dashboard")).await;

        browser.click("a[href='/change-email']").await;
        ask(&browser, "change-email", NEW_ADDRESS).await;
        let link = site.link(NEW_ADDRESS, "confirm-email").await;
        browser.go(&link).await;
        browser.write("#confirm-email-link", &link).await;
        browser.click("[action$='/form/confirm-email'] button").await;
        browser.until_text("#status", "Your e-mail is changed.").await;
        browser.go(&site.url("/dashboard")).await;
        browser.until_text("main", &format!("Signed in as {NEW_ADDRESS}")).await;

        browser.click("[action$='/form/sign-out'] button").await;
        browser.click("a[href='/sign-in-link']").await;
        ask(&browser, "request-sign-in-link", NEW_ADDRESS).await;
        let link = site.link(NEW_ADDRESS, "sign-in-link").await;
        browser.go(&link).await;
        browser.write("#sign-in-by-link-link", &link).await;
        browser.click("[action$='/form/sign-in-by-link'] button").await;
        browser.until_at(&site.url("/dashboard?notice=signed_in")).await;

        browser.click("a[href='/delete-account']").await;
        browser.write("#delete-account-password", PASSWORD).await;
        browser.click("[action$='/form/delete-account'] button").await;
        browser
            .until_text("#status", "The e-mail or the password is wrong.")
            .await;
        browser.write("#delete-account-password", NEW_PASSWORD).await;
        browser.click("[action$='/form/delete-account'] button").await;
        browser.until_text("#status", "Your account is deleted.").await;
        browser.fill_in(NEW_ADDRESS, NEW_PASSWORD).await;
        browser.click("#sign-in button").await;
        browser
            .until_text("#status", "The e-mail or the password is wrong.")
            .await;
    });
}

/// Asks for a mail by a form.
async fn ask(browser: &Browser, verb: &str, email: &str) {
    browser.write(&format!("#{verb}-email"), email).await;
    browser.click(&format!("[action$='/form/{verb}'] button")).await;
    browser.until_text("#status", MAIL_SENT).await;
}

/// Pastes a link, and chooses a password.
async fn redeem(browser: &Browser, verb: &str, link: &str, password: &str) {
    browser.write(&format!("#{verb}-link"), link).await;
    browser.write(&format!("#{verb}-password"), password).await;
    browser.click(&format!("[action$='/form/{verb}'] button")).await;
}
