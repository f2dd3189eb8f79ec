//! Races with real connections: two stores on one file are two processes, as far as SQLite is concerned.

use std::sync::Arc;
use std::time::Duration;

use auth_core::account::ManagedAccounts;
use auth_core::clock::{Clock, SystemClock};
use auth_core::store::sqlite::{SqliteConfig, SqliteStore};
use auth_core::store::{Rejected, RevokedWhy, Rotation, SessionStore, Verdict};
use tokio::sync::Barrier;

use crate::support::{Fresh, RECOVERABLE, judged, rejected};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_through_two_stores_one_rotates_and_all_get_one_head() {
    let fresh = Fresh::new();
    let stores = [fresh.store.clone(), fresh.another()];
    let ann = fresh.sign_in().await;
    for round in 0..20 {
        let barrier = Arc::new(Barrier::new(50));
        let racers = (0..50).map(|racer| {
            let (store, barrier) = (stores[racer % 2].clone(), Arc::clone(&barrier));
            let presented = ann.presents(round);
            tokio::spawn(async move {
                barrier.wait().await;
                store.rotate(presented, RECOVERABLE).await
            })
        });
        let mut verdicts = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            let rotated = judged(racer.await.expect("a racer does not panic").expect("the store answers"));
            assert_eq!(rotated.session.head, round + 1);
            verdicts.push(rotated.verdict);
        }
        let count = |verdict| verdicts.iter().filter(|found| **found == verdict).count();
        assert_eq!(
            (count(Verdict::Rotated), count(Verdict::Replayed)),
            (1, 49),
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_and_a_logout_never_both_win() {
    let fresh = Fresh::new();
    let other = fresh.another();
    let (mut refresh_first, mut logout_first) = (0, 0);
    for round in 0..100 {
        let ann = fresh.sign_in().await;
        let barrier = Arc::new(Barrier::new(2));
        // Each wins some rounds: one of the two gets a head start.
        let refresh = tokio::spawn({
            let (store, barrier, presented) = (fresh.store.clone(), Arc::clone(&barrier), ann.presents(0));
            async move {
                barrier.wait().await;
                if round % 2 == 1 {
                    tokio::time::sleep(Duration::from_micros(500)).await;
                }
                store.rotate(presented, RECOVERABLE).await
            }
        });
        let (store, id) = (other.clone(), ann.session.id);
        barrier.wait().await;
        assert!(
            store
                .revoke(id, None, RevokedWhy::Logout)
                .await
                .expect("the store answers"),
            "nobody else revokes it"
        );
        // Acknowledged: from here on nothing rotates, through either store.
        for (store, seq) in [(&fresh.store, 0), (&fresh.store, 1), (&other, 0), (&other, 1)] {
            assert_eq!(rejected(ann.present(store, seq).await), Rejected::Revoked);
        }
        let row = fresh.find(id).await;
        match refresh
            .await
            .expect("the racer does not panic")
            .expect("the store answers")
        {
            Rotation::Judged(rotated) => {
                refresh_first += 1;
                assert_eq!(
                    (rotated.verdict, rotated.session.revoked_at, row.head),
                    (Verdict::Rotated, None, 1)
                );
            }
            Rotation::Rejected(why) => {
                logout_first += 1;
                assert_eq!((why, row.head), (Rejected::Revoked, 0));
            }
        }
    }
    println!("the refresh came first {refresh_first} times, the logout {logout_first} times");
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
        let ended = other.disable(&ann.session.user).await.expect("the account is known");
        assert_eq!(ended, [ann.session.id]);
        for racer in refreshing {
            let rotation = racer.await.expect("a racer does not panic").expect("the store answers");
            assert!(
                matches!(rotation, Rotation::Judged(_) | Rotation::Rejected(Rejected::Revoked)),
                "{rotation:?}"
            );
        }
        assert!(fresh.disabled(&ann.session.user).await);
        assert_eq!(rejected(ann.present(&fresh.store, 1).await), Rejected::Revoked);
    }
}

/// Two busy processes, each with its own sessions: the lock goes back and forth and nobody is turned away.
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
            for seq in 0..50 {
                assert_eq!(judged(ann.present(&store, seq).await).verdict, Verdict::Rotated);
            }
        }));
    }
    for worker in working {
        worker.await.expect("no worker was turned away");
    }
}
