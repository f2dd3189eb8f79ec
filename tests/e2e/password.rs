//! `POST /api/auth/password`.

use std::time::Duration;

use auth_core::keys::generate_secret;
use serde_json::{Value, json};

use crate::support::{ANN, Answer, Person, Server, Session, VIC, manual_clock, parts};

const NEW: &str = "ann now likes violet gorillas";

fn change(current: &str, new: &str) -> Value {
    json!({ "currentPassword": current, "newPassword": new })
}

async fn post(server: &Server, access: &str, body: &Value) -> Answer {
    server.post("/api/auth/password").bearer(access).json(body).await
}

/// Changes the password; the session goes on with these tokens.
async fn changed(server: &Server, access: &str, current: &str, new: &str) -> Session {
    Session::of(&post(server, access, &change(current, new)).await)
}

#[tokio::test]
async fn the_new_password_signs_in_and_the_old_one_does_not() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    changed(&server, &session.access, ANN.password, NEW).await;
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
    let renewed = changed(&server, &here.access, ANN.password, NEW).await;
    server.me(&elsewhere.access).await.refused(401, "session_revoked");
    server.refresh(&elsewhere.refresh).await.refused(401, "session_revoked");
    server.me(&renewed.access).await.ok();
    Session::of(&server.refresh(&renewed.refresh).await);
    server.me(&bystander.access).await.ok();
}

/// A thief who copied this very session is locked out with the others.
#[tokio::test]
async fn every_older_token_of_this_session_is_worthless() {
    let server = Server::start().await;
    let first = server.sign_in(ANN).await;
    let copied = Session::of(&server.refresh(&first.refresh).await);
    let renewed = changed(&server, &copied.access, ANN.password, NEW).await;
    for old in [&first, &copied] {
        server.me(&old.access).await.refused(401, "session_revoked");
        server.refresh(&old.refresh).await.refused(401, "invalid_token");
    }
    assert_eq!(
        claims(&renewed.access)["sid"],
        claims(&first.access)["sid"],
        "the session goes on"
    );
    Session::of(&server.refresh(&renewed.refresh).await);
}

/// A sign-in that began with the old password, and ends after the change was answered, is no
/// sign-in.
#[tokio::test]
async fn no_sign_in_with_the_old_password_survives_the_change() {
    let server = Server::start().await;
    let mut current = (ANN.password.to_owned(), server.sign_in(ANN).await);
    for round in 0..12 {
        let new = format!("ann likes {round} violet gorillas");
        let (old, session) = &current;
        let login = json!({ "email": ANN.email, "password": old, "delivery": "body" });
        // Staggered over the time that the change takes: two hashes.
        let delay = Duration::from_millis(round);
        let racing = async {
            tokio::time::sleep(delay).await;
            server.post("/api/auth/login").json(&login).await
        };
        let body = change(old, &new);
        let (answer, raced) = tokio::join!(post(&server, &session.access, &body), racing);
        let renewed = Session::of(&answer);
        if raced.status == 200 {
            let thief = Session::of(&raced);
            server.me(&thief.access).await.refused(401, "session_revoked");
            server.refresh(&thief.refresh).await.refused(401, "session_revoked");
        } else {
            raced.refused(401, "invalid_credentials");
        }
        server.me(&renewed.access).await.ok();
        current = (new, renewed);
    }
}

/// A browser's cookie is replaced in the same answer; a foreign one is left alone.
#[tokio::test]
async fn a_request_with_the_refresh_cookie_gets_the_new_one_as_a_cookie() {
    let server = Server::start().await;
    let browser = server.browser();
    let login = browser.sign_in(ANN).await;
    let access: String = login.field("accessToken");
    let answer = browser
        .post("/api/auth/password")
        .bearer(&access)
        .json(&change(ANN.password, NEW))
        .await;
    let body = answer.ok().json();
    assert!(body.get("refreshToken").is_none(), "{answer:?}");
    assert_ne!(
        answer.cookie("refresh_token").pair(),
        login.cookie("refresh_token").pair()
    );
    browser.post("/api/auth/refresh").await.ok();

    let other = server.sign_in(VIC).await;
    let foreign = server.post("/api/auth/password").bearer(&other.access);
    let foreign = foreign.cookie(answer.cookie("refresh_token").pair());
    let foreign = foreign
        .json(&change(VIC.password, "vic now likes violet gorillas"))
        .await;
    assert!(foreign.ok().json().get("refreshToken").is_some(), "{foreign:?}");
    foreign.sets_no_cookie();
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

// security: Passwords and signing in: 8 to 72 bytes, no rules of composition, a list of common passwords
#[tokio::test]
async fn lengths_count_in_bytes_from_8_to_72_and_nothing_else_is_asked() {
    let server = Server::start().await;
    let mut session = server.sign_in(ANN).await;
    let long = "no word twice here: the quick brown fox jumps over lazy dogs and swims!!";
    assert_eq!(long.len(), 72);
    let mut current = ANN.password;
    for new in ["kW7#xquL", "purple monkey dishwasher", "söße Äpfel", long] {
        session = changed(&server, &session.access, current, new).await;
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
        .ok();
    browser.get("/api/users/me").await.ok();
    server.sign_in(Person { password: NEW, ..ANN }).await;
}

// security: Passwords and signing in: A hash of a lower cost is renewed at sign-in
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
    post(&dearer, &session.access, &change(ANN.password, NEW)).await.ok();
    dearer.sign_in(Person { password: NEW, ..ANN }).await;
}

// security: Traps in the versions in use: `bcrypt` obeys a stored cost, however mad
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

#[tokio::test]
async fn with_a_pepper_old_hashes_are_upgraded_at_sign_in_and_then_need_it() {
    let server = Server::start().await;
    let plain = stored_hash(&server, ANN);
    let pepper = generate_secret().expect("the system has random numbers");
    let peppered = server.another().set("passwords.pepper", pepper.expose()).start().await;
    let wrong = json!({ "email": ANN.email, "password": "wrong" });
    peppered
        .post("/api/auth/login")
        .json(&wrong)
        .await
        .refused(401, "invalid_credentials");
    assert_eq!(stored_hash(&server, ANN), plain, "not by a wrong password");
    peppered.sign_in(ANN).await;
    let tagged = stored_hash(&server, ANN);
    assert!(
        tagged.starts_with("hmac-sha384:") && tagged.contains("$2b$04$"),
        "{tagged}"
    );
    assert!(!tagged.contains(pepper.expose()));
    peppered.sign_in(ANN).await;
    assert_eq!(stored_hash(&server, ANN), tagged, "once");
    peppered
        .post("/api/auth/login")
        .json(&wrong)
        .await
        .refused(401, "invalid_credentials");
    assert!(peppered.log.events("password_hash_unusable").is_empty());

    // This server has none; and one with another is no better off.
    let other = generate_secret().expect("the system has random numbers");
    let other = server.another().set("passwords.pepper", other.expose()).start().await;
    for without in [&server, &other] {
        without
            .post("/api/auth/login")
            .json(&ANN.login())
            .await
            .refused(401, "invalid_credentials");
        assert_eq!(without.log.events("password_hash_unusable").len(), 1);
        assert_eq!(
            without.log.with("another `auth.passwords.pepper`").len(),
            1,
            "the setting is named"
        );
        without.sign_in(VIC).await;
    }
    assert!(peppered.log.with(pepper.expose()).is_empty());
}

#[tokio::test]
async fn with_a_pepper_new_passwords_keep_their_rules() {
    let pepper = generate_secret().expect("the system has random numbers");
    let server = Server::options().set("passwords.pepper", pepper.expose()).start().await;
    assert!(stored_hash(&server, ANN).starts_with("hmac-sha384:"));
    let session = server.sign_in(ANN).await;
    let (long, nul) = (
        "no word twice here: the quick brown fox jumps over lazy dogs and swims on",
        "a\0bcdefghijk",
    );
    for weak in ["kW7#xqu", "password", nul, long] {
        post(&server, &session.access, &change(ANN.password, weak))
            .await
            .refused(422, "weak_password");
    }
    post(&server, &session.access, &change(ANN.password, NEW)).await.ok();
    server.sign_in(Person { password: NEW, ..ANN }).await;
    for impossible in [long, nul] {
        let login = json!({ "email": ANN.email, "password": impossible });
        server
            .post("/api/auth/login")
            .json(&login)
            .await
            .refused(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn hashes_of_other_libraries_sign_in() {
    let server = Server::start().await;
    let ours = stored_hash(&server, ANN);
    for version in ["2a", "2y"] {
        store_hash(&server, ANN, &ours.replacen("2b", version, 1));
        server.sign_in(ANN).await;
    }
    // A hash that PHP's `password_hash` wrote, of a cost that is outdated where 5 is not.
    store_hash(
        &server,
        ANN,
        &bcrypt::hash(ANN.password, 4).expect("hashed").replacen("2b", "2y", 1),
    );
    server.another().bcrypt_cost(5).start().await.sign_in(ANN).await;
    assert!(
        stored_hash(&server, ANN).starts_with("$2b$05$"),
        "renewed in our spelling"
    );
}

#[tokio::test]
async fn blanks_around_a_password_belong_to_it() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let new = "  a fine new password\t";
    post(&server, &session.access, &change(ANN.password, new)).await.ok();
    server.sign_in(Person { password: new, ..ANN }).await;
    for other in [new.trim(), new.trim_start(), new.trim_end()] {
        let login = json!({ "email": ANN.email, "password": other });
        server
            .post("/api/auth/login")
            .json(&login)
            .await
            .refused(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn a_password_of_any_script_is_one_password_in_each_of_its_forms() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    // One letter, and the same letter as two characters.
    let (composed, decomposed) = ("schöner Dämmerton", "scho\u{308}ner Da\u{308}mmerton");
    post(&server, &session.access, &change(ANN.password, composed))
        .await
        .ok();
    for password in [composed, decomposed] {
        server.sign_in(Person { password, ..ANN }).await;
    }
    let login = json!({ "email": ANN.email, "password": "schoner Dammerton" });
    server
        .post("/api/auth/login")
        .json(&login)
        .await
        .refused(401, "invalid_credentials");
}

#[tokio::test]
async fn the_same_password_again_is_a_change_like_any_other() {
    let server = Server::start().await;
    let (here, elsewhere) = (server.sign_in(ANN).await, server.sign_in(ANN).await);
    let before = stored_hash(&server, ANN);
    post(&server, &here.access, &change(ANN.password, ANN.password))
        .await
        .ok();
    assert_ne!(stored_hash(&server, ANN), before, "another salt");
    server.me(&elsewhere.access).await.refused(401, "session_revoked");
}

#[tokio::test]
async fn the_users_own_email_is_no_password() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for email in [ANN.email, "ANN@example.com", " ann@example.com "] {
        post(&server, &session.access, &change(ANN.password, email))
            .await
            .refused(422, "weak_password");
    }
    post(&server, &session.access, &change(ANN.password, VIC.email))
        .await
        .ok();
}

#[tokio::test]
async fn a_weak_new_password_is_told_before_the_current_one_is_looked_at_and_counts_as_no_failure() {
    let server = Server::options().set("throttle.account_per_minute", 2).start().await;
    let session = server.sign_in(ANN).await;
    for _ in 0..5 {
        post(&server, &session.access, &change("wrong", "password"))
            .await
            .refused(422, "weak_password");
    }
    server.sign_in(ANN).await;
}

fn claims(access: &str) -> Value {
    parts(access).1
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
