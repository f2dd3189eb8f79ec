//! What the endpoints take for a body, and what they do not.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ANN, Server, Session, parts};

/// Broken JSON for a body of any kind; `good` is an object that is accepted.
fn broken(good: &str) -> Vec<Vec<u8>> {
    let inner = good.trim_start_matches('{').trim_end_matches('}');
    let (first, _) = inner.split_once(',').unwrap_or((inner, ""));
    let (name, value) = first.split_once(':').expect("a member");
    let values = good
        .trim_matches(['{', '}'])
        .split(',')
        .map(|member| member.split_once(':').expect("a member").1);
    let by_position = format!("[{}]", values.collect::<Vec<_>>().join(","));
    // The first letter of the name as an escape is the same name.
    let escaped = format!("\"\\u{:04x}{}", name.as_bytes()[1], &name[2..]);
    let mut bodies: Vec<Vec<u8>> = [
        "{".to_owned(),
        "null".to_owned(),
        "true".to_owned(),
        "1".to_owned(),
        "\"text\"".to_owned(),
        "[]".to_owned(),
        by_position,
        format!("[{good}]"),
        format!("{good}{good}"),
        format!("{good}x"),
        format!("{good}\0"),
        format!("\u{feff}{good}"),
        good.replace('}', ",}"),
        good.replace('"', "'"),
        format!("/* comment */{good}"),
        good[..good.len() - 1].to_owned(),
        good.replacen('{', "{\"role\":\"admin\",", 1),
        good.replacen('{', "{\"\":1,", 1),
        good.replacen('{', &format!("{{{first},"), 1),
        good.replacen('{', &format!("{{{escaped}:{value},"), 1),
        good.replacen(value, "null", 1),
        good.replacen(value, "1", 1),
        good.replacen(value, "true", 1),
        good.replacen(value, &format!("[{value}]"), 1),
        good.replacen(value, &format!("{{\"x\":{value}}}"), 1),
        good.replacen(value, "\"\\ud800\"", 1),
        good.replacen(value, "\"a\nb\"", 1),
        good.replacen(value, &format!("{}1{}", "[".repeat(500), "]".repeat(500)), 1),
        good.replacen(name, &name.to_uppercase(), 1),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    let mut not_utf8 = good.as_bytes().to_vec();
    let inside = good.len() - 3;
    not_utf8[inside] = 0xff;
    bodies.push(not_utf8);
    bodies.push(good.encode_utf16().flat_map(u16::to_le_bytes).collect());
    bodies
}

#[tokio::test]
async fn a_login_body_is_exactly_what_is_expected_or_422() {
    let server = Server::start().await;
    let good = json!({ "email": ANN.email, "password": ANN.password }).to_string();
    server
        .post("/api/auth/login")
        .body("application/json", good.clone())
        .await
        .ok();
    let mut bodies = broken(&good);
    bodies.extend(
        [
            json!({}),
            json!({ "email": ANN.email }),
            json!({ "password": ANN.password }),
            json!({ "email": ANN.email, "password": null }),
            json!({ "email": ANN.email, "password": 1 }),
            json!({ "email": ANN.email, "password": ANN.password, "delivery": null }),
            json!({ "email": ANN.email, "password": ANN.password, "delivery": "header" }),
            json!({ "email": ANN.email, "password": ANN.password, "delivery": "Body" }),
            json!({ "email": ANN.email, "password": ANN.password, "delivery": ["body"] }),
            json!({ "email": ANN.email, "password": ANN.password, "delivery": { "body": null } }),
            json!({ "email": ANN.email, "password": ANN.password, "roles": ["admin"] }),
        ]
        .map(|body| body.to_string().into_bytes()),
    );
    bodies.push(Vec::new());
    for body in bodies {
        let answer = server
            .post("/api/auth/login")
            .body("application/json", body.clone())
            .await;
        assert_eq!(answer.status, 422, "{}: {answer:?}", String::from_utf8_lossy(&body));
        answer.refused(422, "invalid_request");
    }
}

#[tokio::test]
async fn a_refresh_body_is_exactly_what_is_expected_or_422_and_nothing_is_consumed() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let good = json!({ "refreshToken": session.refresh }).to_string();
    for body in broken(&good) {
        let answer = server
            .post("/api/auth/refresh")
            .body("application/json", body.clone())
            .await;
        assert_eq!(answer.status, 422, "{}: {answer:?}", String::from_utf8_lossy(&body));
        answer.refused(422, "invalid_request");
        // A cookie beside it does not save it.
        let cookie = format!("refresh_token={}", session.refresh);
        let answer = server
            .post("/api/auth/refresh")
            .cookie(cookie)
            .body("application/json", body)
            .await;
        answer.refused(422, "invalid_request");
    }
    let next = Session::of(&server.refresh(&session.refresh).await);
    assert_eq!(parts(&next.refresh).1["seq"], 1);
}

#[tokio::test]
async fn a_password_body_is_exactly_what_is_expected_or_422() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let good = json!({ "currentPassword": ANN.password, "newPassword": "a fine new password" }).to_string();
    let mut bodies = broken(&good);
    bodies.extend([
        b"{}".to_vec(),
        json!({ "currentPassword": ANN.password }).to_string().into(),
        json!({ "newPassword": "a fine new password" }).to_string().into(),
        json!({ "current_password": ANN.password, "new_password": "a fine new password" })
            .to_string()
            .into(),
        Vec::new(),
    ]);
    for body in bodies {
        let ask = server.post("/api/auth/password").bearer(&session.access);
        let answer = ask.body("application/json", body.clone()).await;
        assert_eq!(answer.status, 422, "{}: {answer:?}", String::from_utf8_lossy(&body));
        answer.refused(422, "invalid_request");
    }
    server.sign_in(ANN).await;
}

// security: Traps in the versions in use: Rocket's `Json` takes text/plain; a wrong `format` is 404
#[tokio::test]
async fn only_json_is_json() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let login = ANN.login().to_string();
    let refresh = json!({ "refreshToken": session.refresh }).to_string();
    let password = json!({ "currentPassword": ANN.password, "newPassword": "a fine new password" }).to_string();
    for content_type in [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "application/jsonp",
        "application/problem+json",
        "application/octet-stream",
        "*/*",
        "nonsense",
    ] {
        for (path, body) in [("login", &login), ("refresh", &refresh), ("password", &password)] {
            let ask = server.post(&format!("/api/auth/{path}")).bearer(&session.access);
            let answer = ask.body(content_type, body.as_str()).await;
            assert_eq!(answer.status, 415, "{path} {content_type}: {answer:?}");
            answer.refused(415, "unsupported_media_type");
        }
    }
    server
        .post("/api/auth/login")
        .raw_body(login.as_str())
        .await
        .refused(415, "unsupported_media_type");
    for content_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
    ] {
        server
            .post("/api/auth/login")
            .body(content_type, login.as_str())
            .await
            .ok();
    }
}

// security: Passwords and signing in: Input sizes are checked before database and hash
// security: Limits: Bodies of endpoints are at most 4 KiB, and read within 5 s
#[tokio::test]
async fn a_body_of_4_kib_is_read_and_a_longer_one_is_413() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let login = ANN.login().to_string();
    server
        .post("/api/auth/login")
        .body("application/json", format!("{login:4096}"))
        .await
        .ok();
    for path in ["login", "refresh", "password"] {
        for length in [4097, 5000, 8000] {
            let ask = server.post(&format!("/api/auth/{path}")).bearer(&session.access);
            let answer = ask.body("application/json", format!("{login:length$}")).await;
            answer.refused(413, "payload_too_large");
        }
    }
    // Without a length said beforehand, too.
    let chunk = "x".repeat(0x1001);
    let request = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n1001\r\n{chunk}\r\n0\r\n\r\n"
    );
    let answer = server.raw(&request).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("payload_too_large"),
        "{answer}"
    );
}

#[tokio::test]
async fn who_may_not_change_a_password_does_not_make_the_server_read_a_body() {
    let server = Server::start().await;
    let answer = server
        .post("/api/auth/password")
        .body("text/plain", "x".repeat(5000))
        .await;
    answer.refused(401, "missing_token");
}

// security: Traps in the versions in use: Rocket sets no timeout on bodies; that of headers is a matter for a proxy in front, as docs/nginx.conf has it
// security: Limits: Bodies of endpoints are at most 4 KiB, and read within 5 s
#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let server = Server::start().await;
    // Rocket itself waits for the first 14 bytes of any body, without an end; the limit is on what
    // comes behind them.
    let begun = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .expect("the server listens");
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: 100\r\n\r\n{\"email\":\"ann@example.com\"";
    stream.write_all(head.as_bytes()).await.expect("the server reads");
    let mut answer = [0; 1024];
    let reading = tokio::time::timeout(Duration::from_secs(30), stream.read(&mut answer));
    let length = reading.await.expect("the server gives up").expect("the server answers");
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let waited = begun.elapsed();
    assert!(
        waited > Duration::from_secs(4) && waited < Duration::from_secs(20),
        "{waited:?}"
    );
    server.sign_in(ANN).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_of_a_body_disturbs_nobody() {
    let server = Server::start().await;
    for _ in 0..5 {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))
            .await
            .expect("the server listens");
        let head = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                    Content-Length: 100\r\n\r\n{\"email\":\"ann@example.com\"";
        stream.write_all(head.as_bytes()).await.expect("the server reads");
    }
    server.sign_in(ANN).await;
    assert!(server.log.errors().is_empty(), "{:?}", server.log.errors());
}
