//! `POST /api/auth/login`.

use std::time::{Duration, Instant};

use auth_core::SecretString;
use rocket_app::role::AppRole;
use serde_json::json;

use crate::support::{ANN, ED, Server, Session, VIC, manual_clock, parts};

// security: Issuance: In cookie delivery the refresh token is in `Set-Cookie` only
#[tokio::test]
async fn a_sign_in_gives_an_access_token_and_the_refresh_token_as_a_cookie_only() {
    let server = Server::start().await;
    let answer = server.post("/api/auth/login").json(&ANN.login()).await;
    let body = answer.ok().json();
    assert_eq!(body["tokenType"], "Bearer");
    assert_eq!(body["expiresIn"], 900);
    assert_eq!(
        body.as_object().map(serde_json::Map::len),
        Some(3),
        "nothing else: {body}"
    );
    assert_eq!(answer.cookies().len(), 1, "no access cookie unless it is turned on");
    let refresh = answer.cookie("refresh_token");
    assert!(!answer.text.contains(&refresh.value));
    server.me(&answer.field("accessToken")).await.ok();
}

#[tokio::test]
async fn with_delivery_body_the_refresh_token_is_in_the_body_and_no_cookie_is_set() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    assert_eq!(session.expires_in, 900);
    Session::of(&server.refresh(&session.refresh).await);
}

#[tokio::test]
async fn delivery_cookie_is_the_default_said_aloud() {
    let server = Server::start().await;
    let mut login = ANN.login();
    login["delivery"] = json!("cookie");
    let answer = server.post("/api/auth/login").json(&login).await;
    answer.ok().cookie("refresh_token");
}

#[tokio::test]
async fn the_email_is_trimmed_and_compared_without_ascii_case() {
    let server = Server::start().await;
    for email in ["ANN@Example.Com", "  ann@example.com\n", "\tAnn@EXAMPLE.com "] {
        let answer = server
            .post("/api/auth/login")
            .json(&json!({ "email": email, "password": ANN.password }))
            .await;
        answer.ok();
    }
    // To Unicode the Kelvin sign is a K, but here it matches no letter.
    let answer = server
        .post("/api/auth/login")
        .json(&json!({ "email": "ann@example.com\u{212a}", "password": ANN.password }));
    answer.await.refused(401, "invalid_credentials");
}

// security: Passwords and signing in: Unknown user, wrong password, disabled: same status, body and headers
#[tokio::test]
async fn unknown_email_wrong_password_and_disabled_account_get_the_same_answer() {
    let server = Server::start().await;
    server.disable(ED.email).await.expect("ed has an account");
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@example.com", ANN.password),
        (ANN.email, "not ann's password"),
        (ED.email, ED.password),
    ] {
        let answer = server
            .post("/api/auth/login")
            .json(&json!({ "email": email, "password": password }))
            .await;
        answer.refused(401, "invalid_credentials");
        let headers: Vec<_> = answer.headers.into_iter().filter(|(name, _)| name != "date").collect();
        answers.push((answer.text, headers));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
}

// security: Traps in the versions in use: `bcrypt` takes a password for another up to a NUL, and cuts at 72 bytes
// security: Passwords and signing in: Input sizes are checked before database and hash
#[tokio::test]
async fn a_password_that_nobody_can_have_is_wrong_like_any_other() {
    let server = Server::start().await;
    let nul = format!("{}\0x", ANN.password);
    let long = "x".repeat(73);
    for password in ["", "x", &nul, &long, &"ä".repeat(1000)] {
        let answer = server
            .post("/api/auth/login")
            .json(&json!({ "email": ANN.email, "password": password }))
            .await;
        answer.refused(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn an_email_that_nobody_can_have_is_unknown_like_any_other_and_one_too_long_is_not_looked_up() {
    let server = Server::start().await;
    let login = |email: &str| {
        let body = json!({ "email": email, "password": ANN.password });
        server.post("/api/auth/login").json(&body)
    };
    let longest = format!("{}@example.com", "x".repeat(320 - "@example.com".len()));
    for email in [
        "",
        "ann",
        "ann@example.com\0",
        "\0",
        "ann@example.com\r\nx",
        longest.as_str(),
    ] {
        login(email).await.refused(401, "invalid_credentials");
    }
    // 422 also if the accounts cannot be read.
    server.execute("ALTER TABLE auth_accounts RENAME TO gone");
    login(&format!("x{longest}")).await.refused(422, "invalid_request");
    login(&longest).await.refused(503, "unavailable");
}

// security: Traps in the versions in use: `bcrypt` takes a password for another up to a NUL, and cuts at 72 bytes
#[tokio::test]
async fn a_password_is_not_trimmed_or_cut_at_72_bytes() {
    let server = Server::start().await;
    let password = "72 bytes: the quick brown fox jumps over the lazy dog and runs far away.";
    assert_eq!(password.len(), 72);
    server
        .auth
        .accounts()
        .create("long@example.com", SecretString::new(password), Vec::<AppRole>::new())
        .await
        .expect("a fine password");
    for (typed, status) in [
        (password.to_owned(), 200),
        (format!("{password}x"), 401),
        (format!(" {password}"), 401),
        (password[..71].to_owned(), 401),
    ] {
        let answer = server
            .post("/api/auth/login")
            .json(&json!({ "email": "long@example.com", "password": typed }))
            .await;
        assert_eq!(answer.status, status, "{typed:?}");
    }
}

// security: Issuance: A sign-in always starts a new session and revokes the one its cookie named
#[tokio::test]
async fn a_sign_in_starts_a_new_session_and_ends_the_one_its_cookie_named() {
    let server = Server::start().await;
    let browser = server.browser();
    let first = browser.sign_in(ANN).await;
    let second = browser.sign_in(ANN).await;
    server
        .me(&first.field("accessToken"))
        .await
        .refused(401, "session_revoked");
    let old = format!("refresh_token={}", first.cookie("refresh_token").value);
    server
        .post("/api/auth/refresh")
        .cookie(old)
        .await
        .refused(401, "session_revoked");
    server.me(&second.field("accessToken")).await.ok();
}

#[tokio::test]
async fn a_sign_in_as_somebody_else_ends_the_session_that_the_browser_had() {
    let server = Server::start().await;
    let browser = server.browser();
    let ann = browser.sign_in(ANN).await;
    let vic = browser.sign_in(VIC).await;
    server
        .me(&ann.field("accessToken"))
        .await
        .refused(401, "session_revoked");
    assert_eq!(server.me(&vic.field("accessToken")).await.field("email"), VIC.email);
}

#[tokio::test]
async fn a_failed_sign_in_ends_no_session_and_sets_no_cookie() {
    let server = Server::start().await;
    let browser = server.browser();
    let first = browser.sign_in(ANN).await;
    let wrong = browser
        .post("/api/auth/login")
        .json(&json!({ "email": ANN.email, "password": "not ann's password" }));
    wrong.await.refused(401, "invalid_credentials");
    server.me(&first.field("accessToken")).await.ok();
    browser.post("/api/auth/refresh").await.ok();
}

#[tokio::test]
async fn a_sign_in_with_a_dead_refresh_cookie_works() {
    let server = Server::start().await;
    for cookie in [
        "refresh_token=garbage",
        "refresh_token=a; refresh_token=b",
        "refresh_token=",
    ] {
        let answer = server.post("/api/auth/login").cookie(cookie).json(&ANN.login()).await;
        answer.ok().cookie("refresh_token");
    }
}

// security: Issuance: Access at most 1 h, 15 min by default
#[tokio::test]
async fn an_access_token_says_what_the_contract_says_and_nothing_personal() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let session = server.sign_in(ANN).await;
    let (header, claims) = parts(&session.access);
    assert_eq!(
        (header["typ"].as_str(), header["alg"].as_str()),
        (Some("at+jwt"), Some("HS256"))
    );
    assert!(header["kid"].is_string());
    assert_eq!(header.as_object().map(serde_json::Map::len), Some(3), "{header}");
    let mut names: Vec<&str> = claims
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "aud",
            "auth_time",
            "epoch",
            "exp",
            "iat",
            "iss",
            "jti",
            "roles",
            "rv",
            "sid",
            "sub"
        ]
    );
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("auth-core"), &json!("auth-core"))
    );
    assert_eq!(claims["sub"], server.id_of(ANN).await.as_str());
    assert_eq!(
        claims["roles"],
        json!(["admin"]),
        "what is held, not what that includes"
    );
    assert_eq!(claims["iat"], 1_800_000_000);
    assert_eq!(claims["auth_time"], 1_800_000_000);
    assert_eq!(claims["exp"], 1_800_000_900);

    // `auth_time` stays, `iat` and `jti` do not.
    clock.advance(Duration::from_secs(60));
    let (_, next) = parts(&Session::of(&server.refresh(&session.refresh).await).access);
    assert_eq!(
        (&next["auth_time"], &next["iat"]),
        (&claims["auth_time"], &json!(1_800_000_060))
    );
    assert_eq!(next["sid"], claims["sid"]);
    assert_ne!(next["jti"], claims["jti"]);
}

#[tokio::test]
async fn a_refresh_token_says_what_the_design_says() {
    let server = Server::options().clock(&manual_clock()).start().await;
    let (header, claims) = parts(&server.sign_in(ANN).await.refresh);
    assert_eq!(header["typ"], "rt+jwt");
    let mut names: Vec<&str> = claims
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "k", "seq", "sid", "sub"]);
    assert!(claims["seq"].is_i64());
    let month = 30 * 24 * 3600;
    let exp = claims["exp"].as_i64().expect("whole seconds");
    assert!(
        (1_800_000_000 + month..=1_800_000_001 + month).contains(&exp),
        "the end of the session: {exp}"
    );
}

// security: Issuance: Ids and the session's secret from the system's generator
#[tokio::test]
async fn the_same_password_gives_different_sessions_ids_and_secrets() {
    let server = Server::start().await;
    let (one, other) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let ((_, one), (_, other)) = (parts(&one.refresh), parts(&other.refresh));
    for claim in ["sid", "k", "jti"] {
        assert_ne!(one[claim], other[claim], "{claim}");
    }
}

#[tokio::test]
async fn an_access_token_does_not_outlive_its_session() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .set("sessions.max_age", "1h")
        .set("sessions.idle_timeout", "1h")
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(3590));
    let last = Session::of(&server.refresh(&session.refresh).await);
    assert!((9..=11).contains(&last.expires_in), "{}", last.expires_in);
    clock.advance(Duration::from_secs(11));
    server.me(&last.access).await.refused(401, "token_expired");
}

// security: Passwords and signing in: An unknown e-mail, a disabled account and an impossible password take the same work as a wrong one
#[tokio::test]
async fn an_unknown_email_a_disabled_account_and_an_impossible_password_take_as_long_as_a_wrong_one() {
    let server = Server::options()
        .bcrypt_cost(11)
        .set("throttle.account_per_minute", 0)
        .start()
        .await;
    server.disable(ED.email).await.expect("ed has an account");
    // Hashes of an old cost would be compared in no time.
    let cheap = server.another().bcrypt_cost(4).start().await;
    for email in ["old@example.com", "oldest@example.com"] {
        let added = cheap
            .auth
            .accounts()
            .create(email, SecretString::new(ED.password), Vec::<AppRole>::new());
        added.await.expect("a new account");
    }
    cheap.disable("oldest@example.com").await.expect("there is one");
    let long = "x".repeat(73);
    let cases = [
        ("a wrong password", ANN.email, "not ann's password"),
        ("an unknown e-mail", "nobody@example.com", "not ann's password"),
        ("a disabled account", ED.email, ED.password),
        ("a password over 72 bytes", ANN.email, long.as_str()),
        ("a NUL", ANN.email, "not\0ann's"),
        ("an old hash", "old@example.com", "not the password"),
        ("an old hash of a disabled account", "oldest@example.com", ED.password),
    ];
    // The fastest of several: other load of the machine makes an answer slower, never faster.
    let mut fastest = [Duration::MAX; 7];
    for _ in 0..5 {
        for (fastest, (_, email, password)) in fastest.iter_mut().zip(cases) {
            let begun = Instant::now();
            let login = server
                .post("/api/auth/login")
                .json(&json!({ "email": email, "password": password }));
            login.await.refused(401, "invalid_credentials");
            *fastest = begun.elapsed().min(*fastest);
        }
    }
    for (took, (what, ..)) in fastest.iter().zip(cases) {
        // Without the work an answer takes a twentieth of it.
        assert!(*took > fastest[0] / 3, "{what}: {took:?} of {fastest:?}");
    }
}

#[tokio::test]
async fn a_sign_in_keeps_what_the_client_calls_itself_short_and_printable() {
    let server = Server::start().await;
    let login = server.post("/api/auth/login").header("User-Agent", "x".repeat(4000));
    let access = login.json(&ANN.login()).await.field("accessToken");
    let sessions = server.get("/api/auth/sessions").bearer(&access).await.json();
    assert_eq!(sessions[0]["userAgent"], "x".repeat(256));
    assert_eq!(sessions[0]["ip"], "127.0.0.1");
}
