//! A database that is busy, hangs, or is gone: an error in time, nothing lost, and work goes on
//! once it is back.

use std::time::{Duration, Instant};

use auth_core::__internal::{Maintenance, Rotation, SessionStore};
use auth_core::audit::RotationOutcome;
use auth_core::store::StoreError;
use tests::postgres::Cluster;

use super::support::Fresh;
use crate::support::{Login, RECOVERABLE, judged};

/// What a refresh may take while the database does not answer, and how soon it works once that is
/// back.
const IN_TIME: Duration = Duration::from_millis(2500);
const BACK: Duration = Duration::from_secs(5);

async fn refresh(fresh: &Fresh, login: &Login, generation: i64) -> (Result<Rotation, StoreError>, Duration) {
    let begun = Instant::now();
    let rotation = fresh.store.rotate(login.presents(generation), RECOVERABLE).await;
    (rotation, begun.elapsed())
}

async fn assert_refused_in_time(fresh: &Fresh, login: &Login) {
    let (refused, took) = refresh(fresh, login, 0).await;
    let refused = refused.expect_err("the database does not answer");
    assert!(took < IN_TIME, "{took:?} {refused}");
}

/// Refreshes until it works; answers how long that took.
async fn until_it_works(fresh: &Fresh, login: &Login) -> Duration {
    let begun = Instant::now();
    loop {
        match refresh(fresh, login, 0).await {
            (Ok(rotation), _) => {
                let outcome = judged(rotation).outcome;
                // One that timed out may have been carried out: then this is its replay.
                assert!(
                    matches!(outcome, RotationOutcome::Rotated | RotationOutcome::Replayed),
                    "{outcome:?}"
                );
                break;
            }
            (Err(_), _) => assert!(begun.elapsed() < BACK, "it does not work again"),
        }
    }
    let took = begun.elapsed();
    assert!(took < BACK, "{took:?}");
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_costs_an_error_in_time_and_works_when_it_goes_on() {
    let cluster = Cluster::start();
    let fresh = Fresh::on(&cluster, |_| ()).await;
    let ann = fresh.sign_in().await;
    cluster.pause();
    for _ in 0..2 {
        assert_refused_in_time(&fresh, &ann).await;
    }
    cluster.resume();
    println!("works {:?} after it goes on", until_it_works(&fresh, &ann).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashed_costs_an_error_in_time_and_works_when_it_is_back() {
    let mut cluster = Cluster::start();
    let fresh = Fresh::on(&cluster, |_| ()).await;
    let ann = fresh.sign_in().await;
    cluster.stop("immediate");
    for _ in 0..2 {
        assert_refused_in_time(&fresh, &ann).await;
    }
    cluster.start_again();
    println!("works {:?} after it is back", until_it_works(&fresh, &ann).await);
    assert_eq!(fresh.find(ann.session.id).await.current, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_whose_connections_are_all_held_up_refuses_in_time() {
    let fresh = Fresh::on(Cluster::shared(), |config| config.pool_size = 2).await;
    let ann = fresh.sign_in().await;
    let third = fresh.connection().await;
    third
        .run(&format!(
            "BEGIN; SELECT 1 FROM auth_sessions WHERE id = '{}' FOR UPDATE",
            ann.session.id
        ))
        .await;
    let begun = Instant::now();
    let refreshing = [(); 6].map(|()| {
        let (store, presented) = (fresh.store.clone(), ann.presents(0));
        tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await })
    });
    for refresh in refreshing {
        let refused = refresh.await.expect("no panic");
        let refused = refused.expect_err("the row is held");
        assert!(
            matches!(refused, StoreError::Timeout | StoreError::Database(_)),
            "{refused:?}"
        );
        assert!(begun.elapsed() < IN_TIME, "{:?} {refused}", begun.elapsed());
    }
    third.run("COMMIT").await;
    until_it_works(&fresh, &ann).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_cut_are_replaced_unnoticed() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let third = fresh.connection().await;
    third
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await;
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while third.one(others).await != "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The other end has closed; a moment for this one to see it.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (rotation, _) = refresh(&fresh, &ann, 0).await;
    assert_eq!(
        judged(rotation.expect("it was replaced")).outcome,
        RotationOutcome::Rotated
    );
}

/// A call whose caller has gone leaves nothing behind that could disturb the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_dropped_harms_no_other() {
    let fresh = Fresh::with(|config| config.pool_size = 1).await;
    let ann = fresh.sign_in().await;
    for delay in (0..200).map(|step| Duration::from_micros(step * 10)) {
        let (new, _) = crate::support::new_session(&ann.session.user);
        tokio::select! {
            _ = SessionStore::create(&fresh.store, new) => {}
            () = tokio::time::sleep(delay) => {}
        }
        fresh.store.ping().await.expect("the next call works");
    }
    let third = fresh.connection().await;
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    assert_eq!(third.one(idle).await, "0");
}
