//! A page on another host with `auth.js`, and a server whose `auth.cors` lets it read answers.

use serde_json::{Value, json};

use tests::nginx::Nginx;
use tests::postgres::free_port;

use crate::support::{Browser, Pages, Site, block_on, with_tls};

const PAGE: &str = "<!doctype html><title>another host</title>";

/// The same server, by another name.
fn at(host: &str, url: &str) -> String {
    url.replacen("127.0.0.1", host, 1)
}

/// A site at `api.<domain>`, a page at `app.<domain>` that it lists, and another page.
struct Hosts {
    site: Site,
    api: String,
    app: String,
    stranger: String,
    // They answer as long as they are there.
    _pages: [Pages; 2],
    _front: Option<Nginx>,
}

impl Hosts {
    fn of([api, app, stranger]: [&str; 3], settings: &str) -> Hosts {
        let pages = [Pages::showing(PAGE), Pages::showing(PAGE)];
        let app = at(app, pages[0].origin());
        let site = Hosts::site(&app, settings);
        Hosts {
            api: at(api, &site.url("")),
            stranger: at(stranger, pages[1].origin()),
            site,
            app,
            _pages: pages,
            _front: None,
        }
    }

    /// The same over TLS, at one port.
    fn over_tls(hosts: [&str; 3], settings: &str) -> Hosts {
        let port = free_port();
        let pages = [Pages::showing(PAGE), Pages::showing(PAGE)];
        let [api, app, stranger] = hosts.map(|host| format!("https://{host}:{port}"));
        let site = Hosts::site(&app, settings);
        let servers = [site.url(""), pages[0].url(""), pages[1].url("")];
        let behind: Vec<(&str, &str)> = hosts.into_iter().zip(servers.iter().map(String::as_str)).collect();
        let front = with_tls(port, &behind);
        Hosts {
            site,
            api,
            app,
            stranger,
            _pages: pages,
            _front: Some(front),
        }
    }

    fn site(app: &str, settings: &str) -> Site {
        Site::of_settings(&format!("allowed_origins=[{}],cors=\"all\"{settings}", json!(app)))
    }

    /// Runs the body of a function with `auth`, a client of the site, on the page that is open.
    async fn run(&self, browser: &Browser, body: &str) -> Value {
        let base = json!(format!("{}/api/auth", self.api));
        browser
            .run(&format!(
                "const {{ AuthClient }} = await import('/auth.js');
                 const auth = (window.auth ??= new AuthClient({base}));
                 const api = {};
                 {body}",
                json!(self.api)
            ))
            .await
    }

    async fn sign_in(&self, browser: &Browser) -> Value {
        let password = json!(self.site.password("viewer@example.com"));
        self.run(
            browser,
            &format!(
                "return auth.signIn('viewer@example.com', {password}).then(() => 'signed in', (refused) => String(refused));"
            ),
        )
        .await
    }
}

/// What a page does that its user signs in, uses and leaves.
async fn a_visit(browser: Browser, hosts: &Hosts) {
    browser.go(&hosts.app).await;
    assert_eq!(hosts.sign_in(&browser).await, "signed in");
    let me = "return (await auth.json(`${api}/api/users/me`)).email;";
    assert_eq!(hosts.run(&browser, me).await, "viewer@example.com");
    // A page that is loaded anew has no token: the refresh cookie gives the next one.
    browser.go(&hosts.app).await;
    assert_eq!(hosts.run(&browser, "return auth.resume();").await, true);
    assert_eq!(hosts.run(&browser, me).await, "viewer@example.com");
    // A refusal is read as well, with its code.
    let refused = "return auth.json(`${api}/api/admin`).then(() => 'read', (refused) => refused.code);";
    assert_eq!(hosts.run(&browser, refused).await, "insufficient_role");

    // The browser shows the answer to no other page, whether it sends the cookies or not.
    browser.go(&hosts.stranger).await;
    for credentials in ["include", "omit"] {
        for path in ["/api/auth/refresh", "/api/auth/can", "/api/public"] {
            let method = if path.ends_with("refresh") { "POST" } else { "GET" };
            let read = format!(
                "return fetch(`${{api}}{path}`, {{ method: '{method}', credentials: '{credentials}' }})
                    .then(() => 'read', () => 'not readable');"
            );
            assert_eq!(hosts.run(&browser, &read).await, "not readable", "{path}");
        }
    }
    let sign_in = hosts.sign_in(&browser).await;
    assert!(sign_in.as_str().is_some_and(|said| said != "signed in"), "{sign_in}");

    browser.go(&hosts.app).await;
    assert_eq!(hosts.run(&browser, "return auth.resume();").await, true);
    hosts.run(&browser, "return auth.signOut();").await;
    browser.go(&hosts.app).await;
    assert_eq!(hosts.run(&browser, "return auth.resume();").await, false);
}

// security: Cookies and CSRF: With `auth.cors` a page of an origin that is not listed reads nothing
#[test]
fn a_page_on_a_sibling_host_signs_in_calls_refreshes_and_signs_out() {
    let hosts = ["api.example.test", "app.example.test", "www.evil.test"];
    let hosts = Hosts::of(hosts, "");
    block_on(async { a_visit(Browser::open().await, &hosts).await });
}

#[test]
fn a_page_of_another_site_does_so_with_partitioned_cookies() {
    // Each name below `localhost` is a site of its own, and trusted with Secure cookies.
    let hosts = ["api.localhost", "app.localhost", "evil.localhost"];
    let cookies = ",cookie={same_site=\"None\",partitioned=true,secure=true}";
    let hosts = Hosts::of(hosts, cookies);
    block_on(async { a_visit(Browser::open().await, &hosts).await });
}

#[test]
fn over_tls_a_page_on_a_sibling_host_does_so_with_secure_cookies() {
    let hosts = ["api.example.test", "app.example.test", "www.evil.test"];
    let hosts = Hosts::over_tls(hosts, ",cookie={secure=true}");
    block_on(async { a_visit(Browser::trusting().await, &hosts).await });
}

#[test]
fn over_tls_a_page_of_another_site_does_so_with_partitioned_cookies() {
    let hosts = ["api.example.test", "app.other.test", "www.evil.test"];
    let cookies = ",cookie={same_site=\"None\",partitioned=true,secure=true}";
    let hosts = Hosts::over_tls(hosts, cookies);
    block_on(async { a_visit(Browser::trusting().await, &hosts).await });
}
