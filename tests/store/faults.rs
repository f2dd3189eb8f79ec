//! Jobs that fail or panic, callers that leave, and a database that another process holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use auth_core::__internal::{Clock, Maintenance, ManualClock, Rejection, Rotation, SessionStore};
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;
use auth_core::store::StoreError;
use auth_core::{Timestamp, UserId};
use diesel::connection::SimpleConnection;
use diesel::sqlite::SqliteConnection;
use tokio::task::JoinHandle;

use crate::support::{Fresh, Login, RECOVERABLE, START, judged, new_session, rejected};

type Rotating = JoinHandle<Result<Rotation, StoreError>>;

/// One transaction carries a good job, one that fails, another good one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_harms_no_neighbour() {
    let fresh = Fresh::new();
    let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
    let (mut twin, _) = new_session(&ann.session.user);
    twin.id = ann.session.id;

    let lock = hold_the_write_lock(&fresh).await;
    let first = rotate(&fresh, &ann, 0).await;
    let store = fresh.store.clone();
    let failing = tokio::spawn(async move { SessionStore::create(&store, twin).await });
    settle().await;
    let last = rotate(&fresh, &bob, 0).await;
    drop(lock);

    for rotating in [first, last] {
        assert_eq!(
            outcome(rotating).await.expect("a neighbour is not harmed"),
            RotationOutcome::Rotated
        );
    }
    let error = failing
        .await
        .expect("the caller does not panic")
        .expect_err("the id is taken");
    assert!(error.to_string().contains("UNIQUE"), "{error}");
    for login in [&ann, &bob] {
        assert_eq!(fresh.find(login.session.id).await.current, 1);
    }
}

/// The same with a job that panics, here because the clock does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_panics_harms_no_neighbour() {
    let hands = Arc::new(ManualClock::at(START));
    let clock = Arc::new(BrokenClock {
        hands: hands.clone(),
        reads_left: AtomicI64::new(i64::MAX),
    });
    let fresh = Fresh::with_clock(clock.clone(), hands, |_| ());
    let logins = [fresh.sign_in().await, fresh.sign_in().await, fresh.sign_in().await];

    let lock = hold_the_write_lock(&fresh).await;
    // One for the job that waits for the lock already, one for the first of ours.
    clock.reads_left.store(2, Ordering::SeqCst);
    let mut rotating = Vec::new();
    for login in &logins {
        rotating.push(rotate(&fresh, login, 0).await);
    }
    drop(lock);

    let mut outcomes = Vec::new();
    for rotating in rotating {
        outcomes.push(outcome(rotating).await);
    }
    let [first, second, third] = outcomes.try_into().expect("three outcomes");
    assert_eq!(first.expect("a neighbour is not harmed"), RotationOutcome::Rotated);
    assert!(matches!(second, Err(StoreError::Database(_))), "{second:?}");
    assert_eq!(third.expect("a neighbour is not harmed"), RotationOutcome::Rotated);
    for (login, current) in logins.iter().zip([1, 0, 1]) {
        assert_eq!(fresh.find(login.session.id).await.current, current);
    }
    // And the thread lives on.
    assert_eq!(
        judged(logins[1].present(&fresh.store, 0).await).outcome,
        RotationOutcome::Rotated
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_caller_left_is_not_done() {
    let fresh = Fresh::new();
    let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
    let lock = hold_the_write_lock(&fresh).await;
    let leaving = rotate(&fresh, &ann, 0).await;
    let staying = rotate(&fresh, &bob, 0).await;
    leaving.abort();
    assert!(leaving.await.is_err_and(|error| error.is_cancelled()));
    drop(lock);
    assert_eq!(
        outcome(staying).await.expect("the other is done"),
        RotationOutcome::Rotated
    );
    assert_eq!(fresh.find(ann.session.id).await.current, 0);
}

/// The answer is an error within the time a request may wait, and the next call after the lock is
/// gone works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_lock_held_by_another_process_is_an_error_in_time() {
    let wait = Duration::from_millis(400);
    let fresh = Fresh::with(|config| config.wait = wait);
    let ann = fresh.sign_in().await;

    let mut lock = fresh.connection();
    lock.batch_execute("BEGIN IMMEDIATE")
        .expect("no other connection writes");
    let (asked, first) = (Instant::now(), rotate(&fresh, &ann, 0).await);
    let second = rotate(&fresh, &ann, 0).await;
    let (first, second) = (outcome(first).await, outcome(second).await);
    assert!(asked.elapsed() < wait * 2, "{:?}", asked.elapsed());
    // The first learns the cause; the second runs out of time behind it.
    let Err(StoreError::Database(cause)) = first else {
        panic!("{first:?}")
    };
    assert!(cause.to_string().contains("database is locked"), "{cause}");
    assert!(matches!(second, Err(StoreError::Timeout)), "{second:?}");
    // Reading goes on meanwhile.
    assert_eq!(fresh.find(ann.session.id).await, ann.session);
    fresh.store.ping().await.expect("the database can be read");
    drop(lock);

    assert_eq!(
        judged(ann.present(&fresh.store, 0).await).outcome,
        RotationOutcome::Rotated
    );
}

#[tokio::test]
async fn a_clock_that_is_set_back_ends_nothing() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    assert_eq!(
        judged(ann.present(&fresh.store, 0).await).outcome,
        RotationOutcome::Rotated
    );
    // Before the current token was made counts as inside the window.
    fresh.clock.set(START.minus(Duration::from_secs(3600)));
    assert_eq!(
        judged(ann.present(&fresh.store, 0).await).outcome,
        RotationOutcome::Replayed
    );
    assert_eq!(
        judged(ann.present(&fresh.store, 1).await).outcome,
        RotationOutcome::Rotated
    );
    fresh.clock.set(START);
    assert_eq!(
        judged(ann.present(&fresh.store, 2).await).outcome,
        RotationOutcome::Rotated
    );
}

/// "Log out everywhere" while the clock is days ahead. Every session looks idle then, and is live
/// again when the clock is right.
#[tokio::test]
async fn what_ends_while_the_clock_is_ahead_has_ended_when_it_is_right_again() {
    let fresh = Fresh::new();
    let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
    fresh.clock.set(START.plus(Duration::from_secs(8 * 24 * 3600)));
    let epoch = fresh.store.end_epoch(&ann.session.user).await;
    assert_eq!(epoch.expect("the store answers").counters.epoch, 1);
    let revoked = fresh.store.revoke(bob.session.id, None, RevocationReason::Logout).await;
    assert!(revoked.expect("the store answers"));
    fresh.clock.set(START);
    for login in [&ann, &bob] {
        assert_eq!(rejected(login.present(&fresh.store, 0).await), Rejection::Revoked);
    }
}

/// Panics once, when it was read as often as it still may be.
struct BrokenClock {
    hands: Arc<ManualClock>,
    reads_left: AtomicI64,
}

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        if self.reads_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            panic!("this clock breaks on purpose");
        }
        self.hands.now()
    }
}

/// Holds the lock, and lets a first job run into it: what comes now waits, and then goes into one
/// transaction.
async fn hold_the_write_lock(fresh: &Fresh) -> SqliteConnection {
    let mut conn = fresh.connection();
    conn.batch_execute("BEGIN IMMEDIATE")
        .expect("no other connection writes");
    let store = fresh.store.clone();
    tokio::spawn(async move { store.change_roles_version(&UserId::random()).await });
    settle().await;
    conn
}

async fn rotate(fresh: &Fresh, login: &Login, generation: i64) -> Rotating {
    let (store, presented) = (fresh.store.clone(), login.presents(generation));
    let rotating = tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await });
    settle().await;
    rotating
}

async fn outcome(rotating: Rotating) -> Result<RotationOutcome, StoreError> {
    rotating
        .await
        .expect("the caller does not panic")
        .map(|rotation| judged(rotation).outcome)
}

/// Time for a job to be in the queue.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(40)).await;
}
