//! One browser, two tabs, two users: a call of the first is never sent as the second.

use serde_json::{Value, json};

use crate::support::{Browser, Site, block_on};

/// A client of its own in the page; it waits before each call of `/api/users/me` until the page
/// says `go()`.
const HELD: &str = "
    const { AuthClient } = await import('/assets/auth.js');
    const real = window.fetch;
    const may = new Promise((resolve) => { window.go = resolve; });
    window.fetch = async (path, init) => {
      if (String(path).endsWith('/users/me')) await may;
      return real(path, init);
    };
    window.told = 0;
    window.auth = new AuthClient();
    auth.addEventListener('changed', () => { told += 1; });
    window.me = () => auth.json('/api/users/me').then((me) => me.email, (problem) => problem.code);
    await auth.resume();
";

/// A browser whose first tab acts for the viewer, and in whose second tab the editor has signed in.
/// The first tab has sent one call before that, `window.call`, which arrives when the page says
/// `go()`.
async fn two_users(site: &Site, before: &str) -> Browser {
    let browser = Browser::open().await;
    browser.sign_in(site, "viewer@example.com").await;
    // A page without a client of its own.
    browser.go(&site.url("/dashboard")).await;
    browser.run(&format!("{before} {HELD} window.call = me();")).await;
    let (first, _second) = browser.another_tab().await;
    browser.visit(site).await;
    browser.until_signed_in().await;
    browser.click("#sign-out").await;
    browser.until_signed_out().await;
    browser
        .fill_in("editor@example.com", &site.password("editor@example.com"))
        .await;
    browser.click("#sign-in button").await;
    browser.until_signed_in().await;
    browser.look_at(&first).await;
    browser
}

// security: Cookies and CSRF: It sends no call of one user as another who signed in in a second tab
#[test]
fn a_call_of_the_first_tab_is_not_repeated_as_the_user_who_signed_in_in_the_second() {
    block_on(async {
        let site = Site::shared();
        let browser = two_users(&site, "").await;
        browser.until("told > 0").await;
        let change = "auth.changePassword('a', 'b').then(() => 'done', (problem) => problem.code)";
        let went = browser
            .run(&format!(
                "go(); const held = await call; const next = await me(); return [held, next, await {change}];"
            ))
            .await;
        assert_eq!(went, json!(["session_revoked", "user_changed", "user_changed"]));
        // The page goes on as the other user once it says so, and with every call that it begins
        // then.
        let went = browser.run("return [await auth.resume(), await me()];").await;
        assert_eq!(went, json!([true, "editor@example.com"]));
    });
}

// security: Cookies and CSRF: It sends no call of one user as another who signed in in a second tab
#[test]
fn a_tab_that_is_told_nothing_finds_out_before_it_acts_as_another_user() {
    block_on(async {
        let site = Site::shared();
        let browser = two_users(&site, "delete window.BroadcastChannel;").await;
        let went = browser
            .run("go(); const held = await call; const next = await me(); return [held, next, told > 0];")
            .await;
        assert_eq!(went, json!(["session_revoked", "user_changed", true]));
        let went: Value = browser.run("return [await auth.resume(), await me()];").await;
        assert_eq!(went, json!([true, "editor@example.com"]));
    });
}

#[test]
fn the_same_user_in_a_second_tab_is_no_change() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.sign_in(&site, "viewer@example.com").await;
        browser.go(&site.url("/dashboard")).await;
        browser.run(&format!("{HELD} window.call = me();")).await;
        let (first, _second) = browser.another_tab().await;
        browser.visit(&site).await;
        browser.until_signed_in().await;
        browser.click("#sign-out").await;
        browser.until_signed_out().await;
        browser
            .fill_in("viewer@example.com", &site.password("viewer@example.com"))
            .await;
        browser.click("#sign-in button").await;
        browser.until_signed_in().await;
        browser.look_at(&first).await;
        let went = browser.run("go(); return [await call, await me()];").await;
        assert_eq!(went, json!(["viewer@example.com", "viewer@example.com"]));
    });
}
