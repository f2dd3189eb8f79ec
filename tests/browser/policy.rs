//! The content security policy: strict, and the pages work under it.

use serde_json::json;

use crate::support::{Browser, Site, block_on};

/// Notes each violation of the policy from before a page's first script on.
pub async fn watch(browser: &Browser) {
    let source = "window.violations = []; addEventListener('securitypolicyviolation', \
                  (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));";
    browser
        .tell("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }))
        .await;
}

/// A browser on a phone that notes what its pages do against their policy.
pub async fn phone() -> Browser {
    let browser = Browser::open().await;
    watch(&browser).await;
    browser.be_a_phone().await;
    browser
}

// security: Errors, logs, headers: The page has a strict CSP without inline script
#[test]
fn no_page_violates_its_policy_and_a_violation_would_be_seen() {
    block_on(async {
        let site = Site::shared();
        let browser = Browser::open().await;
        watch(&browser).await;
        browser.sign_in(&site, "admin@example.com").await;
        browser.click("#try").await;
        browser.until_said("Tried again.").await;
        browser.click("[data-user='editor@example.com'] .danger").await;
        browser.until("document.querySelector('#confirm').open").await;
        browser.click("#confirm [value='cancelled']").await;
        assert_eq!(browser.value("window.violations").await, json!([]));
        browser.go(&site.url("/dashboard?notice=session_ended")).await;
        browser.until_said("The session has ended.").await;
        assert_eq!(browser.value("window.violations").await, json!([]));
        browser.visit(&site).await;
        browser.click("#sign-out").await;
        browser.until_signed_out().await;
        assert_eq!(browser.value("window.violations").await, json!([]));
        let said = browser.log().await;
        assert!(
            !said
                .iter()
                .any(|line| line.contains("Content Security Policy") || line.starts_with("javascript ")),
            "{said:#?}"
        );

        for (attack, directive) in [
            ("document.body.setAttribute('style', 'color: red')", "style-src-attr"),
            (
                "void import('data:text/javascript,').catch(() => {})",
                "script-src-elem",
            ),
            (
                "(() => { try { document.body.innerHTML = '<b>'; } catch {} })()",
                "require-trusted-types-for",
            ),
            ("void fetch('http://127.0.0.1:9/').catch(() => {})", "connect-src"),
        ] {
            browser
                .value(&format!("(window.violations = [], {attack}, null)"))
                .await;
            browser
                .until(&format!(
                    "window.violations.some((text) => text.startsWith('{directive}'))"
                ))
                .await;
        }
        let said = browser.log().await;
        assert!(
            said.iter().any(|line| line.contains("Content Security Policy")),
            "{said:#?}"
        );
    });
}
