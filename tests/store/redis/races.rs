//! Races through two stores: two connections, as two nodes have.

use std::sync::Arc;
use std::time::Duration;

use auth_core::account::UserId;
use auth_core::store::{Rejected, RevokedWhy, Rotation, SessionStore, Verdict};
use tokio::sync::Barrier;

use super::arrange::{Fresh, present};
use crate::support::{RECOVERABLE, judged, new_session, rejected};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_through_two_stores_one_rotates_and_all_get_one_head() {
    let fresh = Fresh::new().await;
    let stores = [fresh.store.clone(), fresh.another().await];
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
    let fresh = Fresh::new().await;
    let other = fresh.another().await;
    let (mut refresh_first, mut logout_first) = (0, 0);
    for round in 0..200 {
        let ann = fresh.sign_in().await;
        let barrier = Arc::new(Barrier::new(2));
        let refresh = tokio::spawn({
            let (store, barrier, presented) = (fresh.store.clone(), Arc::clone(&barrier), ann.presents(0));
            async move {
                barrier.wait().await;
                if round % 2 == 1 {
                    // Each wins some rounds: a question first gives the other a head start.
                    store.ping().await.expect("the store answers");
                }
                store.rotate(presented, RECOVERABLE).await
            }
        });
        barrier.wait().await;
        let revoked = other.revoke(ann.session.id, None, RevokedWhy::Logout).await;
        assert!(revoked.expect("the store answers"), "nobody else revokes it");
        // Acknowledged: from here on nothing rotates, through either store.
        for (store, seq) in [(&fresh.store, 0), (&fresh.store, 1), (&other, 0), (&other, 1)] {
            assert_eq!(rejected(present(store, &ann, seq).await), Rejected::Revoked);
        }
        let row = fresh.store.find(ann.session.id).await.expect("the store answers");
        let head = row.expect("the row is evidence").head;
        let refreshed = refresh.await.expect("the racer does not panic");
        match refreshed.expect("the store answers") {
            Rotation::Judged(rotated) => {
                refresh_first += 1;
                let revoked_at = rotated.session.revoked_at;
                assert_eq!((rotated.verdict, revoked_at, head), (Verdict::Rotated, None, 1));
            }
            Rotation::Rejected(why) => {
                logout_first += 1;
                assert_eq!((why, head), (Rejected::Revoked, 0));
            }
        }
    }
    println!("the refresh came first {refresh_first} times, the logout {logout_first} times");
}

/// The scripts are in the server's memory only.
#[tokio::test]
async fn a_server_that_forgot_its_scripts_is_told_them_again() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    for seq in 0..3 {
        redis::cmd("SCRIPT")
            .arg("FLUSH")
            .exec(&mut fresh.connection())
            .expect("an answer");
        assert_eq!(judged(present(&fresh.store, &ann, seq).await).verdict, Verdict::Rotated);
    }
}

/// In pages, so that the server never works on one for long.
#[tokio::test]
async fn what_is_to_be_revoked_is_found_among_pages_of_what_is_over() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let over = (0..1100).map(|_| {
        let (mut new, _) = new_session(&UserId::random());
        new.idle = Duration::ZERO;
        let store = fresh.store.clone();
        tokio::spawn(async move { store.create(new).await })
    });
    for made in over.collect::<Vec<_>>() {
        made.await.expect("it does not panic").expect("the store answers");
    }
    let bob = fresh.sign_in().await;
    let before = fresh
        .store
        .now()
        .await
        .expect("the store answers")
        .plus(Duration::from_secs(1));
    for expected in [bob.session.id, ann.session.id] {
        let ended = fresh.store.revoke_created_before(before, 1, RevokedWhy::Operator).await;
        assert_eq!(ended.expect("the store answers"), [expected], "the newest first");
    }
    let ended = fresh.store.revoke_created_before(before, 1, RevokedWhy::Operator).await;
    assert_eq!(ended.expect("the store answers"), []);
}
