//! The page that shows the OpenAPI document.

use serde_json::json;

use crate::policy::watch;
use crate::support::{Browser, Site, block_on};

#[test]
fn a_signed_in_user_sees_every_operation_and_who_may_use_it_without_a_violation_or_an_error() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        watch(&browser).await;
        browser.sign_in(&site, "viewer@example.com").await;
        // What the front page tries for its user is refused, as it should be, and in the log.
        browser.log().await;

        browser.go(&site.url("/docs")).await;
        browser
            .until("/^\\d+ routes$/.test(document.querySelector('#state').textContent)")
            .await;
        let shown = browser
            .value(
                "Object.fromEntries([...document.querySelectorAll('#routes section')].map((route) => \
                 [route.querySelector('h2').textContent, route.innerText]))",
            )
            .await;
        let shown = shown.as_object().expect("routes by their headings");
        for (route, said) in [
            ("GET /api/public", "Who: public"),
            ("GET /api/users/me", "Who: authenticated"),
            ("GET /api/editor", "Who: editor"),
            ("GET /api/admin", "Who: admin"),
            ("POST /api/auth/login", "200"),
        ] {
            let text = shown.get(route).and_then(|text| text.as_str()).unwrap_or_default();
            assert!(text.contains(said), "{route}: {text}");
        }
        let operations = browser
            .run(
                "const { paths } = await (await fetch('/openapi.json')).json(); \
                 return Object.values(paths).flatMap(Object.keys).length;",
            )
            .await;
        assert_eq!(
            operations,
            json!(shown.len()),
            "every operation of the document is shown"
        );
        let me = shown["GET /api/users/me"].as_str().unwrap_or_default();
        assert!(me.contains("401: There is no identity"), "{me}");
        for (route, text) in shown {
            let text = text.as_str().unwrap_or_default();
            assert!(
                !["no decision", "undefined", "AuthBad", "AuthUn", "AuthForb"]
                    .iter()
                    .any(|bare| text.contains(bare)),
                "{route}: {text}"
            );
        }
        assert_eq!(browser.value("window.violations").await, json!([]));
        assert_eq!(browser.log().await, Vec::<String>::new());
    });
}

#[test]
fn a_stranger_is_sent_to_where_one_signs_in_and_reads_nothing() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        browser.go(&site.url("/docs")).await;
        browser.until_at(&site.url("/")).await;
        let document = "return (await fetch('/openapi.json')).status;";
        assert_eq!(browser.run(document).await, json!(401));
    });
}
