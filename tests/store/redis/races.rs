//! Races through two stores: two connections, as two nodes have.

use std::time::Duration;

use auth_core::__internal::redis::RedisStore;
use auth_core::__internal::{Maintenance, RevocationLog, SessionStore};
use auth_core::UserId;
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;

use super::arrange::Fresh;
use crate::common_races;
use crate::support::{judged, new_session};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_through_two_stores_one_rotates_and_all_get_one_successor() {
    let fresh = Fresh::new().await;
    let stores = [fresh.store.clone(), fresh.another().await];
    common_races::of_fifty_at_once_one_rotates(stores, fresh.sign_in().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_and_a_logout_never_both_win() {
    let fresh = Fresh::new().await;
    let stores = [fresh.store.clone(), fresh.another().await];
    let delay = |store: RedisStore| async move { store.ping().await.expect("the store answers") };
    common_races::a_refresh_and_a_logout_never_both_win(stores, 200, async || fresh.sign_in().await, delay).await;
}

/// The scripts are in the server's memory only.
#[tokio::test]
async fn a_server_that_forgot_its_scripts_is_told_them_again() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    for generation in 0..3 {
        redis::cmd("SCRIPT")
            .arg("FLUSH")
            .exec(&mut fresh.connection())
            .expect("an answer");
        assert_eq!(
            judged(ann.present(&fresh.store, generation).await).outcome,
            RotationOutcome::Rotated
        );
    }
}

/// In pages, so that the server never works on one for long. What is over is revoked as well: by a
/// clock that is wrong, a live session looks like it.
#[tokio::test]
async fn what_was_made_before_a_time_is_revoked_page_by_page() {
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
    let mut all = Vec::new();
    loop {
        let ended = fresh
            .store
            .revoke_created_before(before, 400, RevocationReason::Operator)
            .await;
        let ended = ended.expect("the store answers");
        all.extend_from_slice(&ended);
        if ended.len() < 400 {
            break;
        }
    }
    assert_eq!(all.len(), 1102);
    assert!(all.contains(&ann.session.id) && all.contains(&bob.session.id));
}
