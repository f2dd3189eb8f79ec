//! `POST /api/auth/password`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{ANN, Answer, Person, Server, Session, VIC, manual_clock};

const NEW: &str = "ann now likes violet gorillas";

fn change(current: &str, new: &str) -> Value {
    json!({ "currentPassword": current, "newPassword": new })
}

async fn post(server: &Server, access: &str, body: &Value) -> Answer {
    server.post("/api/auth/password").bearer(access).json(body).await
}

#[tokio::test]
async fn the_new_password_signs_in_and_the_old_one_does_not() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    post(&server, &session.access, &change(ANN.password, NEW))
        .await
        .no_content()
        .sets_no_cookie();
    server
        .post("/api/auth/login")
        .json(&ANN.login())
        .await
        .refused(401, "invalid_credentials");
    server.sign_in(Person { password: NEW, ..ANN }).await;
}

#[tokio::test]
async fn the_users_other_sessions_end_at_once_and_this_one_goes_on() {
    let server = Server::start().await;
    let (here, elsewhere, bystander) = (
        server.sign_in(ANN).await,
        server.sign_in(ANN).await,
        server.sign_in(VIC).await,
    );
    post(&server, &here.access, &change(ANN.password, NEW))
        .await
        .no_content();
    server.me(&elsewhere.access).await.refused(401, "session_revoked");
    server.refresh(&elsewhere.refresh).await.refused(401, "session_revoked");
    server.me(&here.access).await.ok();
    Session::of(&server.refresh(&here.refresh).await);
    server.me(&bystander.access).await.ok();
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let server = Server::start().await;
    let (here, elsewhere) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let (nul, long) = (format!("{}\0", ANN.password), "x".repeat(73));
    for wrong in ["", "not ann's password", VIC.password, &nul, &long] {
        post(&server, &here.access, &change(wrong, NEW))
            .await
            .refused(401, "invalid_credentials");
    }
    server.me(&elsewhere.access).await.ok();
    server.sign_in(ANN).await;
}

#[tokio::test]
async fn a_weak_new_password_is_refused_and_nothing_changes() {
    let server = Server::start().await;
    let (here, elsewhere) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let long = "no word twice here: the quick brown fox jumps over lazy dogs and swims on";
    assert_eq!(long.len(), 73);
    for weak in [
        "",
        "kW7#xqu",
        "password",
        "12345678",
        "aaaaaaaaaaaa",
        "a\0bcdefghijk",
        long,
    ] {
        post(&server, &here.access, &change(ANN.password, weak))
            .await
            .refused(422, "weak_password");
    }
    server.me(&elsewhere.access).await.ok();
    server.sign_in(ANN).await;
}

#[tokio::test]
async fn lengths_count_in_bytes_from_8_to_72_and_nothing_else_is_asked() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let long = "no word twice here: the quick brown fox jumps over lazy dogs and swims!!";
    assert_eq!(long.len(), 72);
    let mut current = ANN.password;
    for new in ["kW7#xquL", "purple monkey dishwasher", "söße Äpfel", long] {
        post(&server, &session.access, &change(current, new)).await.no_content();
        current = new;
    }
    server.sign_in(Person { password: long, ..ANN }).await;
}

#[tokio::test]
async fn it_needs_a_live_access_token() {
    let clock = manual_clock();
    let server = Server::options().clock(&clock).start().await;
    let session = server.sign_in(ANN).await;
    let body = change(ANN.password, NEW);
    server
        .post("/api/auth/password")
        .json(&body)
        .await
        .refused(401, "missing_token");
    post(&server, &session.refresh, &body)
        .await
        .refused(401, "invalid_token");
    clock.advance(Duration::from_secs(900));
    post(&server, &session.access, &body)
        .await
        .refused(401, "token_expired");
    server.sign_in(ANN).await;
}

#[tokio::test]
async fn it_works_with_the_access_cookie_from_our_own_pages_only() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    let login = browser.sign_in(ANN).await;
    let foreign = server
        .post("/api/auth/password")
        .cookie(login.cookie("access_token").pair());
    let foreign = foreign
        .header("Sec-Fetch-Site", "cross-site")
        .json(&change(ANN.password, NEW));
    foreign.await.refused(403, "csrf_rejected");
    browser
        .post("/api/auth/password")
        .json(&change(ANN.password, NEW))
        .await
        .no_content();
    server.sign_in(Person { password: NEW, ..ANN }).await;
}

#[tokio::test]
async fn a_hash_of_an_outdated_cost_is_renewed_at_sign_in() {
    let server = Server::start().await;
    let dearer = server.another().bcrypt_cost(5).start().await;
    assert!(stored_hash(&server, ANN).starts_with("$2b$04$"));
    dearer
        .post("/api/auth/login")
        .json(&json!({ "email": ANN.email, "password": "wrong" }))
        .await;
    assert!(
        stored_hash(&server, ANN).starts_with("$2b$04$"),
        "not by a wrong password"
    );
    dearer.sign_in(ANN).await;
    assert!(stored_hash(&server, ANN).starts_with("$2b$05$"));
    dearer.sign_in(ANN).await;
}

#[tokio::test]
async fn a_change_of_an_outdated_hash_works_in_one_go() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let dearer = server.another().bcrypt_cost(5).start().await;
    post(&dearer, &session.access, &change(ANN.password, NEW))
        .await
        .no_content();
    dearer.sign_in(Person { password: NEW, ..ANN }).await;
}

#[tokio::test]
async fn a_stored_hash_of_a_mad_cost_is_a_wrong_password_and_an_alarm() {
    let server = Server::start().await;
    let mad = stored_hash(&server, ANN).replacen("$04$", "$31$", 1);
    store_hash(&server, ANN, &mad);
    for stored in [mad.as_str(), "no hash at all"] {
        store_hash(&server, ANN, stored);
        // Two to the 31st rounds would take days.
        server
            .post("/api/auth/login")
            .json(&ANN.login())
            .await
            .refused(401, "invalid_credentials");
    }
    assert_eq!(server.log.events("password_hash_unusable").len(), 2);
}

fn stored_hash(server: &Server, person: Person) -> String {
    server.query_text(&format!(
        "SELECT password_hash AS text FROM auth_accounts WHERE email = '{}'",
        person.email
    ))
}

fn store_hash(server: &Server, person: Person, hash: &str) {
    server.execute(&format!(
        "UPDATE auth_accounts SET password_hash = '{hash}' WHERE email = '{}'",
        person.email
    ));
}
