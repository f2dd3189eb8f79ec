//! Another origin on the same machine, whose pages try to use the user's cookies. The browser sends
//! them even the strictest: two ports are one site.

use serde_json::json;

use crate::support::{Browser, Pages, Site, block_on};

// security: Cookies and CSRF: CORS is off
#[test]
fn a_page_of_another_origin_changes_nothing_reads_nothing_and_signs_nobody_in() {
    block_on(async {
        let site = Site::open();
        let browser = Browser::open().await;
        browser.sign_in(&site, "admin@example.com").await;
        let session = browser.text("#session").await;
        let me = browser.text("#user").await;
        let targets = [
            "/api/auth/logout".to_owned(),
            "/api/auth/logout-all".to_owned(),
            "/api/auth/refresh".to_owned(),
            "/api/auth/login".to_owned(),
            "/api/auth/password".to_owned(),
            "/api/auth/form/sign-in".to_owned(),
            "/api/auth/form/continue".to_owned(),
            "/api/auth/form/sign-out".to_owned(),
            "/api/auth/form/sign-out-everywhere".to_owned(),
            "/dashboard/password".to_owned(),
            format!("/dashboard/sessions/{session}"),
            format!("/dashboard/users/{me}/roles"),
            format!("/dashboard/users/{me}/disable"),
        ];
        let urls: Vec<String> = targets.iter().map(|path| site.url(path)).collect();
        let html = format!(
            "<!doctype html><title>elsewhere</title>
             <form method=post action='{}'><button>win a prize</button></form>
             <script>
               const simple = (url) => fetch(url, {{ method: 'POST', mode: 'no-cors', credentials: 'include',
                 body: new URLSearchParams({{ email: 'x', password: 'y' }}) }});
               const read = fetch('{}', {{ credentials: 'include' }}).then((answer) => answer.text(), () => 'not readable');
               Promise.all([read, ...{}.map(simple)]).then(([text]) => {{ document.title = text; }});
             </script>",
            site.url("/api/auth/form/sign-out-everywhere"),
            site.url("/api/users/me"),
            json!(urls)
        );
        let rejected = || site.log().matches("event=\"csrf_rejected\"").count();
        assert_eq!(rejected(), 0);
        browser.go(&Pages::showing(&html).url("/")).await;
        browser.until("document.title !== 'elsewhere'").await;
        assert_eq!(browser.value("document.title").await, "not readable");
        let log = site.log();
        for path in [
            "/api/auth/logout",
            "/api/auth/login",
            "/dashboard/password",
            "/api/auth/form/sign-in",
        ] {
            assert!(
                log.lines()
                    .any(|line| line.contains("csrf_rejected") && line.contains(path)),
                "{path} was not refused:\n{log}"
            );
        }
        assert_eq!(rejected(), targets.len(), "{log}");

        browser.click("button").await;
        browser
            .until(&format!("location.origin === {}", json!(site.url(""))))
            .await;
        assert!(
            browser
                .text("body")
                .await
                .contains("The request came from another site.")
        );
        assert_eq!(rejected(), targets.len() + 1);

        // The session goes on as if nothing had been, and the same form of our own page would have
        // ended it.
        browser.visit(&site).await;
        browser.until_signed_in().await;
        assert_eq!(browser.text("#session").await, session);
        browser.go(&site.url("/dashboard")).await;
        browser.click("form[action$='/sign-out-everywhere'] button").await;
        browser.until_said("You are signed out.").await;
        browser.until_signed_out().await;
    });
}
