//! Races with real connections: two stores on one file are two processes, as far as SQLite is
//! concerned.

use std::sync::Arc;
use std::time::Duration;

use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
use auth_core::__internal::{Clock, ManagedAccounts, Rejection, Rotation, SessionStore, SystemClock};
use auth_core::audit::RotationOutcome;

use crate::common_races;
use crate::support::{Fresh, RECOVERABLE, judged, rejected};

// security: Rotation and storage: One statement: of many at once one rotates, and all get one successor
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_through_two_stores_one_rotates_and_all_get_one_successor() {
    let fresh = Fresh::new();
    let stores = [fresh.store.clone(), fresh.another()];
    common_races::of_fifty_at_once_one_rotates(stores, fresh.sign_in().await).await;
}

// security: Rotation and storage: Refresh and revoke on one row cannot both win
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_and_a_logout_never_both_win() {
    let fresh = Fresh::new();
    let stores = [fresh.store.clone(), fresh.another()];
    let delay = |_| tokio::time::sleep(Duration::from_micros(500));
    common_races::a_refresh_and_a_logout_never_both_win(stores, 100, async || fresh.sign_in().await, delay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_admins_shut_out_at_once_through_two_stores_one_stays() {
    let fresh = Fresh::new();
    common_races::of_admins_shut_out_at_once_one_stays([fresh.store.clone(), fresh.another()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_disable_races_refreshes_and_the_last_word_is_its() {
    let fresh = Fresh::new();
    let other = fresh.another();
    for _ in 0..20 {
        let ann = fresh.sign_in().await;
        let refreshing = (0..8).map(|racer| {
            let store = if racer % 2 == 0 {
                fresh.store.clone()
            } else {
                other.clone()
            };
            let presented = ann.presents(0);
            tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await })
        });
        let refreshing = refreshing.collect::<Vec<_>>();
        let ended = other
            .disable(&ann.session.user, None)
            .await
            .expect("the account is known");
        assert_eq!(ended.counters.epoch, 1);
        for racer in refreshing {
            let rotation = racer.await.expect("a racer does not panic").expect("the store answers");
            assert!(
                matches!(rotation, Rotation::Judged(_) | Rotation::Rejected(Rejection::Revoked)),
                "{rotation:?}"
            );
        }
        assert!(fresh.disabled(&ann.session.user).await);
        assert_eq!(rejected(ann.present(&fresh.store, 1).await), Rejection::Revoked);
    }
}

/// Two busy processes, each with its own sessions: the lock goes back and forth and no call is
/// refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_busy_stores_share_one_file_without_errors() {
    let fresh = Fresh::new();
    let config = SqliteConfig::new(fresh.store.path());
    let stores = [(); 2].map(|()| SqliteStore::open(config.clone(), Arc::new(SystemClock)).expect("it opens"));
    let mut working = Vec::new();
    fresh.clock.set(SystemClock.now());
    for worker in 0..16 {
        let (ann, store) = (fresh.sign_in().await, stores[worker % 2].clone());
        working.push(tokio::spawn(async move {
            for generation in 0..50 {
                assert_eq!(
                    judged(ann.present(&store, generation).await).outcome,
                    RotationOutcome::Rotated
                );
            }
        }));
    }
    for worker in working {
        worker.await.expect("no worker was turned away");
    }
}
