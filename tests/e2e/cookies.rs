//! The two cookies: names, attributes, and how they are read from the raw header.

use std::time::Duration;

use serde_json::json;

use crate::support::{ANN, Server, Session, VIC, manual_clock, parts};

#[tokio::test]
async fn in_the_debug_profile_cookies_have_every_attribute_but_secure() {
    let server = Server::options().with_access_cookie().start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let week = "Max-Age=604800";
    assert_eq!(
        login.cookie("refresh_token").attributes,
        ["HttpOnly", week, "Path=/", "SameSite=Strict"]
    );
    assert_eq!(
        login.cookie("access_token").attributes,
        ["HttpOnly", "Max-Age=900", "Path=/", "SameSite=Strict"]
    );
}

#[tokio::test]
async fn a_link_from_elsewhere_finds_the_user_signed_in_where_the_access_cookie_is_lax() {
    let server = Server::options()
        .with_access_cookie()
        .set("cookie.access_same_site", "Lax")
        .start()
        .await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    assert!(login.cookie("access_token").has("SameSite=Lax"));
    assert!(login.cookie("refresh_token").has("SameSite=Strict"));
}

#[tokio::test]
async fn cookies_for_pages_of_another_site_are_partitioned_also_when_they_are_cleared() {
    let server = Server::options()
        .set("allowed_origins", vec!["https://app.example.com"])
        .set("cookie.same_site", "None")
        .set("cookie.partitioned", true)
        .set("cookie.secure", true)
        .start()
        .await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let refresh = login.cookie("__Host-refresh_token");
    let logout = server.post("/api/auth/logout").cookie(refresh.pair()).await;
    for cookie in [refresh, logout.no_content().cookie("__Host-refresh_token")] {
        for attribute in ["SameSite=None", "Partitioned", "Secure"] {
            assert!(cookie.has(attribute), "{attribute}: {cookie:?}");
        }
    }
}

// security: Cookies and CSRF: Attributes and the strongest prefix they allow
#[tokio::test]
async fn in_a_release_cookies_are_secure_and_named_for_it() {
    let server = Server::options().release().with_access_cookie().start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let refresh = login.cookie("__Host-refresh_token");
    let access = login.cookie("__Host-access_token");
    assert_eq!(
        refresh.attributes,
        ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Strict", "Secure"]
    );
    assert_eq!(
        access.attributes,
        ["HttpOnly", "Max-Age=900", "Path=/", "SameSite=Strict", "Secure"]
    );

    server.get("/api/users/me").cookie(access.pair()).await.ok();
    let next = server.post("/api/auth/refresh").cookie(refresh.pair()).await;
    let next = next.ok().cookie("__Host-refresh_token");
    // Any site of the domain can set the names without their prefix.
    let bare = format!("access_token={}; Host-access_token={0}", access.value);
    server
        .get("/api/users/me")
        .cookie(bare)
        .await
        .refused(401, "missing_token");
    for name in ["refresh_token", "__Secure-refresh_token"] {
        let bare = server
            .post("/api/auth/refresh")
            .cookie(format!("{name}={}", next.value));
        bare.await.refused(401, "missing_token");
    }

    let logout = server.post("/api/auth/logout").cookie(next.pair()).await;
    assert_eq!(logout.cookies().len(), 2, "{logout:?}");
    for name in ["__Host-refresh_token", "__Host-access_token"] {
        let cleared = logout.no_content().cookie(name);
        assert!(cleared.value.is_empty() && cleared.has("Max-Age=0"), "{cleared:?}");
        assert!(
            cleared.has("Secure") && cleared.has("Path=/"),
            "a browser would not clear {cleared:?}"
        );
    }
}

// security: Cookies and CSRF: Attributes and the strongest prefix they allow
#[tokio::test]
async fn a_refresh_cookie_for_the_endpoints_alone_has_the_prefix_that_its_path_allows() {
    let server = Server::options()
        .release()
        .set("cookie.path", "/api/auth")
        .start()
        .await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let refresh = login.cookie("__Secure-refresh_token");
    assert!(refresh.has("Path=/api/auth") && refresh.has("Secure"), "{refresh:?}");
    server.post("/api/auth/refresh").cookie(refresh.pair()).await.ok();
}

#[tokio::test]
async fn secure_and_same_site_follow_the_configuration() {
    let server = Server::options()
        .set("cookie.secure", true)
        .set("cookie.same_site", "Lax")
        .start()
        .await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let refresh = login.cookie("__Host-refresh_token");
    assert!(refresh.has("Secure") && refresh.has("SameSite=Lax"), "{refresh:?}");
}

#[tokio::test]
async fn the_mount_and_the_cookies_path_move_together() {
    let server = Server::options()
        .set("mount", "/account")
        .set("cookie.path", "/account")
        .start()
        .await;
    let login = server.post("/account/login").json(&ANN.login()).await;
    let refresh = login.ok().cookie("refresh_token");
    assert!(refresh.has("Path=/account"), "{refresh:?}");
    assert_eq!(login.header("Cache-Control"), Some("no-store"));
    server.post("/account/refresh").cookie(refresh.pair()).await.ok();
    server
        .post("/api/auth/login")
        .json(&ANN.login())
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn the_refresh_cookie_lives_as_long_as_the_session_may_idle_and_no_longer_than_it_lasts() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .set("sessions.max_age", "8d")
        .start()
        .await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    assert!(login.cookie("refresh_token").has("Max-Age=604800"));
    clock.advance(Duration::from_secs(6 * 24 * 3600));
    let refreshed = server
        .post("/api/auth/refresh")
        .cookie(login.cookie("refresh_token").pair())
        .await;
    let cookie = refreshed.ok().cookie("refresh_token");
    let two_days = 2 * 24 * 3600;
    assert!(
        (two_days..=two_days + 1).any(|secs| cookie.has(&format!("Max-Age={secs}"))),
        "{cookie:?}"
    );
}

// security: Traps in the versions in use: Rocket decodes cookie names, and the last one wins
#[tokio::test]
async fn a_name_that_only_decodes_to_a_cookies_name_is_another_cookie() {
    let server = Server::options().with_access_cookie().start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let (access, refresh) = (login.cookie("access_token").value, login.cookie("refresh_token").value);
    for name in ["access%5Ftoken", "%61ccess_token", "Access_token", "access_token%20"] {
        server
            .get("/api/users/me")
            .cookie(format!("{name}={access}"))
            .await
            .refused(401, "missing_token");
    }
    for name in [
        "refresh%5Ftoken",
        "%72efresh_token",
        "REFRESH_TOKEN",
        "xrefresh_token",
        "refresh_token2",
    ] {
        let answer = server
            .post("/api/auth/refresh")
            .cookie(format!("{name}={refresh}"))
            .await;
        answer.refused(401, "missing_token");
    }
    // One of them does not get into the real one's way either.
    let shadowed = format!("access_token={access}; access%5Ftoken=garbage");
    server.get("/api/users/me").cookie(shadowed).await.ok();
    let shadowed = format!("refresh_token={refresh}; %72efresh_token=garbage");
    server.post("/api/auth/refresh").cookie(shadowed).await.ok();
}

// security: Cookies and CSRF: Of two cookies of one name the one that verifies counts, or none
#[tokio::test]
async fn of_two_cookies_of_one_name_the_one_that_verifies_counts_wherever_it_stands() {
    let server = Server::options().with_access_cookie().start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let (access, mut refresh) = (login.cookie("access_token").value, login.cookie("refresh_token").value);
    for pairs in [
        format!("access_token=planted; access_token={access}"),
        format!("access_token={access}; access_token=planted"),
        format!("access_token={access}; other=1; access_token={access}"),
    ] {
        server.get("/api/users/me").cookie(pairs).await.ok();
    }
    for two in [
        |good: &str| format!("refresh_token=x; refresh_token={good}"),
        |good: &str| format!("refresh_token={good}; refresh_token=x"),
    ] {
        refresh = server
            .post("/api/auth/refresh")
            .cookie(two(&refresh))
            .await
            .ok()
            .cookie("refresh_token")
            .value;
    }
    let none = server
        .post("/api/auth/refresh")
        .cookie("refresh_token=x; refresh_token=y")
        .await;
    assert_eq!(none.status, 401);
    let none = server
        .get("/api/users/me")
        .cookie("access_token=x; access_token=y")
        .await;
    assert_eq!(none.status, 401);
}

#[tokio::test]
async fn of_two_cookies_in_two_headers_the_one_that_verifies_counts() {
    let server = Server::options().with_access_cookie().start().await;
    let access = server.sign_in(ANN).await.access;
    let request = format!(
        "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: access_token={access}\r\n\
         Cookie: access_token=planted\r\n\r\n"
    );
    let answer = server.raw(&request).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

// security: Cookies and CSRF: Of two cookies of one name the one that verifies counts, or none
#[tokio::test]
async fn two_cookies_of_one_name_that_both_verify_are_refused_and_nothing_is_consumed() {
    let server = Server::options().with_access_cookie().start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let both = format!("refresh_token={}; refresh_token={}", ann.refresh, vic.refresh);
    server
        .post("/api/auth/refresh")
        .cookie(both)
        .await
        .refused(400, "several_credentials");
    let both = format!("access_token={}; access_token={}", ann.access, vic.access);
    server
        .get("/api/users/me")
        .cookie(both)
        .await
        .refused(400, "several_credentials");
    for session in [&ann, &vic] {
        assert_eq!(parts(&session.refresh).1["seq"], 0);
        let next = Session::of(&server.refresh(&session.refresh).await);
        assert_eq!(parts(&next.refresh).1["seq"], 1);
    }
}

// security: Cookies and CSRF: More than four values of one cookie are refused unread
#[tokio::test]
async fn more_than_four_values_of_a_cookies_name_are_refused_unread() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let planted = |name: &str, good: &str, many: usize| {
        let junk: String = (0..many).map(|n| format!("{name}=planted-{n}; ")).collect();
        format!("{junk}{name}={good}")
    };
    let refresh = |many| planted("refresh_token", &session.refresh, many);
    let access = |many| planted("access_token", &session.access, many);
    server.get("/api/users/me").cookie(access(3)).await.ok();
    // The same value again is no other value.
    let again = format!("{}; access_token=planted-0; access_token=planted-0", access(3));
    server.get("/api/users/me").cookie(again).await.ok();
    for many in [4, 5, 500] {
        for answer in [
            server.get("/api/users/me").cookie(access(many)).await,
            server.get("/api/auth/sessions").cookie(access(many)).await,
            server.post("/api/auth/logout-all").cookie(access(many)).await,
            server
                .get("/api/users/me")
                .bearer(&session.access)
                .cookie(access(many))
                .await,
            server.post("/api/auth/refresh").cookie(refresh(many)).await,
            server.post("/api/auth/logout").cookie(refresh(many)).await,
            server.post("/api/auth/logout").cookie(access(many)).await,
            server
                .post("/api/auth/login")
                .cookie(refresh(many))
                .json(&ANN.login())
                .await,
        ] {
            answer.refused(400, "several_credentials");
        }
    }
    server.me(&session.access).await.ok();
    assert_eq!(parts(&session.refresh).1["seq"], 0);
    let next = server.post("/api/auth/refresh").cookie(refresh(3)).await;
    assert_eq!(parts(&next.ok().cookie("refresh_token").value).1["seq"], 1);
}

#[tokio::test]
async fn a_refresh_token_in_cookie_and_body_is_refused_and_nothing_is_consumed() {
    let server = Server::start().await;
    let (ann, vic) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let cookie = format!("refresh_token={}", ann.refresh);
    for in_body in [&vic.refresh, &ann.refresh] {
        let both = server
            .post("/api/auth/refresh")
            .cookie(&cookie)
            .json(&json!({ "refreshToken": in_body }));
        both.await.refused(400, "several_credentials");
    }
    for session in [&ann, &vic] {
        let next = Session::of(&server.refresh(&session.refresh).await);
        assert_eq!(parts(&next.refresh).1["seq"], 1);
    }
}

#[tokio::test]
async fn an_empty_refresh_token_in_the_body_is_malformed_with_a_cookie_and_without() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for empty in [json!(""), json!(null)] {
        let refresh = || server.post("/api/auth/refresh").json(&json!({ "refreshToken": empty }));
        refresh().await.refused(422, "invalid_request");
        let beside = refresh().cookie(format!("refresh_token={}", session.refresh));
        beside.await.refused(422, "invalid_request");
    }
    let next = Session::of(&server.refresh(&session.refresh).await);
    assert_eq!(parts(&next.refresh).1["seq"], 1, "nothing was consumed");
}

// security: Tokens: Access and refresh tokens differ by key, `typ` and claims (2×2)
#[tokio::test]
async fn an_access_token_in_the_refresh_cookie_and_the_reverse_are_invalid() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let swapped = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={}", session.access));
    swapped.await.refused(401, "invalid_token");
    let swapped = server
        .get("/api/users/me")
        .cookie(format!("access_token={}", session.refresh));
    swapped.await.refused(401, "invalid_token");
}
