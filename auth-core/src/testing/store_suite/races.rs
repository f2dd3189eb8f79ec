//! Races.

use super::Harness;
use super::arrange::{GRACEFUL, find, judged, present, rejected, revoke, sign_in};
use crate::store::{Rejection, RevocationReason, Rotation, RotationOutcome, Session};

/// The losers of the race are replays: no client sees an error or has to retry.
pub async fn of_fifty_at_once_one_rotates_and_all_get_one_successor(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let mut racers = Vec::new();
    for _ in 0..50 {
        let (store, presented) = (harness.store(), ann.presents(0));
        racers.push(tokio::spawn(async move { store.rotate(presented, GRACEFUL).await }));
    }
    let mut outcomes = Vec::new();
    for racer in racers {
        let rotation = racer.await.expect("a racer does not panic").expect("the store answers");
        let rotated = judged(rotation);
        assert_eq!(rotated.session.current, 1);
        outcomes.push(rotated.outcome);
    }
    let count = |outcome| outcomes.iter().filter(|found| **found == outcome).count();
    assert_eq!(
        (count(RotationOutcome::Rotated), count(RotationOutcome::Replayed)),
        (1, 49),
        "{outcomes:?}"
    );
}

/// A rotation may come before a revocation, never after; the two cannot both have the last word.
pub async fn nothing_rotates_after_a_revocation_was_acknowledged(harness: &dyn Harness) {
    for _ in 0..20 {
        let ann = sign_in(harness).await;
        let (store, presented) = (harness.store(), ann.presents(0));
        let rotating = tokio::spawn(async move { store.rotate(presented, GRACEFUL).await });
        assert!(revoke(harness, ann.session.id, None).await, "no other call revokes it");
        let raced = rotating
            .await
            .expect("the racer does not panic")
            .expect("the store answers");
        let row = find(harness, ann.session.id).await;
        match &raced {
            Rotation::Judged(rotated) => {
                assert_eq!(
                    (rotated.outcome, rotated.session.revoked_at),
                    (RotationOutcome::Rotated, None)
                );
                assert_eq!(
                    Session {
                        revoked_at: None,
                        ..row
                    },
                    rotated.session
                );
            }
            Rotation::Rejected(why) => {
                assert_eq!((*why, row.current), (Rejection::Revoked, 0));
            }
        }
        for generation in [0, 1] {
            assert_eq!(
                rejected(&present(harness, &ann, generation, GRACEFUL).await),
                Rejection::Revoked
            );
        }
    }
}

/// `revoked_at` is written once, so exactly one caller is told that it did it.
pub async fn of_many_revocations_at_once_one_counts(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let mut racers = Vec::new();
    for _ in 0..20 {
        let (store, id) = (harness.store(), ann.session.id);
        racers.push(tokio::spawn(async move {
            store.revoke(id, None, RevocationReason::Logout).await
        }));
    }
    let mut done = 0;
    for racer in racers {
        done += usize::from(racer.await.expect("a racer does not panic").expect("the store answers"));
    }
    assert_eq!(done, 1);
}
