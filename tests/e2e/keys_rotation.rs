//! Keys replaced while servers run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::__internal::Environment;
use auth_core::Config;
use auth_core::keys::{KeyAlgorithm, KeyError};
use rocket::figment::Figment;
use serde_json::{Value, json};

use crate::keys::{key, ring};
use crate::support::{ANN, ED, Level, Person, Server, Session, VIC, manual_clock, parts};

/// Gives the server these keys for access tokens, as its operator would by changing the
/// configuration.
fn give(server: &Server, access: &[Value]) -> Result<(), KeyError> {
    let refresh = json!({ "secret": server.refresh_secret() });
    server.auth.keys().replace(&config(access, &[refresh]))
}

fn config(access: &[Value], refresh: &[Value]) -> Config {
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("auth.tokens.access_keys", ring(access)))
        .merge(("auth.tokens.refresh_keys", ring(refresh)));
    Config::read(&figment, &Environment::default()).expect("a good table")
}

fn kid(token: &str) -> String {
    parts(token).0["kid"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_new_key_signs_at_once_and_tokens_of_the_old_one_go_on_until_it_is_dropped() {
    let server = Server::start().await;
    let old_key = json!({ "secret": server.access_secret() });
    let new_key = key(KeyAlgorithm::EdDsa);
    let old = server.sign_in(ANN).await;
    give(&server, &[old_key.clone(), new_key.clone()]).expect("good keys");
    assert_eq!(
        kid(&server.sign_in(ED).await.access),
        kid(&old.access),
        "the first still signs"
    );
    give(&server, &[new_key.clone(), old_key]).expect("good keys");
    let new = server.sign_in(VIC).await;
    assert_ne!(kid(&new.access), kid(&old.access));
    server.me(&old.access).await.ok();
    server.me(&new.access).await.ok();
    assert_eq!(
        server.get("/.well-known/jwks.json").await.json()["keys"][0]["kid"],
        kid(&new.access)
    );
    give(&server, &[new_key]).expect("a good key");
    server.me(&old.access).await.refused(401, "invalid_token");
    server.me(&new.access).await.ok();
    Session::of(&server.refresh(&old.refresh).await);
}

#[tokio::test]
async fn a_refresh_key_is_replaced_in_the_same_way() {
    let server = Server::start().await;
    let (access, old_key) = (
        json!({ "secret": server.access_secret() }),
        json!({ "secret": server.refresh_secret() }),
    );
    let new_key = key(KeyAlgorithm::Es256);
    let old = server.sign_in(ANN).await;
    let give = |refresh: &[Value]| {
        server
            .auth
            .keys()
            .replace(&config(std::slice::from_ref(&access), refresh))
    };
    give(&[new_key.clone(), old_key]).expect("good keys");
    let new = Session::of(&server.refresh(&old.refresh).await);
    assert_ne!(kid(&new.refresh), kid(&old.refresh));
    give(&[new_key]).expect("a good key");
    server.refresh(&old.refresh).await.refused(401, "invalid_token");
    Session::of(&server.refresh(&new.refresh).await);
}

#[tokio::test]
async fn keys_that_will_not_do_change_nothing() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let good = key(KeyAlgorithm::EdDsa);
    let public_only =
        json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik" } });
    for bad in [
        vec![],
        vec![json!({ "secret": "short" })],
        vec![json!({ "file": "nowhere/access.pem" })],
        vec![public_only],
        vec![good.clone(), good.clone()],
        vec![good.clone(), json!({ "secret": server.refresh_secret() })],
    ] {
        let error = give(&server, &bad).expect_err("refused").to_string();
        assert!(error.starts_with("`auth."), "{error}");
        server.me(&session.access).await.ok();
        assert_eq!(kid(&server.sign_in(ED).await.access), kid(&session.access), "{error}");
    }
}

/// A client that signs in, calls both nodes, refreshes at either, and counts its refusals.
async fn client(nodes: Arc<[Server; 2]>, person: Person, ended: Arc<AtomicBool>, asked: Arc<AtomicUsize>) -> usize {
    let mut session = nodes[0].sign_in(person).await;
    let (mut turn, mut expired) = (0_usize, 0);
    while !ended.load(Ordering::SeqCst) {
        turn += 1;
        for node in [turn % 2, (turn + 1) % 2] {
            let answer = nodes[node].me(&session.access).await;
            if answer.status == 401 {
                answer.refused(401, "token_expired");
                expired += 1;
                session = Session::of(&nodes[node].refresh(&session.refresh).await);
            } else {
                answer.ok();
            }
        }
        if turn.is_multiple_of(5) {
            session = Session::of(&nodes[turn % 2].refresh(&session.refresh).await);
        }
        asked.fetch_add(1, Ordering::SeqCst);
    }
    expired
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replacing_the_key_on_two_nodes_one_after_the_other_refuses_expired_tokens_only() {
    let clock = manual_clock();
    let one = Server::options().clock(&clock).start().await;
    let other = one.another().clock(&clock).start().await;
    let nodes = Arc::new([one, other]);
    let old_key = json!({ "secret": nodes[0].access_secret() });
    let new_key = key(KeyAlgorithm::Es256);
    let (ended, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = Person::ALL
        .map(|person| {
            tokio::spawn(client(
                Arc::clone(&nodes),
                person,
                Arc::clone(&ended),
                Arc::clone(&asked),
            ))
        })
        .into();
    // The client calls both nodes for a while in every state between them.
    let some_turns = || async {
        let enough = asked.load(Ordering::SeqCst) + 30;
        while asked.load(Ordering::SeqCst) < enough && !clients.iter().any(tokio::task::JoinHandle::is_finished) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    some_turns().await;
    for keys in [
        vec![old_key.clone(), new_key.clone()],
        vec![new_key.clone(), old_key.clone()],
    ] {
        for node in &*nodes {
            give(node, &keys).expect("good keys");
            some_turns().await;
        }
    }
    // What the old key signed has expired by now.
    clock.advance(Duration::from_secs(900));
    some_turns().await;
    for node in &*nodes {
        give(node, std::slice::from_ref(&new_key)).expect("a good key");
        some_turns().await;
    }
    ended.store(true, Ordering::SeqCst);
    let mut expired = 0;
    for client in clients {
        expired += client.await.expect("no request was refused but for an expired token");
    }
    assert!(expired > 0, "some tokens did expire");
    println!("{} turns, {expired} expired tokens", asked.load(Ordering::SeqCst));
    let last = nodes[1].sign_in(ANN).await;
    assert_eq!(parts(&last.access).0["alg"], "ES256");
    for node in &*nodes {
        assert!(
            node.log.lines().iter().all(|line| line.level != Level::Error),
            "{:?}",
            node.log.errors()
        );
    }
}
