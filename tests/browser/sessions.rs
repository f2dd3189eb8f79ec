//! Sessions over time: tabs that race, tokens that expire, sessions that end elsewhere.

use crate::support::{Browser, Site, block_on};

#[test]
fn two_tabs_that_refresh_at_once_both_go_on() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.sign_in(&site, "editor@example.com").await;
        let session = browser.text("#session").await;
        let (first, second) = browser.another_tab().await;
        browser.visit(&site).await;
        browser.until_signed_in().await;

        // Each tab has a client of its own that refreshes at the same moments.
        const ROUNDS: u64 = 8;
        let start = browser.value("Date.now() + 1000").await;
        let race = format!(
            "(window.raced = null, import('/assets/auth.js').then(async ({{ AuthClient }}) => {{
               const client = new AuthClient(); const went = [];
               for (let round = 0; round < {ROUNDS}; round += 1) {{
                 await new Promise((go) => setTimeout(go, {start} + round * 100 - Date.now()));
                 went.push(await client.resume());
               }}
               window.raced = went;
             }}), null)"
        );
        for tab in [&first, &second] {
            browser.look_at(tab).await;
            browser.value(&race).await;
        }
        for tab in [&first, &second] {
            browser.look_at(tab).await;
            let went: Vec<bool> = serde_json::from_value(browser.until("window.raced").await).expect("answers");
            assert_eq!(went, [true; ROUNDS as usize]);
            browser.click("#try").await;
            browser.until_said("Tried again.").await;
            assert_eq!(browser.doors().await["/api/editor"], 200);
            assert_eq!(browser.text("#session").await, session);
        }
        assert!(!site.log().contains("refresh_reuse"), "{}", site.log());
    });
}

#[test]
fn an_access_token_that_expires_in_mid_use_is_refreshed_once_for_all_calls() {
    block_on(async {
        let site = Site::with(r#"tokens={access_ttl="2s"}"#);
        let browser = Browser::open().await;
        browser.sign_in(&site, "admin@example.com").await;
        let (before, doors) = (browser.requests_to("/refresh").await, browser.doors().await);
        // Seven calls at each try; one of these finds that the token has expired.
        let mut tries = 0;
        while browser.requests_to("/refresh").await == before {
            assert!(tries < 1000, "the token never expired");
            browser.click("#try").await;
            browser.until("!document.querySelector('#try').disabled").await;
            assert_eq!(browser.doors().await, doors);
            tries += 1;
        }
        assert_eq!(browser.requests_to("/refresh").await, before + 1);
        assert_eq!(browser.value("document.body.dataset.state").await, "signed-in");
    });
}

#[test]
fn a_session_ended_from_another_browser_ends_here_with_the_next_click() {
    block_on(async {
        let site = Site::open();
        let (here, there) = (Browser::open().await, Browser::open().await);
        here.sign_in(&site, "viewer@example.com").await;
        let session = here.text("#session").await;
        there.sign_in(&site, "viewer@example.com").await;
        assert!(
            there
                .text(&format!("[data-session='{session}']"))
                .await
                .starts_with("Chrome on Linux 127.0.0.1")
        );

        there.click(&format!("[data-session='{session}'] button")).await;
        there.until_said("The session has ended.").await;
        let left = there.value("document.querySelectorAll('#sessions tr').length").await;
        assert_eq!(left, 1);
        here.click("#try").await;
        here.until_signed_out().await;
        here.until_said("The session has ended; sign in again.").await;
    });
}

#[test]
fn a_sign_out_everywhere_ends_the_other_browser_and_a_sign_out_the_other_tab() {
    block_on(async {
        let site = Site::open();
        let (here, there) = (Browser::open().await, Browser::open().await);
        here.sign_in(&site, "viewer@example.com").await;
        there.sign_in(&site, "viewer@example.com").await;
        let (first, _) = here.another_tab().await;
        here.visit(&site).await;
        here.until_signed_in().await;

        here.click("#sign-out-everywhere").await;
        here.until_said("You are signed out.").await;
        here.look_at(&first).await;
        here.until_signed_out().await;
        there.click("#try").await;
        there.until_signed_out().await;
    });
}

#[test]
fn a_changed_password_ends_the_other_browser_and_a_weak_one_changes_nothing() {
    block_on(async {
        let site = Site::open();
        let (here, there) = (Browser::open().await, Browser::open().await);
        here.sign_in(&site, "viewer@example.com").await;
        there.sign_in(&site, "viewer@example.com").await;
        let password = site.password("viewer@example.com");

        here.write("#password-current", &password).await;
        here.write("#password-new", "password").await;
        here.click("#password button").await;
        here.until_said("The new password is too common.").await;
        there.click("#try").await;
        there.until_said("Tried again.").await;

        here.write("#password-new", "six unlikely words in a row").await;
        here.click("#password button").await;
        here.until_said("The password is changed; your other sessions have ended.")
            .await;
        there.click("#try").await;
        there.until_signed_out().await;
        there.fill_in("viewer@example.com", "six unlikely words in a row").await;
        there.click("#sign-in button").await;
        there.until_signed_in().await;
    });
}
