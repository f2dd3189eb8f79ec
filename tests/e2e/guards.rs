//! Which credential of a request counts, and what the guards of the demo's routes say to it.

use serde_json::json;

use crate::support::{ANN, ED, Server, Session, VIC, parts};

#[tokio::test]
async fn a_public_route_asks_for_nothing_and_minds_no_bad_token() {
    let server = Server::start().await;
    server.get("/api/public").await.ok();
    server.get("/api/public").bearer("garbage").await.ok();
    server.get("/api/public").bearer("one").bearer("two").await.ok();
}

#[tokio::test]
async fn a_signed_in_user_sees_their_own_id_email_roles_and_session() {
    let server = Server::start().await;
    for person in [ANN, ED, VIC] {
        let session = server.sign_in(person).await;
        let me = server.me(&session.access).await.ok().json();
        let sid = parts(&session.access).1["sid"].clone();
        let id = server.id_of(person).await;
        let expected = json!({ "id": id.as_str(), "email": person.email, "roles": [person.role], "sessionId": sid });
        assert_eq!(me, expected);
    }
}

#[tokio::test]
async fn each_role_opens_what_it_includes_and_nothing_else() {
    let server = Server::start().await;
    for (person, may_administer, may_edit) in [(ANN, true, true), (ED, false, true), (VIC, false, false)] {
        let session = server.sign_in(person).await;
        for (path, may) in [("/api/admin", may_administer), ("/api/editor", may_edit)] {
            let answer = server.get(path).bearer(&session.access).await;
            if may {
                answer.ok();
            } else {
                answer.refused(403, "insufficient_role");
            }
        }
    }
}

// security: Authorization: 401 without identity, 403 without role
#[tokio::test]
async fn a_viewer_at_the_admins_door_is_403_and_a_stranger_401() {
    let server = Server::start().await;
    let vic = server.sign_in(VIC).await;
    let refused = server.get("/api/admin").bearer(&vic.access).await;
    refused.refused(403, "insufficient_role");
    assert_eq!(
        refused.header("WWW-Authenticate"),
        Some("Bearer realm=\"auth-core\", error=\"insufficient_scope\"")
    );
    let stranger = server.get("/api/admin").await;
    stranger.refused(401, "missing_token");
    assert_eq!(stranger.header("WWW-Authenticate"), Some("Bearer realm=\"auth-core\""));
    let garbled = server.get("/api/admin").bearer("garbage").await;
    assert_eq!(
        garbled.header("WWW-Authenticate"),
        Some("Bearer realm=\"auth-core\", error=\"invalid_token\"")
    );
}

// security: Authorization: Ownership is checked in the demo
#[tokio::test]
async fn a_report_is_for_its_owner_and_for_admins() {
    let server = Server::start().await;
    for (person, readable) in [
        (ANN, [true, true, true]),
        (ED, [false, true, false]),
        (VIC, [false, false, true]),
    ] {
        let session = server.sign_in(person).await;
        for (id, may) in (1..).zip(readable) {
            let answer = server.get(&format!("/api/reports/{id}")).bearer(&session.access).await;
            if may {
                assert_eq!(answer.ok().json()["id"], id);
            } else {
                answer.refused(403, "insufficient_role");
            }
        }
    }
    server.get("/api/reports/1").await.refused(401, "missing_token");
}

#[tokio::test]
async fn who_may_not_read_a_report_does_not_learn_whether_there_is_one() {
    let server = Server::start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    server
        .get("/api/reports/99")
        .bearer(&ann.access)
        .await
        .refused(404, "not_found");
    let there = server.get("/api/reports/1").bearer(&vic.access).await;
    let not_there = server.get("/api/reports/99").bearer(&vic.access).await;
    not_there.refused(403, "insufficient_role");
    assert_eq!(there.text, not_there.text);
}

#[tokio::test]
async fn the_scheme_is_bearer_in_any_case_with_one_space() {
    let server = Server::start().await;
    let token = server.sign_in(ANN).await.access;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        server
            .get("/api/users/me")
            .header("Authorization", format!("{scheme} {token}"))
            .await
            .ok();
    }
    for (value, code) in [
        (format!("Bearer  {token}"), "invalid_token"),
        (format!("Bearer {token} {token}"), "invalid_token"),
        (format!("Bearer {token},{token}"), "invalid_token"),
        (format!("Bearer {token}, Basic YTpi"), "invalid_token"),
        (format!("Bearer \t{token}"), "invalid_token"),
        (format!("Bearer \"{token}\""), "invalid_token"),
        ("Bearer".to_owned(), "invalid_token"),
        (format!("Bearer\t{token}"), "missing_token"),
        (format!("Bearer{token}"), "missing_token"),
        (format!("Bearer:{token}"), "missing_token"),
        (format!("Basic {token}"), "missing_token"),
        (format!("Token {token}"), "missing_token"),
        (token.clone(), "missing_token"),
    ] {
        let answer = server.get("/api/users/me").header("Authorization", value.clone()).await;
        // Which of the two it is called is our own choice; that it is 401 is not.
        assert_eq!((value.as_str(), answer.status), (value.as_str(), 401), "{answer:?}");
        answer.refused(401, code);
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused_even_when_they_are_equal() {
    let server = Server::start().await;
    let (ann, vic) = (server.sign_in(ANN).await.access, server.sign_in(VIC).await.access);
    let basic = "Basic YW5uOnB3".to_owned();
    for (one, other) in [
        (format!("Bearer {ann}"), format!("Bearer {vic}")),
        (format!("Bearer {ann}"), format!("Bearer {ann}")),
        (format!("Bearer {ann}"), basic.clone()),
        (basic, format!("Bearer {ann}")),
    ] {
        for path in ["/api/users/me", "/api/admin", "/api/auth/sessions"] {
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {one}\r\n\
                 authorization: {other}\r\n\r\n"
            );
            let answer = server.raw(&request).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{request}\n{answer}");
            assert!(answer.contains("\"error\":\"several_credentials\""), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_logout_with_two_authorization_headers_ends_nothing() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let logout = server
        .post("/api/auth/logout")
        .bearer(&session.access)
        .bearer(&session.access);
    logout.await.refused(400, "several_credentials");
    server.me(&session.access).await.ok();
}

// security: Cookies and CSRF: A token in the query string is not looked at
#[tokio::test]
async fn a_token_in_the_query_string_or_the_body_is_not_looked_at() {
    let server = Server::options().with_access_cookie().start().await;
    let token = server.sign_in(ANN).await.access;
    for name in ["access_token", "token", "Authorization", "bearer"] {
        server
            .get(&format!("/api/users/me?{name}={token}"))
            .await
            .refused(401, "missing_token");
    }
    let in_body = server
        .post("/api/auth/logout-all")
        .json(&json!({ "access_token": token, "accessToken": token }));
    in_body.await.refused(401, "missing_token");
    let in_form = server.post("/api/auth/logout-all");
    let in_form = in_form.body("application/x-www-form-urlencoded", format!("access_token={token}"));
    in_form.await.refused(401, "missing_token");
    server.me(&token).await.ok();
}

#[tokio::test]
async fn unless_it_is_turned_on_the_access_cookie_is_not_looked_at() {
    let server = Server::start().await;
    let token = server.sign_in(ANN).await.access;
    let cookie = format!("access_token={token}");
    server
        .get("/api/users/me")
        .cookie(&cookie)
        .await
        .refused(401, "missing_token");
    // Neither does it disturb.
    let other = server.sign_in(VIC).await.access;
    assert_eq!(
        server
            .get("/api/users/me")
            .bearer(&other)
            .cookie(&cookie)
            .await
            .field("email"),
        VIC.email
    );
}

#[tokio::test]
async fn where_it_is_turned_on_the_access_cookie_counts_like_a_bearer() {
    let server = Server::options().with_access_cookie().start().await;
    let token = server.sign_in(ANN).await.access;
    let cookie = format!("access_token={token}");
    server.get("/api/users/me").cookie(&cookie).await.ok();
    server.get("/api/users/me").cookie(&cookie).bearer(&token).await.ok();
    server.get("/api/users/me").bearer(&token).await.ok();
    server
        .get("/api/users/me")
        .cookie("access_token=garbage")
        .await
        .refused(401, "invalid_token");
}

#[tokio::test]
async fn header_and_access_cookie_of_different_tokens_are_refused() {
    let server = Server::options().with_access_cookie().start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let ann_later = Session::of(&server.refresh(&ann.refresh).await);
    for (header, cookie) in [
        (&ann.access, &vic.access),
        (&vic.access, &ann.access),
        (&ann.access, &ann_later.access),
        (&ann.access, &"garbage".to_owned()),
        (&"garbage".to_owned(), &ann.access),
    ] {
        let answer = server
            .get("/api/users/me")
            .bearer(header)
            .cookie(format!("access_token={cookie}"))
            .await;
        answer.refused(400, "several_credentials");
    }
}

#[tokio::test]
async fn with_the_cookie_as_the_only_source_the_header_is_not_looked_at() {
    let server = Server::options()
        .set("cookie.access", true)
        .set("token_sources", vec!["cookie"])
        .start()
        .await;
    let token = server.sign_in(ANN).await.access;
    server
        .get("/api/users/me")
        .bearer(&token)
        .await
        .refused(401, "missing_token");
    server
        .get("/api/users/me")
        .cookie(format!("access_token={token}"))
        .await
        .ok();
}

// security: Authorization: No authority from a client's headers or body
#[tokio::test]
async fn nothing_a_client_claims_of_itself_is_authority() {
    let server = Server::start().await;
    let vic = server.sign_in(VIC).await;
    let claims = server
        .get("/api/admin")
        .bearer(&vic.access)
        .header("X-Roles", "admin")
        .header("X-User", ANN.email);
    claims
        .header("X-Forwarded-User", "ann")
        .header("X-HTTP-Method-Override", "GET")
        .await
        .refused(403, "insufficient_role");
    server
        .get("/api/admin?role=admin&roles=admin")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
}

#[tokio::test]
async fn a_head_request_is_guarded_like_the_get_it_stands_for() {
    let server = Server::start().await;
    let vic = server.sign_in(VIC).await;
    for (token, status) in [(None, 401), (Some(&vic.access), 403)] {
        let ask = server.ask(reqwest::Method::HEAD, "/api/admin");
        let answer = match token {
            Some(token) => ask.bearer(token).await,
            None => ask.await,
        };
        assert_eq!((answer.status, answer.text.as_str()), (status, ""));
        assert!(answer.header("WWW-Authenticate").is_some());
    }
}

#[tokio::test]
async fn the_dashboard_opens_with_the_access_cookie_and_shows_the_sessions() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    browser.sign_in(ANN).await;
    let page = browser.get("/dashboard").header("Accept", "text/html").await;
    assert_eq!(page.ok().header("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(
        page.text.contains(ANN.email) && page.text.contains("this one"),
        "{}",
        page.text
    );
    assert_eq!(page.header("Cache-Control"), Some("no-store"));
}

#[tokio::test]
async fn without_the_access_cookie_the_dashboard_leads_to_the_sign_in_page() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in(ANN).await;
    let page = browser
        .get("/dashboard")
        .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .await;
    assert_eq!((page.status, page.header("Location")), (303, Some("/")));
    server.get("/").await.ok();
}

#[tokio::test]
async fn the_health_of_a_running_server_is_good() {
    let server = Server::start().await;
    let health = server.get("/health").await.ok().json();
    assert_eq!((&health["store"], &health["feed"]), (&json!("ok"), &json!("ok")));
}

#[tokio::test]
async fn another_scheme_beside_the_access_cookie_does_not_disturb() {
    let server = Server::options().with_access_cookie().start().await;
    let cookie = format!("access_token={}", server.sign_in(ANN).await.access);
    server
        .get("/api/users/me")
        .cookie(&cookie)
        .header("Authorization", "Basic YW5uOnB3")
        .await
        .ok();
}

// security: Errors, logs, headers: The page has a strict CSP without inline script
#[tokio::test]
async fn the_front_page_is_there_and_runs_no_script() {
    let server = Server::start().await;
    let page = server.get("/").header("Accept", "text/html").await;
    assert_eq!(page.ok().header("Content-Type"), Some("text/html; charset=utf-8"));
    let policy = page.header("Content-Security-Policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{page:?}"
    );
    assert!(
        !policy.contains("unsafe") && page.header("X-Content-Type-Options") == Some("nosniff"),
        "{page:?}"
    );
    assert!(
        !page.text.contains("onclick") && !page.text.contains("<script>"),
        "{}",
        page.text
    );
}
