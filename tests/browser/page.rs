//! The front page: who am I, what may I, who else is there.

use serde_json::json;

use crate::support::{Browser, Site, block_on};

#[test]
fn a_user_signs_in_is_told_a_wrong_password_and_signs_out() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.visit(&site).await;
        browser.fill_in("viewer@example.com", "not the password").await;
        browser.click("#sign-in button").await;
        browser.until_said("The e-mail or the password is wrong.").await;

        browser.sign_in(&site, "viewer@example.com").await;
        assert_eq!(browser.text("#email").await, "viewer@example.com");
        assert_eq!(browser.text("#roles").await, "viewer");
        let session = browser.text("#session").await;

        // Another visit goes on with the cookie; nothing else remembers anything.
        browser.visit(&site).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#session").await, session);
        assert_eq!(browser.value("localStorage.length + sessionStorage.length").await, 0);
        assert_eq!(browser.value("document.cookie").await, "");

        browser.click("#sign-out").await;
        browser.until_said("You are signed out.").await;
        assert_eq!(browser.value("document.activeElement.id").await, "sign-in-email");
        browser.visit(&site).await;
        browser.until_signed_out().await;
    });
}

#[test]
fn each_role_sees_what_it_opens_tried_live() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        for (email, editor, admin, reports) in [
            ("viewer@example.com", 403, 403, [403, 403, 200]),
            ("editor@example.com", 200, 403, [403, 200, 403]),
            ("admin@example.com", 200, 200, [200, 200, 200]),
        ] {
            browser.sign_in(&site, email).await;
            let doors = json!({
                "/api/public": 200, "/api/users/me": 200, "/api/editor": editor, "/api/admin": admin,
                "/api/reports/1": reports[0], "/api/reports/2": reports[1], "/api/reports/3": reports[2],
            });
            assert_eq!(browser.doors().await, doors, "{email}");
            let administers = browser.value("!document.querySelector('#administration').hidden").await;
            assert_eq!(administers, admin == 200, "{email}");
            browser.click("#sign-out").await;
            browser.until_signed_out().await;
        }
    });
}

#[test]
fn an_admin_changes_a_users_roles_and_the_users_open_page_goes_on_with_them() {
    block_on(async {
        let site = Site::open();
        let (admin, viewer) = (Browser::open().await, Browser::open().await);
        viewer.sign_in(&site, "viewer@example.com").await;
        assert_eq!(viewer.doors().await["/api/editor"], 403);
        admin.sign_in(&site, "admin@example.com").await;

        admin
            .click("[data-user='viewer@example.com'] input[value='editor']")
            .await;
        admin
            .click("[data-user='viewer@example.com'] td:nth-child(3) button")
            .await;
        admin.until_said("viewer@example.com now is editor, viewer.").await;
        viewer.click("#try").await;
        viewer
            .until("document.querySelector('[data-path=\"/api/editor\"]').dataset.status === '200'")
            .await;
        assert_eq!(viewer.value("document.body.dataset.state").await, "signed-in");

        admin.click("[data-user='viewer@example.com'] .danger").await;
        admin.until("document.querySelector('#confirm').open").await;
        assert_eq!(admin.text("#confirm-verb").await, "Disable");
        admin.click("#confirm [value='cancelled']").await;
        admin.until("!document.querySelector('#confirm').open").await;
        admin.click("[data-user='viewer@example.com'] .danger").await;
        admin.click("#confirm-verb").await;
        admin.until_said("viewer@example.com is disabled.").await;
        viewer.click("#try").await;
        viewer.until_signed_out().await;
    });
}

#[test]
fn nothing_of_the_user_stays_in_the_page_after_signing_out() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.visit(&site).await;
        browser.until_signed_out().await;
        let before = browser.value("document.body.textContent").await;
        browser.sign_in(&site, "admin@example.com").await;
        for field in ["#password-current", "#add-email", "#add-password"] {
            browser.write(field, "typed and not sent").await;
        }
        browser.click("#add input[value='admin']").await;
        browser.click("#sign-out").await;
        browser.until_said("You are signed out.").await;
        let after = browser.value("document.body.textContent").await;
        let words = |text: &serde_json::Value| -> Vec<String> {
            let text = text.as_str().unwrap_or_default().replace("You are signed out.", "");
            text.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(words(&after), words(&before));
        let typed = "[...document.querySelectorAll('input')].map((input) => \
                     input.type === 'checkbox' ? input.checked || '' : input.value).join('')";
        assert_eq!(browser.value(typed).await, "");
    });
}

#[test]
fn a_page_on_a_phone_scrolls_in_one_direction() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.be_a_phone().await;
        browser.sign_in(&site, "admin@example.com").await;
        for page in ["/", "/dashboard", "/docs"] {
            browser.go(&site.url(page)).await;
            browser.until("document.readyState === 'complete'").await;
            if page == "/" {
                browser.until_signed_in().await;
            }
            let width = browser.value("document.documentElement.scrollWidth").await;
            assert_eq!(width, 375, "{page}");
        }
    });
}

#[test]
fn the_access_map_of_the_page_is_that_of_the_server() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.sign_in(&site, "admin@example.com").await;
        let rows = browser
            .value("[...document.querySelectorAll('#map tr')].map((row) => row.textContent)")
            .await;
        let rows: Vec<String> = serde_json::from_value(rows).expect("texts");
        assert!(
            rows.iter().any(|row| row == "GET/api/admin/usersusersadmin"),
            "{rows:?}"
        );
        let log = site.log();
        let printed = log
            .split("Access map:")
            .nth(1)
            .and_then(|rest| rest.split("Rocket has launched").next());
        let printed = printed.expect("the map is printed at launch").lines();
        assert_eq!(
            rows.len(),
            printed.filter(|line| line.trim().starts_with(">> ")).count()
        );
    });
}

// security: Errors, logs, headers: The page has a strict CSP without inline script
#[test]
fn a_user_called_like_a_script_is_a_text_on_every_page() {
    const EMAIL: &str = r#"<img src=x onerror="window.hacked=1">&amp;'@example.com"#;
    block_on(async {
        let mut site = Site::open();
        site.add_user("script@example.com", "admin");
        site.rename("script@example.com", EMAIL);
        let browser = Browser::open().await;
        browser.sign_in(&site, EMAIL).await;
        assert_eq!(browser.text("#email").await, EMAIL);
        let named = "[...document.querySelectorAll('#users tbody th, #users th')].map((cell) => cell.textContent)";
        let named: Vec<String> = serde_json::from_value(browser.value(named).await).expect("texts");
        assert!(named.iter().any(|name| name == EMAIL), "{named:?}");
        assert_eq!(browser.value("document.images.length").await, 0);

        browser.go(&site.url("/dashboard")).await;
        assert_eq!(browser.text("main strong").await, EMAIL);
        assert_eq!(browser.value("document.images.length").await, 0);
        assert_eq!(browser.value("window.hacked === undefined").await, true);
    });
}
