//! Limits on failed sign-ins.

use std::time::Duration;

use rocket::futures::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{ANN, Answer, Ask, Person, Server, Session, VIC};

fn login(server: &Server, email: &str, password: &str) -> Ask {
    server
        .post("/api/auth/login")
        .json(&json!({ "email": email, "password": password }))
}

fn from(address: &str, ask: Ask) -> Ask {
    ask.header("X-Real-IP", address)
}

async fn fail(server: &Server, person: Person, times: usize) {
    for _ in 0..times {
        login(server, person.email, "wrong")
            .await
            .refused(401, "invalid_credentials");
    }
}

#[track_caller]
fn retry_after(answer: &Answer) -> u64 {
    answer.refused(429, "too_many_attempts");
    answer
        .header("Retry-After")
        .expect("`refused` looked")
        .parse()
        .expect("`refused` looked")
}

// security: Passwords and signing in: Throttled per account and per source, 429 with `Retry-After`
#[tokio::test]
async fn ten_failures_close_an_account_for_the_source_and_even_the_right_password_waits() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    fail(&server, ANN, 10).await;
    let refused = login(&server, ANN.email, ANN.password).await;
    // One attempt comes back every six seconds.
    assert!((1..=6).contains(&retry_after(&refused)), "{refused:?}");
    assert!(!server.log.events("login_throttled").is_empty());
    // Another account of the same source, and what is signed in already, go on.
    server.sign_in(VIC).await;
    server.me(&session.access).await.ok();
    server.refresh(&session.refresh).await.ok();
}

#[tokio::test]
async fn only_failures_count() {
    let server = Server::options()
        .set("throttle.account_per_minute", 3)
        .set("throttle.source_per_minute", 3)
        .start()
        .await;
    for _ in 0..10 {
        server.sign_in(ANN).await;
        server
            .post("/api/auth/login")
            .json(&json!({ "email": ANN.email }))
            .await
            .refused(422, "invalid_request");
        let foreign = login(&server, ANN.email, "wrong").header("Sec-Fetch-Site", "cross-site");
        foreign.await.refused(403, "csrf_rejected");
    }
    fail(&server, ANN, 3).await;
    login(&server, ANN.email, ANN.password)
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn another_spelling_of_the_email_is_the_same_account() {
    let server = Server::options().set("throttle.account_per_minute", 3).start().await;
    for email in ["ann@example.com", "ANN@example.com", " Ann@Example.COM\t"] {
        login(&server, email, "wrong").await.refused(401, "invalid_credentials");
    }
    login(&server, "aNN@example.com", ANN.password)
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_throttled_alike() {
    let server = Server::options().set("throttle.account_per_minute", 2).start().await;
    let mut answers = Vec::new();
    for email in [ANN.email, "nobody@example.com"] {
        for _ in 0..2 {
            login(&server, email, "wrong").await.refused(401, "invalid_credentials");
        }
        let refused = login(&server, email, "wrong").await;
        retry_after(&refused);
        answers.push(refused.text);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn changing_the_password_shares_the_limit_with_signing_in() {
    let server = Server::options().set("throttle.account_per_minute", 3).start().await;
    let session = server.sign_in(ANN).await;
    let change = |current: &str| {
        let body = json!({ "currentPassword": current, "newPassword": "a fine new password" });
        server.post("/api/auth/password").bearer(&session.access).json(&body)
    };
    change("wrong").await.refused(401, "invalid_credentials");
    fail(&server, ANN, 1).await;
    change("wrong").await.refused(401, "invalid_credentials");
    change(ANN.password).await.refused(429, "too_many_attempts");
    login(&server, ANN.email, ANN.password)
        .await
        .refused(429, "too_many_attempts");
}

// security: Passwords and signing in: Throttled per account and per source, 429 with `Retry-After`
#[tokio::test]
async fn a_source_is_limited_over_all_accounts() {
    let server = Server::options().set("throttle.source_per_minute", 5).start().await;
    for number in 0..5 {
        login(&server, &format!("user{number}@example.com"), "wrong")
            .await
            .refused(401, "invalid_credentials");
    }
    login(&server, ANN.email, ANN.password)
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn zero_turns_a_limit_off() {
    let server = Server::options()
        .set("throttle.account_per_minute", 0)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    fail(&server, ANN, 70).await;
    server.sign_in(ANN).await;
}

// security: Traps in the versions in use: Rocket trusts `X-Real-IP`
#[tokio::test]
async fn an_address_that_the_client_claims_is_not_believed() {
    let server = Server::options().set("throttle.account_per_minute", 2).start().await;
    for number in 1..=2 {
        let claimed = from(&format!("192.0.2.{number}"), login(&server, ANN.email, "wrong"));
        let claimed = claimed.header("X-Forwarded-For", format!("192.0.2.{number}"));
        claimed
            .header("Forwarded", format!("for=192.0.2.{number}"))
            .await
            .refused(401, "invalid_credentials");
    }
    from("192.0.2.3", login(&server, ANN.email, "wrong"))
        .await
        .refused(429, "too_many_attempts");
}

#[tokio::test]
async fn a_stranger_does_not_lock_a_person_out_unless_from_many_sources() {
    let server = Server::options()
        .set("trusted_proxies", vec!["127.0.0.1"])
        .set("throttle.account_per_minute", 2)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    let guess = |host: u32| from(&format!("192.0.2.{host}"), login(&server, ANN.email, "wrong"));
    let home = || from("198.51.100.1", login(&server, ANN.email, ANN.password));
    for _ in 0..2 {
        guess(1).await.refused(401, "invalid_credentials");
    }
    guess(1).await.refused(429, "too_many_attempts");
    home().await.ok();
    // Ten times the figure for the account from anywhere.
    for host in 2..=10 {
        for _ in 0..2 {
            guess(host).await.refused(401, "invalid_credentials");
        }
    }
    home().await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn the_address_that_a_trusted_proxy_gives_is_the_one_of_the_session() {
    let server = Server::options()
        .set("trusted_proxies", vec!["127.0.0.1"])
        .start()
        .await;
    let session = from("192.0.2.7", server.post("/api/auth/login").json(&ANN.login_with_body())).await;
    let session = Session::of(&session);
    let sessions = server.get("/api/auth/sessions").bearer(&session.access).await.json();
    assert_eq!(sessions[0]["ip"], "192.0.2.7");
}

// security: Passwords and signing in: Throttled per account and per source, 429 with `Retry-After`
#[tokio::test]
async fn a_flood_of_simultaneous_guesses_is_stopped_at_the_limit() {
    let server = Server::options()
        .set("throttle.account_per_minute", 5)
        .set("passwords.max_concurrent_hashes", 1)
        .start()
        .await;
    let answers = join_all((0..40).map(|_| async { login(&server, ANN.email, "wrong").await })).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    let throttled = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(looked_at + throttled, 40);
    // A failure is counted before the next attempt has its turn.
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn a_client_that_waits_as_long_as_told_can_sign_in() {
    let server = Server::options().set("throttle.account_per_minute", 20).start().await;
    let refused = loop {
        let answer = login(&server, ANN.email, "wrong").await;
        if answer.status != 401 {
            break answer;
        }
    };
    // One attempt comes back every three seconds.
    let wait = retry_after(&refused);
    assert!((1..=3).contains(&wait), "{wait}");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    login(&server, ANN.email, ANN.password).await.ok();
}

#[tokio::test]
async fn a_flood_never_hashes_more_at_once_than_permitted_and_a_user_can_sign_in_afterwards() {
    let server = Server::options()
        .set("throttle.source_per_minute", 0)
        .set("passwords.max_concurrent_hashes", 2)
        .bcrypt_cost(11)
        .start()
        .await;
    let attempts = (0..200).map(|number| {
        let server = &server;
        async move { login(server, &format!("user{number}@example.com"), "wrong").await }
    });
    let flood = join_all(attempts);
    let answers = flood.await;
    let (mut looked_at, mut shed) = (0, 0);
    for answer in &answers {
        match answer.status {
            401 => looked_at += 1,
            _ => {
                answer.refused(503, "unavailable");
                shed += 1;
            }
        }
    }
    assert!(looked_at > 0 && shed > 0, "{looked_at} looked at, {shed} shed");
    let load = server.auth.hash_load();
    assert_eq!((load.permits, load.peak), (2, 2), "{load:?}");
    assert_eq!((load.running, load.waiting), (0, 0), "all are answered: {load:?}");
    server.sign_in(ANN).await;
}

/// The statuses of guesses at once, each for an account of its own.
async fn twenty_guesses(server: &Server) -> Vec<u16> {
    let guesses = (0..20).map(|number| async move {
        let email = format!("user{number}@example.com");
        login(server, &email, "wrong").await.status
    });
    join_all(guesses).await
}

#[tokio::test]
async fn a_sign_in_waits_for_its_turn_to_hash_as_long_as_max_wait_says() {
    let server = |max_wait: &str| {
        let options = Server::options().set("throttle.source_per_minute", 0);
        let options = options
            .set("passwords.max_concurrent_hashes", 1)
            .set("passwords.max_wait", max_wait);
        options.bcrypt_cost(11).start()
    };
    // Longer together than the default.
    let patient = server("30s").await;
    assert_eq!(twenty_guesses(&patient).await, [401; 20]);
    let impatient = server("0s").await;
    let answers = twenty_guesses(&impatient).await;
    assert!(answers.contains(&401) && answers.contains(&503), "{answers:?}");
    assert_eq!(impatient.auth.hash_load().waiting, 0);
}

#[tokio::test]
async fn clients_that_hang_up_do_not_make_room_for_more_hashes_at_once() {
    let server = Server::options()
        .set("throttle.source_per_minute", 0)
        .set("passwords.max_concurrent_hashes", 1)
        .bcrypt_cost(9)
        .start()
        .await;
    for number in 0..20 {
        let body = json!({ "email": format!("user{number}@example.com"), "password": "wrong" }).to_string();
        let request = format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))
            .await
            .expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
    }
    // The server still serves a client that comes after them, and hashes one password at a time.
    loop {
        let answer = login(&server, ANN.email, ANN.password).await;
        if answer.status == 200 {
            break;
        }
        answer.refused(503, "unavailable");
    }
    assert_eq!(server.auth.hash_load().peak, 1);
}

#[tokio::test]
async fn a_guess_of_a_client_that_hangs_up_counts_like_any_other() {
    let server = Server::options()
        .set("throttle.account_per_minute", 3)
        .set("passwords.max_concurrent_hashes", 1)
        .bcrypt_cost(10)
        .start()
        .await;
    let body = json!({ "email": ANN.email, "password": "wrong" }).to_string();
    let request = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let begun = server.auth.hash_load().begun;
    for number in 1..=3 {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))
            .await
            .expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        while server.auth.hash_load().begun < begun + number {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(stream);
        // Or the next one might find no place.
        while server.auth.hash_load().running > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    login(&server, ANN.email, ANN.password)
        .await
        .refused(429, "too_many_attempts");
}
