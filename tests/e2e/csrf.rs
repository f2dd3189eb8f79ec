//! Requests that change state and carry a cookie come from our own pages, or from a client that is
//! no browser.

use serde_json::json;

use crate::support::{ANN, Ask, Server, Session, VIC, parts};

/// The headers of a request, as one client or another sends them, and whether a cookie may come
/// with them.
fn cases(host: &str) -> Vec<(Vec<(&'static str, String)>, bool)> {
    let header = |name: &'static str, value: &str| (name, value.to_owned());
    let own = format!("http://{host}");
    vec![
        // No browser.
        (vec![], true),
        // Our own pages, with any other headers.
        (vec![header("Sec-Fetch-Site", "same-origin")], true),
        (
            vec![
                header("Sec-Fetch-Site", "same-origin"),
                header("Origin", "https://evil.example"),
            ],
            true,
        ),
        (
            vec![header("Sec-Fetch-Site", "same-origin"), header("Origin", "null")],
            true,
        ),
        // Any other page must name an origin that is allowed.
        (vec![header("Sec-Fetch-Site", "same-site")], false),
        (vec![header("Sec-Fetch-Site", "cross-site")], false),
        (
            vec![header("Sec-Fetch-Site", "cross-site"), header("Origin", &own)],
            true,
        ),
        (
            vec![header("Sec-Fetch-Site", "same-site"), header("Origin", &own)],
            true,
        ),
        (
            vec![
                header("Sec-Fetch-Site", "same-site"),
                header("Origin", "https://evil.example"),
            ],
            false,
        ),
        (
            vec![header("Sec-Fetch-Site", "cross-site"), header("Origin", "null")],
            false,
        ),
        // A user types an address to read, not to change.
        (vec![header("Sec-Fetch-Site", "none")], false),
        (vec![header("Sec-Fetch-Site", "")], false),
        (vec![header("Sec-Fetch-Site", "Same-Origin")], false),
        (
            vec![
                header("Sec-Fetch-Site", "same-origin"),
                header("Sec-Fetch-Site", "cross-site"),
            ],
            false,
        ),
        // Without it the origin is the request's own host, with any scheme.
        (vec![header("Origin", &own)], true),
        (vec![header("Origin", &format!("https://{host}"))], true),
        (vec![header("Origin", "https://evil.example")], false),
        (vec![header("Origin", "null")], false),
        (vec![header("Origin", "")], false),
        (vec![header("Origin", host)], false),
        (vec![header("Origin", "http://127.0.0.1")], false),
        (vec![header("Origin", &format!("http://{host}.evil.example"))], false),
        (vec![header("Origin", &format!("http://{host}/"))], false),
        (
            vec![header("Origin", &own), header("Origin", "https://evil.example")],
            false,
        ),
        // A browser that says nothing of where it comes from.
        (vec![header("Referer", &format!("{own}/page"))], false),
        (vec![header("Referer", "https://evil.example/")], false),
        (
            vec![
                header("Sec-Fetch-Mode", "cors"),
                header("Referer", &format!("{own}/page")),
            ],
            false,
        ),
        // Node's own `fetch`, which is no browser.
        (vec![header("Sec-Fetch-Mode", "cors")], true),
        (vec![header("sec-fetch-dest", "empty")], true),
    ]
}

fn with(ask: Ask, headers: &[(&str, String)]) -> Ask {
    headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value.as_str()))
}

// security: Cookies and CSRF: `Sec-Fetch-Site: same-origin` passes; any other page needs a listed `Origin`, and `null` is never listed
#[tokio::test]
async fn a_refresh_by_cookie_is_for_our_own_pages_and_a_refused_one_consumes_nothing() {
    let server = Server::start().await;
    let mut token = server.sign_in(ANN).await.refresh;
    for (headers, allowed) in cases(&format!("127.0.0.1:{}", server.port)) {
        let ask = server
            .post("/api/auth/refresh")
            .cookie(format!("refresh_token={token}"));
        let answer = with(ask, &headers).await;
        if allowed {
            assert_eq!(answer.status, 200, "{headers:?}: {answer:?}");
            let next = answer.cookie("refresh_token").value;
            let seq = |token: &str| parts(token).1["seq"].as_i64().expect("an integer");
            assert_eq!(seq(&next), seq(&token) + 1, "{headers:?}: nothing was consumed before");
            token = next;
        } else {
            assert_eq!(answer.status, 403, "{headers:?}: {answer:?}");
            answer.refused(403, "csrf_rejected");
        }
    }
    assert!(!server.log.events("csrf_rejected").is_empty());
}

#[tokio::test]
async fn a_logout_by_cookie_is_for_our_own_pages() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for (headers, allowed) in cases(&format!("127.0.0.1:{}", server.port)) {
        if !allowed {
            let ask = server
                .post("/api/auth/logout")
                .cookie(format!("refresh_token={}", session.refresh));
            let answer = with(ask, &headers).await;
            assert_eq!(answer.status, 403, "{headers:?}: {answer:?}");
            answer.refused(403, "csrf_rejected");
        }
    }
    server.me(&session.access).await.ok();
}

#[tokio::test]
async fn a_logout_by_the_access_cookie_is_for_our_own_pages_too() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let foreign = server
        .post("/api/auth/logout")
        .cookie(format!("access_token={}", session.access));
    foreign
        .header("Sec-Fetch-Site", "cross-site")
        .await
        .refused(403, "csrf_rejected");
    server.me(&session.access).await.ok();
}

// security: Cookies and CSRF: `Sec-Fetch-Site: same-origin` passes; any other page needs a listed `Origin`, and `null` is never listed
#[tokio::test]
async fn a_change_by_the_access_cookie_is_for_our_own_pages() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let sid = parts(&session.access).1["sid"].as_str().expect("text").to_owned();
    let cookie = format!("access_token={}", session.access);
    for (headers, allowed) in cases(&format!("127.0.0.1:{}", server.port)) {
        for ask in [
            server.post("/api/auth/logout-all"),
            server.delete(&format!("/api/auth/sessions/{sid}")),
            server
                .post("/api/auth/password")
                .json(&json!({ "currentPassword": ANN.password, "newPassword": "x" })),
        ] {
            if !allowed {
                let answer = with(ask.cookie(&cookie), &headers).await;
                assert_eq!(answer.status, 403, "{headers:?}: {answer:?}");
                answer.refused(403, "csrf_rejected");
            }
        }
        // Reading changes nothing.
        let reading = with(server.get("/api/users/me").cookie(&cookie), &headers).await;
        assert_eq!(reading.status, 200, "{headers:?}");
    }
    server.me(&session.access).await.ok();
}

#[tokio::test]
async fn a_bearer_needs_no_such_check() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let foreign = |ask: Ask| {
        ask.header("Sec-Fetch-Site", "cross-site")
            .header("Origin", "https://evil.example")
    };
    let refreshed = foreign(server.post("/api/auth/refresh"))
        .json(&json!({ "refreshToken": session.refresh }))
        .await;
    Session::of(&refreshed);
    foreign(server.post("/api/auth/logout-all").bearer(&session.access))
        .await
        .no_content();
    server.me(&session.access).await.refused(401, "session_revoked");
}

// security: Cookies and CSRF: A sign-in from another site is refused
#[tokio::test]
async fn a_sign_in_from_another_site_is_refused_with_or_without_a_cookie() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for site in ["cross-site", "same-site", "none", "anything"] {
        let login = || server.post("/api/auth/login").header("Sec-Fetch-Site", site);
        login().json(&VIC.login()).await.refused(403, "csrf_rejected");
        let with_cookie = login()
            .cookie(format!("refresh_token={}", session.refresh))
            .json(&VIC.login());
        with_cookie.await.refused(403, "csrf_rejected");
    }
    server.me(&session.access).await.ok();
    let own = server.post("/api/auth/login").same_origin();
    own.json(&VIC.login()).await.ok();
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in_even_in_a_browser_that_does_not_say_where_it_is() {
    let server = Server::start().await;
    // The types that a form, or a script without a preflight, can send.
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
    ] {
        let login = server.post("/api/auth/login").header("Origin", "https://evil.example");
        let login = login.body(content_type, VIC.login().to_string()).await;
        login.refused(403, "csrf_rejected");
    }
    let preflight = server
        .ask(reqwest::Method::OPTIONS, "/api/auth/login")
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let preflight = preflight.await;
    assert_eq!(preflight.header("Access-Control-Allow-Origin"), None);
    assert_eq!(preflight.header("Access-Control-Allow-Headers"), None);
}

#[tokio::test]
async fn a_logout_from_another_site_takes_no_cookies_from_the_browser() {
    let server = Server::start().await;
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Referer", "https://evil.example/"),
    ] {
        // Without our cookies, which SameSite keeps from it; but the browser would heed what the
        // answer clears.
        server
            .post("/api/auth/logout")
            .header(name, value)
            .await
            .no_content()
            .sets_no_cookie();
    }
    let own = server
        .post("/api/auth/logout")
        .header("Sec-Fetch-Site", "same-origin")
        .await;
    assert!(own.no_content().cookie("refresh_token").has("Max-Age=0"));
}

#[tokio::test]
async fn the_port_that_a_proxy_writes_and_a_browser_does_not_is_the_same_origin() {
    let server = Server::start().await;
    let mut token = server.sign_in(ANN).await.refresh;
    for (host, origin, allowed) in [
        ("app.example.com:443", "https://app.example.com", true),
        ("app.example.com:80", "http://app.example.com", true),
        ("App.Example.com", "https://app.example.com", true),
        ("app.example.com:443", "http://app.example.com", false),
        ("app.example.com:8443", "https://app.example.com", false),
        ("app.example.com", "https://app.example.com:8443", false),
        ("app.example.com", "ftp://app.example.com", false),
    ] {
        let ask = server
            .post("/api/auth/refresh")
            .cookie(format!("refresh_token={token}"))
            .header("Host", host)
            .header("Origin", origin);
        let answer = ask.await;
        if allowed {
            token = answer.ok().cookie("refresh_token").value;
        } else {
            answer.refused(403, "csrf_rejected");
        }
    }
}

#[tokio::test]
async fn two_hosts_or_none_are_no_origin() {
    let server = Server::start().await;
    let token = server.sign_in(ANN).await.refresh;
    for hosts in ["Host: app.example.com\r\nHost: evil.example\r\n", ""] {
        let request = format!(
            "POST /api/auth/refresh HTTP/1.1\r\n{hosts}Connection: close\r\nContent-Length: 0\r\n\
             Cookie: refresh_token={token}\r\nOrigin: http://app.example.com\r\n\r\n"
        );
        let answer = server.raw(&request).await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && !answer.contains("refreshToken"),
            "{answer}"
        );
        assert!(!answer.to_ascii_lowercase().contains("set-cookie"), "{answer}");
    }
    assert_eq!(
        parts(&Session::of(&server.refresh(&token).await).refresh).1["seq"],
        1,
        "nothing was consumed"
    );
}

#[tokio::test]
async fn a_sign_in_with_a_refresh_cookie_from_a_foreign_origin_is_refused() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let login = server
        .post("/api/auth/login")
        .cookie(format!("refresh_token={}", session.refresh));
    let login = login.header("Origin", "https://evil.example").json(&VIC.login());
    login.await.refused(403, "csrf_rejected");
    server.me(&session.access).await.ok();
}

// security: Cookies and CSRF: With origins configured these are compared, not `Host`
#[tokio::test]
async fn configured_origins_are_compared_whole_and_the_host_is_not() {
    let server = Server::options()
        .set("allowed_origins", vec!["https://app.example.com"])
        .start()
        .await;
    let host = format!("127.0.0.1:{}", server.port);
    let mut token = server.sign_in(ANN).await.refresh;
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("http://app.example.com", false),
        ("https://app.example.com:8443", false),
        ("https://APP.example.com", false),
        ("https://app.example.com.evil.example", false),
        ("null", false),
        (&format!("http://{host}"), false),
    ] {
        let ask = server
            .post("/api/auth/refresh")
            .cookie(format!("refresh_token={token}"));
        let answer = ask.header("Origin", origin).await;
        if allowed {
            token = answer.ok().cookie("refresh_token").value;
        } else {
            assert_eq!(answer.status, 403, "{origin}");
            answer.refused(403, "csrf_rejected");
        }
    }
    // A host that the client made up changes nothing.
    let lying = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={token}"));
    let lying = lying
        .header("Host", "evil.example")
        .header("Origin", "http://evil.example");
    lying.await.refused(403, "csrf_rejected");
}

// security: Traps in the versions in use: Rocket lets a form's `_method` rewrite the method
#[tokio::test]
async fn a_form_post_that_rocket_turns_into_another_method_is_judged_as_it_came_in() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let cookie = format!("access_token={}", session.access);
    let sid = parts(&session.access).1["sid"].as_str().expect("text").to_owned();
    let form = |path: &str, method: &str| {
        let ask = server.post(path).cookie(&cookie).header("Sec-Fetch-Site", "cross-site");
        ask.body("application/x-www-form-urlencoded", format!("_method={method}"))
    };
    form(&format!("/api/auth/sessions/{sid}"), "DELETE")
        .await
        .refused(403, "csrf_rejected");
    form("/api/users/me", "GET").await.refused(403, "csrf_rejected");
    server.me(&session.access).await.ok();
}

// security: Cookies and CSRF: WebSocket upgrades that carry a cookie are for our own pages
#[tokio::test]
async fn a_websocket_upgrade_with_a_cookie_is_for_our_own_pages() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let upgrade = |headers: &str| {
        format!(
            "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: WebSocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n\r\n"
        )
    };
    let cookie = format!("Cookie: access_token={}", session.access);
    let foreign = server
        .raw(&upgrade(&format!("{cookie}\r\nOrigin: https://evil.example")))
        .await;
    assert!(
        foreign.starts_with("HTTP/1.1 403 ") && foreign.contains("csrf_rejected"),
        "{foreign}"
    );
    let own = server
        .raw(&upgrade(&format!("{cookie}\r\nOrigin: http://localhost")))
        .await;
    assert!(own.starts_with("HTTP/1.1 200 "), "{own}");
    let bearer = format!(
        "Authorization: Bearer {}\r\nOrigin: https://evil.example",
        session.access
    );
    let bearer = server.raw(&upgrade(&bearer)).await;
    assert!(bearer.starts_with("HTTP/1.1 200 "), "{bearer}");
}

// security: Cookies and CSRF: CORS is off
#[tokio::test]
async fn cross_origin_sharing_is_off() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let preflight = server
        .ask(reqwest::Method::OPTIONS, "/api/auth/refresh")
        .header("Origin", "https://evil.example");
    let preflight = preflight.header("Access-Control-Request-Method", "POST").await;
    let read = server
        .get("/api/users/me")
        .bearer(&session.access)
        .header("Origin", "https://evil.example")
        .await;
    for answer in [preflight, read] {
        assert!(
            answer
                .headers
                .iter()
                .all(|(name, _)| !name.starts_with("access-control-")),
            "{answer:?}"
        );
    }
}
