//! The page with JavaScript off.

use crate::support::{Browser, Site, block_on};

async fn sign_in(browser: &Browser, site: &Site, email: &str) {
    browser.go(&site.url("/")).await;
    browser.fill_in(email, &site.password(email)).await;
    browser.click("#sign-in button").await;
    browser.until_at(&site.url("/dashboard")).await;
    browser.until_text("main", &format!("Signed in as {email}")).await;
}

#[test]
fn without_javascript_a_user_signs_in_manages_sessions_and_signs_out() {
    block_on(async {
        let site = Site::open();
        let (browser, other) = (Browser::without_script().await, Browser::without_script().await);
        browser.go(&site.url("/dashboard")).await;
        browser.until_at(&site.url("/")).await;
        browser.fill_in("viewer@example.com", "not the password").await;
        browser.click("#sign-in button").await;
        browser
            .until_text("#status", "The e-mail or the password is wrong.")
            .await;

        sign_in(&browser, &site, "viewer@example.com").await;
        sign_in(&other, &site, "viewer@example.com").await;
        browser.go(&site.url("/dashboard")).await;
        browser.click("form[action^='/dashboard/sessions/'] button").await;
        browser.until_text("#status", "The session has ended.").await;
        other.go(&site.url("/dashboard")).await;
        other.until_at(&site.url("/")).await;

        browser.write("#password-current", "not the password").await;
        browser.write("#password-new", "six unlikely words in a row").await;
        browser.click("form[action='/dashboard/password'] button").await;
        browser
            .until_text("#status", "The e-mail or the password is wrong.")
            .await;
        browser
            .write("#password-current", &site.password("viewer@example.com"))
            .await;
        browser.write("#password-new", "six unlikely words in a row").await;
        browser.click("form[action='/dashboard/password'] button").await;
        browser
            .until_text("#status", "The password is changed; your other sessions have ended.")
            .await;

        browser.click("form[action$='/form/sign-out'] button").await;
        browser.until_text("#status", "You are signed out.").await;
        browser.click("form[action$='/form/continue'] button").await;
        browser
            .until_text("#status", "The session has ended; sign in again.")
            .await;
    });
}

#[test]
fn without_javascript_an_expired_access_cookie_is_renewed_without_the_password() {
    block_on(async {
        let site = Site::open();
        let browser = Browser::without_script().await;
        sign_in(&browser, &site, "editor@example.com").await;
        browser.forget_cookie("access_token").await;
        browser.go(&site.url("/dashboard")).await;
        browser.until_at(&site.url("/")).await;
        browser.click("form[action$='/form/continue'] button").await;
        browser.until_at(&site.url("/dashboard")).await;

        // Signed out after that, too: the cookie for the session comes to the form that ends it.
        browser.forget_cookie("access_token").await;
        browser.click("form[action$='/form/sign-out'] button").await;
        browser.click("form[action$='/form/continue'] button").await;
        browser
            .until_text("#status", "The session has ended; sign in again.")
            .await;
    });
}

#[test]
fn without_javascript_an_admin_changes_roles_and_disables_users() {
    block_on(async {
        let site = Site::open();
        let (admin, viewer) = (Browser::without_script().await, Browser::without_script().await);
        sign_in(&viewer, &site, "viewer@example.com").await;
        assert!(!viewer.text("main").await.contains("Users"));
        sign_in(&admin, &site, "admin@example.com").await;

        let row = "tr:has(td form):nth-child(3)";
        assert!(admin.text(row).await.starts_with("viewer@example.com"));
        admin.click(&format!("{row} input[value='editor']")).await;
        admin.click(&format!("{row} fieldset button")).await;
        admin.until_text("#status", "The roles are changed.").await;
        viewer.go(&site.url("/dashboard")).await;
        viewer.until_at(&site.url("/")).await;
        viewer.click("form[action$='/form/continue'] button").await;
        viewer.until_text("main", "roles: editor, viewer").await;

        admin.click("tr:nth-child(1) input[value='admin']").await;
        admin.click("tr:nth-child(1) fieldset button").await;
        admin.until_text("#status", "This is not possible.").await;

        admin.click(&format!("{row} .danger")).await;
        admin.until_text("#status", "The user is disabled.").await;
        viewer.go(&site.url("/dashboard")).await;
        viewer.until_at(&site.url("/")).await;
    });
}
