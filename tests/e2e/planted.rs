//! Cookies that a sibling host has set for the whole domain, and those that an earlier version of
//! this library has set.

use std::time::Duration;

use serde_json::json;

use crate::support::{ANN, Answer, Server, Session, VIC, manual_clock, parts, with_claims};

/// The refresh token as the first version wrote it: its `jti` is `sid.seq`.
fn of_the_first_version(server: &Server, token: &str) -> String {
    with_claims(token, server.refresh_secret(), |claims| {
        claims["jti"] = json!(format!("{}.{}", claims["sid"].as_str().expect("text"), claims["seq"]));
    })
}

/// The cookies of a name that an answer sets or clears, with the path of each.
fn paths(answer: &Answer, name: &str) -> Vec<(bool, String)> {
    let named = answer.cookies().into_iter().filter(|cookie| cookie.name == name);
    let path = |attribute: &String| attribute.strip_prefix("Path=").map(str::to_owned);
    named
        .map(|cookie| {
            let path = cookie.attributes.iter().find_map(path).expect("a path");
            (cookie.has("Max-Age=0"), path)
        })
        .collect()
}

// security: Cookies and CSRF: A sibling host cannot plant a session
#[tokio::test]
async fn a_cookie_that_a_sibling_host_planted_neither_signs_in_nor_gets_in_the_way() {
    let server = Server::options().release().start().await;
    let (ann, thief) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    // What a browser lets a sibling host set for the whole domain.
    let planted = format!("__Secure-refresh_token={0}; refresh_token={0}", thief.refresh);
    let alone = server.post("/api/auth/refresh").cookie(&planted).same_origin();
    alone.await.refused(401, "missing_token");
    let both = format!("{planted}; __Host-refresh_token={}", ann.refresh);
    let refreshed = server.post("/api/auth/refresh").cookie(both).same_origin().await;
    let access = refreshed.ok().field("accessToken");
    assert_eq!(server.me(&access).await.field("email"), ANN.email);
    let own = refreshed.cookie("__Host-refresh_token").pair();
    let out = server
        .post("/api/auth/logout")
        .cookie(format!("{planted}; {own}"))
        .same_origin();
    let out = out.await;
    assert!(out.no_content().cookie("__Host-refresh_token").has("Max-Age=0"));
    server.me(&access).await.refused(401, "session_revoked");
}

// security: Cookies and CSRF: Sign-out with the cookies of several sessions ends all of them
#[tokio::test]
async fn a_logout_with_the_cookies_of_several_sessions_ends_all_of_them_and_clears() {
    let server = Server::options().with_access_cookie().start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let refresh = format!("refresh_token={}; refresh_token={}", ann.refresh, vic.refresh);
    let out = server.post("/api/auth/logout").cookie(refresh).same_origin().await;
    assert!(out.no_content().cookie("refresh_token").has("Max-Age=0"));
    for session in [&ann, &vic] {
        server.me(&session.access).await.refused(401, "session_revoked");
        server.refresh(&session.refresh).await.refused(401, "session_revoked");
    }

    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let access = format!("access_token={}; access_token={}", ann.access, vic.access);
    let out = server.post("/api/auth/logout").cookie(access).same_origin().await;
    assert!(out.no_content().cookie("access_token").has("Max-Age=0"));
    for session in [&ann, &vic] {
        server.me(&session.access).await.refused(401, "session_revoked");
    }
}

#[tokio::test]
async fn a_logout_whose_bearer_or_body_names_one_of_several_cookies_ends_them_all() {
    let server = Server::start().await;
    for in_body in [false, true] {
        let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
        let cookies = format!("refresh_token={}; refresh_token={}", vic.refresh, ann.refresh);
        let out = server.post("/api/auth/logout").cookie(cookies).same_origin();
        let out = if in_body {
            out.json(&json!({ "refreshToken": ann.refresh }))
        } else {
            out.bearer(&ann.access)
        };
        out.await.no_content();
        for session in [&ann, &vic] {
            server.me(&session.access).await.refused(401, "session_revoked");
        }
    }
}

#[tokio::test]
async fn a_browser_that_an_earlier_version_signed_in_goes_on_and_its_old_cookie_goes() {
    let server = Server::options().release().start().await;
    let session = server.sign_in(ANN).await;
    let old = format!(
        "__Secure-refresh_token={}",
        of_the_first_version(&server, &session.refresh)
    );
    let answer = server.post("/api/auth/refresh").cookie(&old).same_origin().await;
    assert_eq!(
        server.me(&answer.ok().field("accessToken")).await.field("email"),
        ANN.email
    );
    assert_eq!(paths(&answer, "__Host-refresh_token"), [(false, "/".to_owned())]);
    assert_eq!(
        paths(&answer, "__Secure-refresh_token"),
        [(true, "/api/auth".to_owned())]
    );
    // An answer that was lost on the way leaves both; the new one counts.
    let new = answer.cookie("__Host-refresh_token");
    let both = server
        .post("/api/auth/refresh")
        .cookie(format!("{old}; {}", new.pair()))
        .same_origin();
    let both = both.await;
    assert_eq!(parts(&both.ok().cookie("__Host-refresh_token").value).1["seq"], 2);
    assert_eq!(paths(&both, "__Secure-refresh_token"), [(true, "/api/auth".to_owned())]);
}

#[tokio::test]
async fn an_old_cookie_signs_out_and_a_sign_in_replaces_its_session() {
    let server = Server::options().release().start().await;
    let old_cookie = |session: &Session| {
        let token = of_the_first_version(&server, &session.refresh);
        format!("__Secure-refresh_token={token}")
    };
    let first = server.sign_in(ANN).await;
    let out = server.post("/api/auth/logout").cookie(old_cookie(&first)).same_origin();
    let out = out.await;
    assert_eq!(
        paths(out.no_content(), "__Secure-refresh_token"),
        [(true, "/api/auth".to_owned())]
    );
    server.me(&first.access).await.refused(401, "session_revoked");

    let second = server.sign_in(ANN).await;
    let login = server.post("/api/auth/login").cookie(old_cookie(&second)).same_origin();
    let login = login.json(&ANN.login()).await;
    assert_eq!(
        paths(login.ok(), "__Secure-refresh_token"),
        [(true, "/api/auth".to_owned())]
    );
    server.me(&second.access).await.refused(401, "session_revoked");
    // A refusal touches no cookie.
    let failed = server
        .post("/api/auth/refresh")
        .cookie(old_cookie(&second))
        .same_origin();
    failed.await.refused(401, "session_revoked").sets_no_cookie();
}

#[tokio::test]
async fn without_secure_cookies_the_old_one_lies_beside_the_new_one_and_goes() {
    let server = Server::start().await;
    let old = of_the_first_version(&server, &server.sign_in(ANN).await.refresh);
    let answer = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={old}"))
        .same_origin();
    let answer = answer.await;
    let at = |path: &str| path.to_owned();
    assert_eq!(
        paths(answer.ok(), "refresh_token"),
        [(false, at("/")), (true, at("/api/auth"))]
    );
    // Browsers send the cookie of the longer path first.
    let new = Session::of(&server.post("/api/auth/login").json(&VIC.login_with_body()).await);
    let both = format!("refresh_token={old}; refresh_token={}", new.refresh);
    let answer = server.post("/api/auth/refresh").cookie(both).same_origin().await;
    assert_eq!(
        server.me(&answer.ok().field("accessToken")).await.field("email"),
        VIC.email
    );
    assert_eq!(
        paths(&answer, "refresh_token"),
        [(false, at("/")), (true, at("/api/auth"))]
    );
    let alone = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={}", server.sign_in(VIC).await.refresh))
        .same_origin();
    assert_eq!(paths(&alone.await, "refresh_token"), [(false, at("/"))]);
}

// security: Cookies and CSRF: A sibling host cannot plant a session
#[tokio::test]
async fn a_token_of_this_version_is_not_taken_under_the_old_name_however_old_it_is() {
    let clock = manual_clock();
    let server = Server::options().release().clock(&clock).start().await;
    let session = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(24 * 3600));
    let planted = format!("__Secure-refresh_token={}", session.refresh);
    let refused = server.post("/api/auth/refresh").cookie(&planted).same_origin();
    refused.await.refused(401, "missing_token");
    let login = server.post("/api/auth/login").cookie(&planted).same_origin();
    login.json(&VIC.login()).await.ok();
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn two_applications_on_one_host_have_cookies_of_their_own() {
    let shop = Server::options().with_access_cookie().start().await;
    let desk = Server::options()
        .with_access_cookie()
        .set("cookie.name_suffix", "_desk")
        .start()
        .await;
    let in_shop = shop.post("/api/auth/login").json(&ANN.login()).await;
    // The browser sends the cookies of a host to all of its ports.
    let jar = format!(
        "{}; {}",
        in_shop.cookie("refresh_token").pair(),
        in_shop.cookie("access_token").pair()
    );
    let in_desk = desk.post("/api/auth/login").cookie(&jar).json(&VIC.login()).await;
    let jar = format!(
        "{jar}; {}; {}",
        in_desk.ok().cookie("refresh_token_desk").pair(),
        in_desk.cookie("access_token_desk").pair()
    );
    assert_eq!(in_desk.cookies().len(), 2, "{in_desk:?}");
    for (server, who) in [(&shop, ANN), (&desk, VIC)] {
        let me = server.get("/api/users/me").cookie(&jar).await;
        assert_eq!(me.field("email"), who.email);
        server.post("/api/auth/refresh").cookie(&jar).same_origin().await.ok();
    }
    let release = Server::options().release().set("cookie.name_suffix", "-desk").start();
    let login = release.await.post("/api/auth/login").json(&ANN.login()).await;
    assert!(login.cookie("__Host-refresh_token-desk").has("Path=/"));
}
