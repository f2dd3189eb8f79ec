//! Races, each held at the moment that matters by a third connection that has the row locked.

use std::time::Duration;

use auth_core::__internal::{Maintenance, ManagedAccounts, Rejection, SecretHash, SessionStore};
use auth_core::AccountError;
use auth_core::audit::RotationOutcome;

use super::support::Fresh;
use crate::common_races;
use crate::support::{RECOVERABLE, judged, new_session, rejected};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_on_two_nodes_one_rotates_and_all_get_one_successor() {
    let fresh = Fresh::new().await;
    let nodes = [fresh.store.clone(), fresh.another().await];
    common_races::of_fifty_at_once_one_rotates(nodes, fresh.sign_in().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_and_a_logout_on_two_nodes_never_both_win() {
    let fresh = Fresh::new().await;
    let nodes = [fresh.store.clone(), fresh.another().await];
    let delay = |_| tokio::time::sleep(Duration::from_millis(2));
    common_races::a_refresh_and_a_logout_never_both_win(nodes, 60, async || fresh.sign_in().await, delay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_admins_shut_out_at_once_on_two_nodes_one_stays() {
    let fresh = Fresh::new().await;
    common_races::of_admins_shut_out_at_once_one_stays([fresh.store.clone(), fresh.another().await]).await;
}

/// The check waits for uncommitted changes of admins. That includes changes that keep no role, such
/// as `--force` or `psql`, and one that has just made the account an admin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_admins_that_is_not_committed_is_waited_for() {
    let to_admins = "UPDATE auth_accounts SET roles = '{admin}'";
    for (before, meanwhile) in [(to_admins, "SELECT 1"), ("SELECT 1", to_admins)] {
        let fresh = Fresh::new().await;
        let (ann, bob) = (fresh.user().await, fresh.user().await);
        let third = fresh.connection().await;
        third.run(before).await;
        third.run("BEGIN").await;
        third.run(meanwhile).await;
        third
            .run(&format!(
                "UPDATE auth_accounts SET disabled_at = auth_now() WHERE id = '{bob}'"
            ))
            .await;
        let (store, user) = (fresh.store.clone(), ann.clone());
        let disable = tokio::spawn(async move { store.disable(&user, Some("admin")).await });
        fresh.connection().await.until_waiting(1).await;
        third.run("COMMIT").await;
        let disabled = disable.await.expect("no panic");
        assert!(matches!(disabled, Err(AccountError::LastHolder(_))), "{disabled:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshes_that_waited_for_one_another_are_replays() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let third = fresh.connection().await;
    third
        .run(&format!(
            "BEGIN; SELECT 1 FROM auth_sessions WHERE id = '{}' FOR UPDATE",
            ann.session.id
        ))
        .await;
    let refreshing = [(); 5].map(|()| {
        let (store, presented) = (fresh.store.clone(), ann.presents(0));
        tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await })
    });
    fresh.connection().await.until_waiting(5).await;
    third.run("COMMIT").await;
    let mut outcomes = Vec::new();
    for refresh in refreshing {
        outcomes.push(judged(refresh.await.expect("no panic").expect("the store answers")).outcome);
    }
    let rotated = outcomes
        .iter()
        .filter(|outcome| **outcome == RotationOutcome::Rotated)
        .count();
    let replayed = outcomes
        .iter()
        .filter(|outcome| **outcome == RotationOutcome::Replayed)
        .count();
    assert_eq!((rotated, replayed), (1, 4), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_waited_for_a_revocation_is_refused() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let third = fresh.connection().await;
    third
        .run(&format!(
            "BEGIN; UPDATE auth_sessions SET revoked_at = auth_now(), revoked_why = 'operator' WHERE id = '{}'",
            ann.session.id
        ))
        .await;
    let (store, presented) = (fresh.store.clone(), ann.presents(0));
    let refresh = tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await });
    fresh.connection().await.until_waiting(1).await;
    third.run("COMMIT").await;
    let rotation = refresh.await.expect("no panic").expect("the store answers");
    assert_eq!(rejected(rotation), Rejection::Revoked);
    assert_eq!(fresh.find(ann.session.id).await.current, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_waited_for_a_disable_makes_no_session() {
    let fresh = Fresh::new().await;
    let ann = fresh.user().await;
    let third = fresh.connection().await;
    third
        .run(&format!(
            "INSERT INTO auth_users (user_id) VALUES ('{ann}') ON CONFLICT DO NOTHING;
             BEGIN; UPDATE auth_accounts SET disabled_at = auth_now() WHERE id = '{ann}';
             UPDATE auth_users SET epoch = epoch + 1 WHERE user_id = '{ann}'"
        ))
        .await;
    let (store, (new, _)) = (fresh.store.clone(), new_session(&ann));
    let sign_in = tokio::spawn(async move { SessionStore::create(&store, new).await });
    fresh.connection().await.until_waiting(1).await;
    third.run("COMMIT").await;
    let created = sign_in.await.expect("no panic").expect("the store answers");
    assert!(created.is_none(), "{created:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disable_that_waited_for_a_sign_in_ends_its_session() {
    let fresh = Fresh::new().await;
    let ann = fresh.user().await;
    let before = fresh.sign_in_as(&ann).await;
    let third = fresh.connection().await;
    // The sign-in replaces a session, and is held there: after it has read the account.
    third
        .run(&format!(
            "BEGIN; SELECT 1 FROM auth_sessions WHERE id = '{}' FOR UPDATE",
            before.session.id
        ))
        .await;
    let (mut new, _) = new_session(&ann);
    new.replaces = Some((before.session.id, SecretHash::of(&before.secret)));
    let new_id = new.id;
    let store = fresh.store.clone();
    let sign_in = tokio::spawn(async move { SessionStore::create(&store, new).await });
    let watch = fresh.connection().await;
    watch.until_waiting(1).await;
    let (store, user) = (fresh.another().await, ann.clone());
    let disable = tokio::spawn(async move { store.disable(&user, None).await });
    watch.until_waiting(2).await;
    third.run("COMMIT").await;

    let created = sign_in.await.expect("no panic").expect("the store answers");
    assert_eq!(created.map(|created| created.session.id), Some(new_id));
    let ended = disable.await.expect("no panic").expect("the account is known");
    assert_eq!(ended.ended, 1);
    assert_eq!(fresh.store.list(&ann, 100).await.expect("the store answers"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_beside_a_disable_leaves_no_live_session() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let third = fresh.connection().await;
    third
        .run(&format!(
            "BEGIN; SELECT 1 FROM auth_sessions WHERE id = '{}' FOR UPDATE",
            ann.session.id
        ))
        .await;
    let (store, presented) = (fresh.store.clone(), ann.presents(0));
    let refreshing = tokio::spawn(async move { store.rotate(presented, RECOVERABLE).await });
    fresh.connection().await.until_waiting(1).await;
    // It ends the epoch, and waits for no session.
    let disabled = fresh.store.disable(&ann.session.user, None).await;
    assert_eq!(disabled.expect("the account is known").counters.epoch, 1);
    third.run("COMMIT").await;
    let _either = refreshing.await.expect("no panic").expect("the store answers");
    for generation in [0, 1] {
        assert_eq!(
            rejected(ann.present(&fresh.store, generation).await),
            Rejection::Revoked
        );
    }
}

#[tokio::test]
async fn only_one_node_at_a_time_cleans_up_and_it_waits_for_nobody() {
    let fresh = Fresh::new().await;
    let third = fresh.connection().await;
    let ann = fresh.user().await;
    for _ in 0..3 {
        fresh.sign_in_as(&ann).await;
    }
    third
        .run("UPDATE auth_sessions SET expires_at = 1000, idle_until = 1000")
        .await;
    let clean = || async {
        let cleaned = fresh.store.delete_expired(Duration::ZERO, 10).await;
        cleaned.expect("the store answers")
    };
    third
        .run("BEGIN; SELECT pg_advisory_xact_lock(('x' || encode('authclea', 'hex'))::bit(64)::bigint)")
        .await;
    assert_eq!(clean().await, 0, "another node cleans");
    third.run("COMMIT").await;
    third
        .run("BEGIN; SELECT 1 FROM auth_sessions ORDER BY id LIMIT 1 FOR UPDATE")
        .await;
    assert_eq!(clean().await, 2, "a row that another client holds is left");
    third.run("COMMIT").await;
    assert_eq!(clean().await, 1);
}
