//! No token with old roles outlives a change of roles: each is either issued with the new ones, or
//! stale.

use auth_core::__internal::{ManagedAccounts, RotatedSession, SessionStore};

use super::support::{Fresh, Plain};
use crate::support::{Login, RECOVERABLE, judged};

/// A refresh that has begun, and waits for its row until the connection that is given back commits.
async fn held_refresh(fresh: &Fresh, login: &Login) -> (tokio::task::JoinHandle<RotatedSession>, Plain) {
    let third = fresh.connection().await;
    third
        .run(&format!(
            "BEGIN; SELECT 1 FROM auth_sessions WHERE id = '{}' FOR UPDATE",
            login.session.id
        ))
        .await;
    let (store, presented) = (fresh.store.clone(), login.presents(0));
    let refresh = tokio::spawn(async move {
        let rotation = store.rotate(presented, RECOVERABLE).await;
        judged(rotation.expect("the store answers"))
    });
    fresh.connection().await.until_waiting(1).await;
    (refresh, third)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_began_before_a_role_change_and_ended_after_it_is_stale() {
    let fresh = Fresh::new().await;
    for _ in 0..5 {
        let ann = fresh.sign_in().await;
        let (refresh, third) = held_refresh(&fresh, &ann).await;
        let user = &ann.session.user;
        let other = fresh.another().await;
        let changed = other.set_roles(user, vec!["admin".to_owned()], None).await;
        let version = changed
            .expect("the account is known")
            .expect("they are new")
            .roles_version;
        third.run("COMMIT").await;
        let rotated = refresh.await.expect("no panic");
        assert_eq!(
            rotated.roles.as_deref(),
            Some(&["viewer".to_owned()][..]),
            "it read the old ones"
        );
        assert!(rotated.counters.roles_version < version, "{rotated:?}");
        // And the next one is not.
        let next = judged(ann.present(&fresh.store, rotated.session.current).await);
        assert_eq!(next.roles.as_deref(), Some(&["admin".to_owned()][..]));
        assert_eq!(next.counters.roles_version, version);
    }
}

/// Nothing that began before the end of an epoch and ended after it is good: its tokens are of the
/// epoch before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_began_before_the_end_of_an_epoch_gives_nothing_that_survives_it() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let (refresh, third) = held_refresh(&fresh, &ann).await;
    let epoch = fresh.another().await.end_epoch(&ann.session.user).await;
    let epoch = epoch.expect("the store answers").counters.epoch;
    third.run("COMMIT").await;
    let rotated = refresh.await.expect("no panic");
    assert!(rotated.counters.epoch < epoch, "{rotated:?}");
    let next = ann.present(&fresh.store, rotated.session.current).await;
    assert_eq!(
        crate::support::rejected(next),
        auth_core::__internal::Rejection::Revoked
    );
}

#[tokio::test]
async fn each_role_change_makes_what_was_issued_since_the_last_one_stale_even_within_a_second() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let user = &ann.session.user;
    for (generation, roles) in (0..).zip([["editor"], ["admin"], ["viewer"]]) {
        let roles = roles.map(str::to_owned);
        let issued = judged(ann.present(&fresh.store, generation).await);
        assert_ne!(issued.roles.as_deref(), Some(&roles[..]));
        let changed = fresh.store.set_roles(user, roles.to_vec(), None).await;
        let changed = changed.expect("the account is known").expect("they are new");
        assert_eq!(changed.roles_version, issued.counters.roles_version + 1);
    }
}

#[tokio::test]
async fn no_user_gets_the_roles_or_the_counters_of_another() {
    let fresh = Fresh::new().await;
    let (ann, bob, cy) = (fresh.sign_in().await, fresh.sign_in().await, fresh.sign_in().await);
    let changed = fresh
        .store
        .set_roles(&bob.session.user, vec!["admin".to_owned()], None)
        .await;
    changed.expect("the account is known");
    for login in [&ann, &cy] {
        let rotated = judged(login.present(&fresh.store, 0).await);
        assert_eq!(rotated.roles, Some(vec!["viewer".to_owned()]));
        assert_eq!(rotated.counters.roles_version, 0);
        assert_eq!(rotated.session.user, login.session.user);
    }
    let rotated = judged(bob.present(&fresh.store, 0).await);
    assert_eq!(rotated.roles, Some(vec!["admin".to_owned()]));
    assert_eq!(rotated.counters.roles_version, 1);
}
