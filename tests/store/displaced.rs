//! A file that is deleted or replaced while it is open: what it acknowledged would be gone with it.

use std::fs;
use std::path::PathBuf;

use auth_core::__internal::{Maintenance, RevocationLog, Rotation, SessionStore};
use auth_core::audit::RotationOutcome;
use auth_core::store::StoreError;

use crate::support::{Fresh, RECOVERABLE, judged, new_session};

const FILES: [&str; 3] = ["auth.db", "auth.db-wal", "auth.db-shm"];

/// Each of the files under a second name, as the file system itself keeps them.
fn keep(fresh: &Fresh) -> Vec<(PathBuf, PathBuf)> {
    let elsewhere = fresh.directory().join("elsewhere");
    fs::create_dir_all(&elsewhere).expect("a folder");
    let pair = |name: &str| (fresh.directory().join(name), elsewhere.join(name));
    let pairs: Vec<_> = FILES.iter().map(|name| pair(name)).collect();
    for (path, kept) in &pairs {
        fs::hard_link(path, kept).expect("a second name");
    }
    pairs
}

fn put_back(pairs: &[(PathBuf, PathBuf)]) {
    for (path, kept) in pairs {
        fs::rename(kept, path).expect("it is put back");
    }
}

fn is_displaced<T: std::fmt::Debug>(answer: Result<T, StoreError>, says: &str) {
    match answer {
        Err(StoreError::Displaced(why)) => assert!(why.contains(says), "{why}"),
        other => panic!("not refused: {other:?}"),
    }
}

async fn everything_is_refused(fresh: &Fresh, says: &str) {
    let store = &fresh.store;
    let (new, _) = new_session(&auth_core::UserId::random());
    let session = new.id;
    is_displaced(store.ping().await, says);
    is_displaced(store.find(session).await, says);
    is_displaced(
        store.revoked_since(fresh.store.now().await.expect("its clock")).await,
        says,
    );
    is_displaced(store.delete_expired(std::time::Duration::ZERO, 10).await, says);
    is_displaced(
        store
            .revoke(session, None, auth_core::session::RevocationReason::Logout)
            .await,
        says,
    );
    is_displaced(SessionStore::create(store, new).await, says);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_file_refuses_every_call_until_it_is_back() {
    for gone in [&FILES[..], &FILES[..1], &FILES[1..2], &FILES[2..]] {
        let fresh = Fresh::new();
        let ann = fresh.sign_in().await;
        fresh.store.ping().await.expect("it is there");
        let pairs = keep(&fresh);
        for name in gone {
            fs::remove_file(fresh.directory().join(name)).expect("it was there");
        }
        everything_is_refused(&fresh, "deleted").await;
        is_displaced(fresh.store.rotate(ann.presents(0), RECOVERABLE).await, "deleted");
        for name in gone {
            assert!(!fresh.directory().join(name).exists(), "{name} was made anew");
        }
        put_back(&pairs);
        fresh.store.ping().await.expect("it is there again");
        let rotated = fresh.store.rotate(ann.presents(0), RECOVERABLE).await;
        // The one that was refused may have been carried out: then this is its repetition.
        let outcome = judged(rotated.expect("it is there again")).outcome;
        assert!(
            matches!(outcome, RotationOutcome::Rotated | RotationOutcome::Replayed),
            "{outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_file_refuses_every_call_and_is_not_touched() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    fresh.store.ping().await.expect("it is there");
    let pairs = keep(&fresh);
    for name in FILES {
        fs::remove_file(fresh.directory().join(name)).expect("it was there");
    }
    // As the command line would: a new and empty database at the same path.
    let other = fresh.another();
    everything_is_refused(&fresh, "another").await;
    let found = fresh.store.rotate(ann.presents(0), RECOVERABLE).await;
    is_displaced(found, "another");
    let missing = other.rotate(ann.presents(0), RECOVERABLE).await.expect("it is whole");
    assert!(matches!(missing, Rotation::Rejected(_)), "{missing:?}");
    other.close().await;
    put_back(&pairs);
    fresh.store.ping().await.expect("it is there again");
    assert!(fresh.store.find(ann.session.id).await.expect("it answers").is_some());
}

/// As another process does that opens the file and ends: what it leaves behind must not look like a
/// replacement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_that_open_the_file_and_go_change_nothing() {
    let fresh = Fresh::new();
    for _ in 0..3 {
        let other = fresh.another();
        other.ping().await.expect("it is there");
        other.close().await;
        fresh.sign_in().await;
        fresh.store.ping().await.expect("it is there");
    }
}
