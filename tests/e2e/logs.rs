//! What the log says, and what it never says. Everything is collected, down to the level at which
//! Rocket prints the headers of requests and answers.

use serde_json::json;

use crate::support::{ANN, Log, Server, Session, VIC, dumps_headers, parts, with_claims};

/// Never in the log, however it came in.
const CANARY: &str = "kestrel-Over-the-quarry-7";

/// Asserts that no line holds `secret`; Rocket's own dump of headers, which a release refuses to
/// print, may.
#[track_caller]
fn is_silent_about(log: &Log, secret: &str, but_headers: bool) {
    for line in log.lines() {
        if !(but_headers && dumps_headers(&line)) {
            assert!(!line.text.contains(secret), "{secret} in {line:?}");
        }
    }
}

// security: Traps in the versions in use: Rocket logs a body that its `Json` guard could not read
#[tokio::test]
async fn no_login_body_whatever_its_shape_puts_the_password_in_the_log() {
    let server = Server::start().await;
    let strays = Log::stray();
    let good = json!({ "email": ANN.email, "password": CANARY }).to_string();
    let mut bodies: Vec<String> = vec![
        good.clone(),
        CANARY.to_owned(),
        format!("\"{CANARY}\""),
        format!("{{\"password\":\"{CANARY}\"}}"),
        format!("{{\"email\":\"{CANARY}\",\"password\":\"{CANARY}\",\"delivery\":\"{CANARY}\"}}"),
        format!("{{\"email\":\"a\",\"password\":\"x\",\"{CANARY}\":1}}"),
        format!("{{\"email\":\"a\",\"password\":[\"{CANARY}\"]}}"),
        format!("{{\"email\":\"a\",\"password\":{{\"{CANARY}\":1}}}}"),
        format!("{{\"email\":[\"{CANARY}\"],\"password\":\"x\"}}"),
        format!("{{\"email\":\"a\",\"password\":\"{CANARY}\",\"password\":\"{CANARY}\"}}"),
        format!("[\"a\",\"{CANARY}\"]"),
        format!("email=a&password={CANARY}"),
        format!("{good}x"),
        good.replace('}', ""),
        good.replace('"', "'"),
        format!("\u{feff}{good}"),
        format!("{good:5000}"),
        format!("{{\"email\":\"a\",\"password\":\"{CANARY}\0\"}}"),
        json!({ "email": ANN.email, "password": CANARY.repeat(10) }).to_string(),
    ];
    bodies.extend((1..good.len()).step_by(7).map(|cut| good[..cut].to_owned()));
    for body in bodies {
        for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
            let login = server.post("/api/auth/login").body(content_type, body.as_str()).await;
            assert!((400..500).contains(&login.status), "{login:?}");
        }
    }
    assert!(server.log.with("received request").len() > 50, "all levels are here");
    is_silent_about(&server.log, CANARY, false);
    is_silent_about(strays, CANARY, false);
}

// security: Errors, logs, headers: No password, token, cookie or secret in a log at any level
#[tokio::test]
async fn no_password_body_puts_a_password_in_the_log() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    is_silent_about(&server.log, ANN.password, false);
    let post = |body: String| {
        server
            .post("/api/auth/password")
            .bearer(&session.access)
            .body("application/json", body)
    };
    for body in [
        json!({ "currentPassword": CANARY, "newPassword": CANARY }).to_string(),
        json!({ "currentPassword": ANN.password, "newPassword": "x", CANARY: 1 }).to_string(),
        format!("{{\"currentPassword\":\"{CANARY}\",\"newPassword\":\"{CANARY}"),
        json!({ "currentPassword": [CANARY], "newPassword": { CANARY: CANARY } }).to_string(),
        json!({ "currentPassword": ANN.password, "newPassword": CANARY }).to_string(),
    ] {
        post(body).await;
    }
    assert_eq!(server.log.events("password_changed").len(), 1);
    is_silent_about(&server.log, CANARY, false);
    is_silent_about(&server.log, ANN.password, false);
}

// security: Errors, logs, headers: No password, token, cookie or secret in a log at any level
#[tokio::test]
async fn no_token_that_came_or_went_in_a_body_is_in_the_log() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    let third = Session::of(&server.refresh(&second.refresh).await);
    let forged = with_claims(&third.refresh, "another-secret-0123456789-abcdefgh", |_| ());
    server.refresh(&forged).await.refused(401, "invalid_token");
    server
        .post("/api/auth/refresh")
        .body("application/json", format!("{{\"refreshToken\":\"{}", third.refresh))
        .await;
    server
        .post("/api/auth/refresh")
        .body("text/plain", third.refresh.as_str())
        .await;
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
    let ended = server.sign_in(VIC).await;
    server
        .post("/api/auth/logout")
        .json(&json!({ "refreshToken": ended.refresh }))
        .await
        .no_content();
    for session in [&first, &second, &third, &ended] {
        for token in [&session.access, &session.refresh] {
            let (signed, mac) = token.rsplit_once('.').expect("three parts");
            is_silent_about(&server.log, signed.rsplit_once('.').expect("two parts").1, false);
            is_silent_about(&server.log, mac, false);
        }
    }
    is_silent_about(&server.log, &forged, false);
}

// security: Errors, logs, headers: No password, token, cookie or secret in a log at any level
#[tokio::test]
async fn no_bearer_or_cookie_is_in_the_log_but_in_rockets_own_dump_of_headers() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    let login = browser.sign_in(ANN).await;
    let (access, refresh) = (login.cookie("access_token").value, login.cookie("refresh_token").value);
    browser.get("/api/users/me").await.ok();
    browser.get("/dashboard").await.ok();
    server.get("/api/admin").bearer(&access).await.ok();
    server
        .get("/api/admin")
        .bearer(&refresh)
        .await
        .refused(401, "invalid_token");
    server
        .get("/api/admin")
        .header("Authorization", format!("Bearer {access} {refresh}"))
        .await;
    let foreign = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={refresh}"));
    foreign
        .header("Sec-Fetch-Site", "cross-site")
        .await
        .refused(403, "csrf_rejected");
    let refreshed = browser.post("/api/auth/refresh").await;
    browser.post("/api/auth/logout").await.no_content();
    for token in [
        access,
        refresh,
        refreshed.cookie("access_token").value,
        refreshed.cookie("refresh_token").value,
    ] {
        assert!(
            !server.log.with(&token).is_empty(),
            "Rocket does print headers at this level"
        );
        is_silent_about(&server.log, &token, true);
    }
}

// security: Errors, logs, headers: No password, token, cookie or secret in a log at any level
#[tokio::test]
async fn no_secret_and_no_hash_is_in_the_log() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    server.refresh(&session.refresh).await.ok();
    is_silent_about(&server.log, server.access_secret(), false);
    is_silent_about(&server.log, server.refresh_secret(), false);
    is_silent_about(&server.log, "$2b$", false);
    let k = parts(&session.refresh).1["k"].as_str().expect("text").to_owned();
    is_silent_about(&server.log, &k, false);
}

// security: Errors, logs, headers: Control characters are escaped
#[tokio::test]
async fn nobody_writes_lines_of_their_own_into_the_log() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let forged = "x\r\nERROR auth_core::audit a forged line\u{1b}[31m";
    server
        .post("/api/auth/login")
        .json(&json!({ "email": forged, "password": forged }))
        .await;
    server
        .delete("/api/auth/sessions/x%0D%0AERROR%20a%20forged%20line")
        .bearer(&session.access)
        .await;
    server
        .get("/api/reports/%0D%0Aa%20forged%20line")
        .bearer(&session.access)
        .await;
    server
        .get("/api/admin")
        .cookie("refresh_token=%0D%0Aa forged line")
        .await;
    let lines = server.log.with("a forged line");
    assert!(
        lines
            .iter()
            .all(|line| !line.text.contains("\na forged") && !line.text.contains("\nERROR")),
        "{lines:?}"
    );
    let ours = server
        .log
        .lines()
        .into_iter()
        .filter(|line| line.target.starts_with("auth_core"));
    for line in ours {
        assert!(!line.text.contains(char::is_control), "{line:?}");
    }
}

// security: Errors, logs, headers: Events with user, session, source and request id
#[tokio::test]
async fn what_happened_is_told_with_user_session_and_source() {
    let server = Server::options()
        .with_access_cookie()
        .set("throttle.account_per_minute", 1)
        .start()
        .await;
    let (id, vic_id) = (server.id_of(ANN).await, server.id_of(VIC).await);
    let first = server.sign_in(ANN).await;
    let sid = parts(&first.access).1["sid"].as_str().expect("text").to_owned();
    let second = Session::of(&server.refresh(&first.refresh).await);
    Session::of(&server.refresh(&second.refresh).await);
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
    let vic = server.sign_in(VIC).await;
    server
        .get("/api/admin")
        .bearer(&vic.access)
        .await
        .refused(403, "insufficient_role");
    for _ in 0..2 {
        server
            .post("/api/auth/login")
            .json(&json!({ "email": ANN.email, "password": "wrong" }))
            .await;
    }
    let foreign = server
        .post("/api/auth/refresh")
        .cookie(format!("refresh_token={}", vic.refresh));
    foreign
        .header("Sec-Fetch-Site", "cross-site")
        .await
        .refused(403, "csrf_rejected");

    let (user, session, source) = (format!("user={id}"), format!("session={sid}"), "127.0.0.1".to_owned());
    let vic_user = format!("user={vic_id}");
    for (event, parts) in [
        ("login_succeeded", vec![&user, &session, &source]),
        ("token_refreshed", vec![&user, &session]),
        ("refresh_reuse", vec![&user, &session, &source]),
        ("session_revoked", vec![&session]),
        ("authorization_denied", vec![&vic_user]),
        ("login_failed", vec![&source]),
        ("login_throttled", vec![&source]),
        ("csrf_rejected", vec![&source]),
    ] {
        let lines = server.log.events(event);
        assert!(
            lines
                .iter()
                .any(|line| parts.iter().all(|part| line.text.contains(part.as_str()))),
            "{event}: {lines:?}"
        );
    }
}
