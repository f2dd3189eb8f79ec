//! A server that is killed and comes back, or does not answer.

use std::time::{Duration, Instant};

use auth_core::__internal::redis::{RedisConfig, RedisStore};
use auth_core::__internal::{Maintenance, Rejection, RevocationLog, SessionStore};
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;
use auth_core::store::StoreError;
use tests::redis::Server;
use tokio::net::TcpListener;

use super::arrange::Fresh;
use crate::support::{RECOVERABLE, judged, rejected};

/// With `appendfsync always`: killed under load, it has everything it said yes to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_rotations_and_revocations_survive_a_crash() {
    let mut server = Server::start();
    let fresh = Fresh::on(&server).await;
    let mut refreshing = Vec::new();
    for _ in 0..8 {
        let (ann, store) = (fresh.sign_in().await, fresh.store.clone());
        refreshing.push(tokio::spawn(async move {
            let mut current = 0;
            while let Ok(rotation) = store.rotate(ann.presents(current), RECOVERABLE).await {
                current = judged(rotation).session.current;
            }
            (ann, current)
        }));
    }
    let mut revoked = Vec::new();
    for _ in 0..100 {
        let bob = fresh.sign_in().await;
        let done = fresh.store.revoke(bob.session.id, None, RevocationReason::Logout).await;
        assert!(done.expect("the store answers"));
        revoked.push(bob);
    }
    server.kill();
    let mut heads = Vec::new();
    for racer in refreshing {
        heads.push(racer.await.expect("a racer does not panic"));
    }
    server.start_again();

    let again = until_it_answers(&fresh.store).await;
    let rotations = heads.iter().map(|(_, current)| current).sum::<i64>();
    println!("{rotations} rotations and 100 revocations acknowledged; the same store answers {again:?} later");
    assert!(rotations > 0, "the load was there");
    for (ann, current) in &heads {
        let row = fresh.store.find(ann.session.id).await.expect("the store answers");
        // The one on its way may have been carried out; the client, who knows nothing of it, goes
        // on all the same.
        assert!((*current..=current + 1).contains(&row.expect("it was acknowledged").current));
        let rotated = judged(ann.present(&fresh.store, *current).await);
        assert!(matches!(
            rotated.outcome,
            RotationOutcome::Rotated | RotationOutcome::Replayed
        ));
    }
    for bob in &revoked {
        assert_eq!(rejected(bob.present(&fresh.store, 0).await), Rejection::Revoked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_is_an_error_at_once_and_a_listener_is_told_when_it_is_back() {
    let mut server = Server::start();
    let fresh = Fresh::on(&server).await;
    let ann = fresh.sign_in().await;
    let mut changes = fresh.store.changes().expect("it hears of changes");
    changes.changed().await.expect("connected");
    server.kill();
    for _ in 0..20 {
        let asked = Instant::now();
        let answer = fresh.store.rotate(ann.presents(0), RECOVERABLE).await;
        assert!(
            matches!(answer, Err(StoreError::Database(_) | StoreError::Timeout)),
            "{answer:?}"
        );
        assert!(asked.elapsed() < Duration::from_millis(2500));
    }
    server.start_again();
    until_it_answers(&fresh.store).await;
    changes.changed().await.expect("connected again");
    let revoked = fresh.store.revoke(ann.session.id, None, RevocationReason::Logout).await;
    assert!(revoked.expect("the store answers"));
    changes.changed().await.expect("it listens");
}

/// Such as behind a firewall that drops what it gets.
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = silent.local_addr().expect("it is bound").port();
    let config = RedisConfig::from_url(&format!("redis://:hunter2@127.0.0.1:{port}")).expect("a URL");
    let asked = Instant::now();
    let error = RedisStore::open(config).await.expect_err("no server answers");
    assert!(asked.elapsed() < Duration::from_millis(2200), "{:?}", asked.elapsed());
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

/// A connection whose answers no longer come is given up, too, though nothing says that it ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_falls_silent_is_replaced() {
    let server = Server::start();
    let between = Between::start(server.port()).await;
    let url = format!("redis://127.0.0.1:{}/0", between.port);
    let store = super::arrange::open(&url).await;
    between.fall_silent();
    let asked = Instant::now();
    assert!(matches!(store.now().await, Err(StoreError::Timeout)));
    assert!(asked.elapsed() < Duration::from_millis(2200), "{:?}", asked.elapsed());
    // A new connection gets through.
    store.now().await.expect("the store answers");
}

async fn until_it_answers(store: &RedisStore) -> Duration {
    let started = Instant::now();
    while store.ping().await.is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "it connects again by itself"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

/// A way to the server that can fall silent: connections that exist then carry nothing any more.
struct Between {
    port: u16,
    silent: tokio::sync::watch::Sender<u32>,
}

impl Between {
    async fn start(to: u16) -> Between {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (silent, generation) = tokio::sync::watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut generation = generation.clone();
                generation.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(("127.0.0.1", to))
                        .await
                        .expect("Redis is there");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        // Both stay open, and neither is read.
                        changed = generation.changed() => if changed.is_ok() { std::future::pending::<()>().await },
                    }
                });
            }
        });
        Between { port, silent }
    }

    fn fall_silent(&self) {
        self.silent.send_modify(|generation| *generation += 1);
    }
}
