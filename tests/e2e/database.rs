//! An attacker who reads the database finds nothing there to present.

use auth_core::mail::MessageKind;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::{ANN, Server, Session, VIC, parts};

/// Every byte that the server keeps in its folder: the database and what SQLite keeps beside it.
fn dump(server: &Server) -> Vec<u8> {
    let files = std::fs::read_dir(server.folder()).expect("the folder is there");
    let mut dump = Vec::new();
    for file in files {
        dump.extend(std::fs::read(file.expect("an entry").path()).expect("a file"));
    }
    dump
}

fn holds(dump: &[u8], what: &[u8]) -> bool {
    dump.windows(what.len()).any(|window| window == what)
}

// security: Rotation and storage: The database never holds anything that can be presented
#[tokio::test]
async fn a_dump_holds_no_token_no_session_secret_no_password_and_no_key() {
    let server = Server::start().await;
    let login = server.post("/api/auth/login").json(&ANN.login()).await;
    let mut sessions = vec![Session {
        access: login.field("accessToken"),
        refresh: login.cookie("refresh_token").value,
        expires_in: 900,
    }];
    sessions.push(server.sign_in(VIC).await);
    let next = Session::of(&server.refresh(&sessions[1].refresh).await);
    sessions.push(next);
    let new_password = "vic's next password";
    let change = json!({ "currentPassword": VIC.password, "newPassword": new_password });
    let changed = server
        .post("/api/auth/password")
        .bearer(&sessions[1].access)
        .json(&change)
        .await;
    sessions.push(Session::of(&changed));
    server
        .post("/api/auth/logout")
        .bearer(&sessions[0].access)
        .await
        .no_content();
    server
        .post("/api/auth/login")
        .json(&json!({ "email": ANN.email, "password": "a wrong guess" }))
        .await;

    let dump = dump(&server);
    let is_there = |what: &str| holds(&dump, what.as_bytes());
    // That what is kept is found, so that what is not found is not kept.
    assert!(is_there(ANN.email) && is_there("$2b$04$") && is_there("CREATE TABLE auth_sessions"));
    let mut secrets = vec![
        ("access secret", server.access_secret().as_bytes().to_vec()),
        ("refresh secret", server.refresh_secret().as_bytes().to_vec()),
        ("new password", new_password.into()),
        ("wrong password", b"a wrong guess".to_vec()),
        ("ann's password", ANN.password.into()),
        ("vic's password", VIC.password.into()),
    ];
    for session in &sessions {
        let claims = parts(&session.refresh).1;
        let k = claims["k"].as_str().expect("text");
        let bytes = URL_SAFE_NO_PAD.decode(k).expect("base64url");
        let sid = claims["sid"].as_str().expect("text");
        assert!(is_there(sid), "sessions are kept");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
        assert!(holds(&dump, hash.as_ref()), "the hash of the secret is kept");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        secrets.extend([
            ("k", bytes.clone()),
            ("k as base64url", k.into()),
            ("k as base64", STANDARD.encode(&bytes).into()),
            ("k as hex", hex.into()),
        ]);
        for token in [&session.access, &session.refresh] {
            secrets.push(("a token", token.as_bytes().to_vec()));
            secrets.extend(
                token
                    .split('.')
                    .map(|part| ("a part of a token", part.as_bytes().to_vec())),
            );
            secrets.push(("a jti", parts(token).1["jti"].as_str().expect("text").into()));
        }
    }
    for (what, secret) in &secrets {
        assert!(!holds(&dump, secret), "{what}: {}", String::from_utf8_lossy(secret));
    }
}

#[tokio::test]
async fn rows_do_not_grow_with_refreshes() {
    let server = Server::start().await;
    let mut session = server.sign_in(ANN).await;
    for _ in 0..20 {
        session = Session::of(&server.refresh(&session.refresh).await);
    }
    assert_eq!(
        server.query_text("SELECT CAST(count(*) AS TEXT) AS text FROM auth_sessions"),
        "1"
    );
}

// security: Rotation and storage: A used or revoked row keeps its evidence until the session's end
#[tokio::test]
async fn a_used_or_ended_row_keeps_its_evidence() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let second = Session::of(&server.refresh(&first.refresh).await);
    Session::of(&server.refresh(&second.refresh).await);
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
    // The revocation is committed though the answer is 401.
    let why = server.query_text("SELECT outcome || ' ' || (revoked_at IS NOT NULL) AS text FROM auth_sessions");
    assert_eq!(why, "reused 1");
    server.post("/api/auth/logout").bearer(&first.access).await.no_content();
    assert_eq!(
        server.query_text("SELECT outcome || ' ' || current AS text FROM auth_sessions"),
        "reused 2"
    );
}

// security: Rotation and storage: The database never holds anything that can be presented
#[tokio::test]
async fn a_dump_holds_no_ticket() {
    let (server, mailbox) = Server::with_flows().await;
    let forgot = server.post("/api/auth/password/forgot");
    assert_eq!(forgot.json(&json!({ "email": ANN.email })).await.status, 202);
    let ticket = mailbox.take(MessageKind::PasswordReset, ANN.email).await.ticket();
    let bytes = URL_SAFE_NO_PAD.decode(&ticket).expect("base64url");
    let dump = dump(&server);
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    assert!(holds(&dump, hash.as_ref()), "the hash of the ticket is kept");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for secret in [ticket.as_bytes(), &bytes, hex.as_bytes()] {
        assert!(!holds(&dump, secret), "a ticket is in the database");
    }
}
