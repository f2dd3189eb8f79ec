//! What an admin does with other users: by the page, and with JavaScript off.

use crate::support::{Browser, Site, block_on};

const KIM: &str = "kim@example.com";
const NEW_ADDRESS: &str = "kim.lee@example.com";
const PASSWORD: &str = "kim counts green lanterns";

fn row(email: &str) -> String {
    format!("[data-user='{email}']")
}

/// Clicks what stands behind "More" in the row of a user.
async fn click_more(browser: &Browser, email: &str, css: &str) {
    let row = row(email);
    let is_open = browser
        .value(&format!("document.querySelector(\"{row} details\").open"))
        .await;
    if is_open != true {
        browser.click(&format!("{row} summary")).await;
    }
    browser.click(&format!("{row} details {css}")).await;
}

/// The link that the page shows.
async fn shown_link(browser: &Browser, site: &Site, page: &str) -> String {
    let link = browser.until("!document.querySelector('#link').hidden && document.querySelector('#link').textContent");
    site.open_link(link.await.as_str().expect("a link"), page)
}

#[test]
fn an_admin_adds_invites_enables_renames_and_deletes_users() {
    block_on(async {
        let site = Site::with_flows();
        let (admin, user) = (Browser::open().await, Browser::open().await);
        admin.sign_in(&site, "admin@example.com").await;
        admin.write("#add-email", KIM).await;
        admin.write("#add-password", "short").await;
        admin.click("#add input[value='editor']").await;
        admin.click("#add button").await;
        admin
            .until("document.querySelector('#status').textContent.includes('password')")
            .await;
        admin.write("#add-password", PASSWORD).await;
        admin.click("#add button").await;
        admin.until_said(&format!("{KIM} is added.")).await;
        user.visit(&site).await;
        user.fill_in(KIM, PASSWORD).await;
        user.click("#sign-in button").await;
        user.until_signed_in().await;
        assert_eq!(user.text("#roles").await, "editor");

        admin.click(&format!("{} .danger", row(KIM))).await;
        admin.click("#confirm-verb").await;
        admin.until_said(&format!("{KIM} is disabled.")).await;
        user.click("#try").await;
        user.until_signed_out().await;
        admin.click(&format!("{} td:nth-child(4) button", row(KIM))).await;
        admin.until_said(&format!("{KIM} is enabled.")).await;

        admin.click(&format!("{} summary", row(KIM))).await;
        admin.write(&format!("{} details input", row(KIM)), NEW_ADDRESS).await;
        click_more(&admin, KIM, "form button").await;
        admin.until_said(&format!("{KIM} signs in as {NEW_ADDRESS} now.")).await;

        click_more(&admin, NEW_ADDRESS, "p:nth-of-type(1) button").await;
        let link = shown_link(&admin, &site, "reset-password").await;
        assert_eq!(admin.value("document.activeElement.id").await, "link");
        user.go(&link).await;
        user.write("#reset-password-password", "kim counts blue lanterns").await;
        user.click("[data-verb='reset-password'] button").await;
        user.until_at(&site.url("/?notice=password_reset")).await;

        click_more(&admin, NEW_ADDRESS, ".danger").await;
        admin.until("document.querySelector('#confirm').open").await;
        admin.click("#confirm [value='cancelled']").await;
        admin.until("!document.querySelector('#confirm').open").await;
        click_more(&admin, NEW_ADDRESS, ".danger").await;
        admin.click("#confirm-verb").await;
        admin.until_said(&format!("{NEW_ADDRESS} is deleted.")).await;
        assert_eq!(admin.value("document.querySelector('#link').textContent").await, "");

        admin.write("#invite-email", KIM).await;
        admin.click("#invite input[value='admin']").await;
        admin.click("#invite button").await;
        let link = shown_link(&admin, &site, "sign-up").await;
        user.go(&link).await;
        user.write("#complete-sign-up-password", PASSWORD).await;
        user.click("[data-verb='complete-sign-up'] button").await;
        user.until_at(&site.url("/?notice=signed_up")).await;
        user.until_signed_in().await;
        assert_eq!(user.text("#roles").await, "admin");
        admin.write("#invite-email", KIM).await;
        admin.click("#invite button").await;
        admin.until_said("An account with this e-mail exists already.").await;

        admin.click(&format!("{} summary", row("viewer@example.com"))).await;
        admin
            .write(
                &format!("{} details input", row("viewer@example.com")),
                "guest@example.com",
            )
            .await;
        click_more(&admin, "viewer@example.com", "form button").await;
        admin
            .until_said("viewer@example.com signs in as guest@example.com now.")
            .await;
        let own = format!(
            "document.querySelectorAll(\"{} details\").length",
            row("admin@example.com")
        );
        assert_eq!(
            admin.value(&own).await,
            0,
            "as every user does, on the pages of the account"
        );

        admin.click("#sign-out").await;
        admin.until_signed_out().await;
        assert_eq!(admin.value("document.querySelector('#link').textContent").await, "");
    });
}

#[test]
fn without_javascript_an_admin_adds_invites_enables_renames_and_deletes_users() {
    block_on(async {
        let site = Site::with_flows();
        let (admin, user) = (Browser::without_script().await, Browser::without_script().await);
        admin.go(&site.url("/")).await;
        admin
            .fill_in("admin@example.com", &site.password("admin@example.com"))
            .await;
        admin.click("#sign-in button").await;
        admin.until_at(&site.url("/dashboard")).await;
        admin.write("#add-email", KIM).await;
        admin.write("#add-password", PASSWORD).await;
        admin
            .click("form[action='/dashboard/users'] input[value='editor']")
            .await;
        admin.click("form[action='/dashboard/users'] button").await;
        admin.until_text("#status", "The user is added.").await;

        // By e-mail the third one, between the editor and the viewer.
        let row = "tr:has(details):nth-child(3)";
        admin.until_text(&format!("{row} th"), KIM).await;
        admin.click(&format!("{row} [action$='/disable'] button")).await;
        admin.until_text("#status", "The user is disabled.").await;
        admin.click(&format!("{row} [action$='/enable'] button")).await;
        admin.until_text("#status", "The user is enabled.").await;

        admin.click(&format!("{row} summary")).await;
        admin.write(&format!("{row} [name='email']"), NEW_ADDRESS).await;
        admin.click(&format!("{row} [action$='/email'] button")).await;
        admin.until_text("#status", "The user's e-mail is changed.").await;
        admin.until_text(&format!("{row} th"), NEW_ADDRESS).await;

        admin.click(&format!("{row} summary")).await;
        admin.click(&format!("{row} [action$='/reset-link'] button")).await;
        admin
            .until_text("#status", "Copy the link now: this page shows it once.")
            .await;
        let link = site.open_link(&admin.text(".link").await, "reset-password");
        user.go(&link).await;
        user.write("#reset-password-link", &link).await;
        user.write("#reset-password-password", "kim counts blue lanterns").await;
        user.click("[action$='/form/reset-password'] button").await;
        user.until_text("#status", "The new password is set.").await;
        admin.go(&site.url("/dashboard")).await;
        assert!(!admin.text("body").await.contains("#ticket="));

        admin.click(&format!("{row} summary")).await;
        admin.click(&format!("{row} [name='confirmed']")).await;
        admin.click(&format!("{row} [action$='/delete'] button")).await;
        admin.until_text("#status", "The user is deleted.").await;

        admin.write("#invite-email", KIM).await;
        admin
            .click("form[action='/dashboard/invitations'] input[value='viewer']")
            .await;
        admin.click("form[action='/dashboard/invitations'] button").await;
        let link = site.open_link(&admin.text(".link").await, "sign-up");
        user.go(&link).await;
        user.write("#complete-sign-up-link", &link).await;
        user.write("#complete-sign-up-password", PASSWORD).await;
        user.click("[action$='/form/complete-sign-up'] button").await;
        user.until_text("main", &format!("Signed in as {KIM}, roles: viewer."))
            .await;
    });
}
