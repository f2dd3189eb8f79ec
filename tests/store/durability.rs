//! What was acknowledged is in the file.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use auth_core::clock::{Clock, ManualClock, Timestamp};
use auth_core::store::sqlite::{SqliteConfig, SqliteStore};
use auth_core::store::{RevokedWhy, Session, SessionId, SessionStore, StoreError, Verdict};

use crate::support::{Fresh, Login, RECOVERABLE, judged};

#[tokio::test]
async fn acknowledged_rotations_survive_a_reopen() {
    let fresh = Fresh::new();
    let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
    for seq in 0..10 {
        judged(ann.present(&fresh.store, seq).await);
    }
    fresh
        .store
        .revoke(bob.session.id, None, RevokedWhy::Logout)
        .await
        .expect("the store answers");
    let (before, revoked) = (fresh.find(ann.session.id).await, fresh.find(bob.session.id).await);
    fresh.store.close().await;
    let again = fresh.another();
    assert_eq!(find(&again, &ann).await, before);
    assert_eq!(find(&again, &bob).await, revoked);
    assert_eq!(judged(ann.present(&again, 10).await).verdict, Verdict::Rotated);
}

/// A copy of the file and its log, taken between two calls, is what a crash would leave.
#[tokio::test]
async fn acknowledged_rotations_are_in_the_files_at_once() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    for seq in 0..20 {
        let rotated = judged(ann.present(&fresh.store, seq).await);
        let image = tempfile::tempdir().expect("a temporary directory");
        for file in ["auth.db", "auth.db-wal"] {
            fs::copy(fresh.directory().join(file), image.path().join(file)).expect("the file is there");
        }
        let config = SqliteConfig::new(image.path().join("auth.db"));
        let after_crash = SqliteStore::open(config, fresh.clock.clone()).expect("the copy opens");
        assert_eq!(find(&after_crash, &ann).await, rotated.session);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_does_what_is_waiting_and_refuses_what_comes_later() {
    let fresh = Fresh::new();
    let mut logins = Vec::new();
    for _ in 0..32 {
        logins.push(fresh.sign_in().await);
    }
    let mut waiting = Vec::new();
    for ann in logins {
        let (store, presented) = (fresh.store.clone(), ann.presents(0));
        waiting.push((
            ann,
            tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await }),
        ));
    }
    fresh.store.close().await;
    let again = fresh.another();
    let mut done = 0;
    for (ann, rotation) in waiting {
        let row = find(&again, &ann).await;
        match rotation.await.expect("the caller does not panic") {
            Ok(rotation) => {
                assert_eq!(judged(rotation).session, row, "what was acknowledged is kept");
                done += 1;
            }
            Err(StoreError::Closed) => assert_eq!(row.head, 0, "what was refused was not done"),
            Err(error) => panic!("{error}"),
        }
    }
    println!("{done} of 32 were done before the store closed");
    let ann = SessionId::random();
    for refused in [
        fresh.store.ping().await.err(),
        SessionStore::find(&fresh.store, ann).await.err(),
    ] {
        assert!(matches!(refused, Some(StoreError::Closed)), "{refused:?}");
    }
    let refused = fresh.store.revoke(ann, None, RevokedWhy::Logout).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    // Closing again is no error, and a clone is the same store.
    fresh.store.clone().close().await;
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_writer() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    let clock = Arc::clone(&fresh.clock);
    let config = SqliteConfig::new(fresh.store.path());
    let watched = Arc::new(());
    let store = SqliteStore::open(
        config,
        Arc::new(Watched {
            clock,
            _alive: Arc::clone(&watched),
        }),
    )
    .expect("it opens");
    judged(ann.present(&store, 0).await);
    drop(store);
    // The thread owned the last handle of the clock.
    for _ in 0..200 {
        if Arc::strong_count(&watched) == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the writer is still there after two seconds");
}

struct Watched {
    clock: Arc<ManualClock>,
    _alive: Arc<()>,
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

async fn find(store: &SqliteStore, login: &Login) -> Session {
    SessionStore::find(store, login.session.id)
        .await
        .expect("the store answers")
        .expect("the session is there")
}
