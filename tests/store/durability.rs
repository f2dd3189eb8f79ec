//! What was acknowledged is in the file.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
use auth_core::__internal::{Clock, Maintenance, ManualClock, Rotation, SessionStore};
use auth_core::Timestamp;
use auth_core::audit::RotationOutcome;
use auth_core::session::{RevocationReason, Session};
use auth_core::store::StoreError;
use diesel::connection::SimpleConnection;
use tokio::task::JoinHandle;

use crate::support::{Fresh, Login, RECOVERABLE, judged};

#[tokio::test]
async fn acknowledged_rotations_survive_a_reopen() {
    let fresh = Fresh::new();
    let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
    for generation in 0..10 {
        judged(ann.present(&fresh.store, generation).await);
    }
    fresh
        .store
        .revoke(bob.session.id, None, RevocationReason::Logout)
        .await
        .expect("the store answers");
    let (before, revoked) = (fresh.find(ann.session.id).await, fresh.find(bob.session.id).await);
    fresh.store.close().await;
    let again = fresh.another();
    assert_eq!(find(&again, &ann).await, before);
    assert_eq!(find(&again, &bob).await, revoked);
    assert_eq!(judged(ann.present(&again, 10).await).outcome, RotationOutcome::Rotated);
}

/// A copy of the file and its log, taken between two calls, is what a crash would leave.
#[tokio::test]
async fn acknowledged_rotations_are_in_the_files_at_once() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    for generation in 0..20 {
        let rotated = judged(ann.present(&fresh.store, generation).await);
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
async fn closing_does_what_is_waiting() {
    let fresh = Fresh::new();
    let logins = sign_in_many(&fresh).await;
    // While another connection holds the lock, everything waits.
    let mut lock = fresh.connection();
    lock.batch_execute("BEGIN IMMEDIATE")
        .expect("no other connection writes");
    let waiting = rotate_all(&fresh, logins);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let store = fresh.store.clone();
    let closing = tokio::spawn(async move { store.close().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!closing.is_finished(), "closing waits for what is waiting");
    drop(lock);

    closing.await.expect("closing does not panic");
    let again = fresh.another();
    for (ann, rotation) in waiting {
        let rotation = rotation
            .await
            .expect("the caller does not panic")
            .expect("the store answers");
        assert_eq!(judged(rotation).session, find(&again, &ann).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_races_with_closing_is_done_or_refused() {
    for _ in 0..5 {
        let fresh = Fresh::new();
        let logins = sign_in_many(&fresh).await;
        let racing = rotate_all(&fresh, logins);
        fresh.store.close().await;
        let again = fresh.another();
        for (ann, rotation) in racing {
            let row = find(&again, &ann).await;
            match rotation.await.expect("the caller does not panic") {
                Ok(rotation) => assert_eq!(judged(rotation).session, row, "what was acknowledged is kept"),
                Err(StoreError::Closed) => assert_eq!(row.current, 0, "what was refused was not done"),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    fresh.store.close().await;
    let refused = [
        fresh.store.ping().await.err(),
        SessionStore::find(&fresh.store, ann.session.id).await.err(),
        fresh.store.rotate(ann.presents(0), RECOVERABLE).await.err(),
    ];
    assert!(
        refused
            .iter()
            .all(|refused| matches!(refused, Some(StoreError::Closed))),
        "{refused:?}"
    );
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

type Rotating = JoinHandle<Result<Rotation, StoreError>>;

async fn sign_in_many(fresh: &Fresh) -> Vec<Login> {
    let mut logins = Vec::new();
    for _ in 0..32 {
        logins.push(fresh.sign_in().await);
    }
    logins
}

fn rotate_all(fresh: &Fresh, logins: Vec<Login>) -> Vec<(Login, Rotating)> {
    let rotate = |ann: Login| {
        let (store, presented) = (fresh.store.clone(), ann.presents(0));
        let rotating = tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await });
        (ann, rotating)
    };
    logins.into_iter().map(rotate).collect()
}

async fn find(store: &SqliteStore, login: &Login) -> Session {
    SessionStore::find(store, login.session.id)
        .await
        .expect("the store answers")
        .expect("the session is there")
}
