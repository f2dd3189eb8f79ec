//! No token with old roles outlives a change of roles: each is either minted with the new ones, or stale.

use auth_core::UserId;
use auth_core::account::ManagedAccounts;
use auth_core::clock::Timestamp;
use auth_core::store::{Rotated, SessionStore};

use super::support::{Fresh, Plain};
use crate::support::{Login, RECOVERABLE, judged};

/// Whether an access token minted after this rotation is refused once the cut-off `at` is known: the rule of `http.md`.
fn is_stale(rotated: &Rotated, at: Timestamp) -> bool {
    let issued_at = rotated
        .cutoff
        .map_or(rotated.now.secs(), |cutoff| cutoff.secs_up().max(rotated.now.secs()));
    issued_at < at.secs_up()
}

async fn cut_off_of(fresh: &Fresh, user: &UserId) -> Timestamp {
    let told = fresh.store.cutoffs_since(Timestamp::from_millis(1)).await;
    let told = told.expect("the store answers").into_iter();
    told.filter(|cutoff| cutoff.user == *user)
        .map(|cutoff| cutoff.at)
        .next()
        .expect("the user is cut off")
}

/// A refresh that has begun, and waits for its row until the connection that is given back commits.
async fn held_refresh(fresh: &Fresh, login: &Login) -> (tokio::task::JoinHandle<Rotated>, Plain) {
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
        let changed = other.set_roles(user, vec!["admin".to_owned()]).await;
        changed.expect("the account is known");
        third.run("COMMIT").await;
        let rotated = refresh.await.expect("no panic");
        assert_eq!(
            rotated.roles.as_deref(),
            Some(&["viewer".to_owned()][..]),
            "it read the old ones"
        );
        assert!(is_stale(&rotated, cut_off_of(&fresh, user).await), "{rotated:?}");
        // And the next one is not.
        let next = judged(ann.present(&fresh.store, rotated.session.head).await);
        assert_eq!(next.roles.as_deref(), Some(&["admin".to_owned()][..]));
        assert!(!is_stale(&next, cut_off_of(&fresh, user).await), "{next:?}");
    }
}

#[tokio::test]
async fn each_role_change_makes_what_was_minted_since_the_last_one_stale_even_within_a_second() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let user = &ann.session.user;
    for (seq, roles) in (0..).zip([["editor"], ["admin"], ["viewer"]]) {
        let roles = roles.map(str::to_owned);
        let minted = judged(ann.present(&fresh.store, seq).await);
        assert_ne!(minted.roles.as_deref(), Some(&roles[..]));
        let changed = fresh.store.set_roles(user, roles.to_vec()).await;
        changed.expect("the account is known");
        assert!(is_stale(&minted, cut_off_of(&fresh, user).await), "{minted:?}");
    }
}

/// The process that changed the roles is gone before it could set the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_change_that_was_cut_short_after_its_commit_is_finished_by_whoever_polls() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let (refresh, third) = held_refresh(&fresh, &ann).await;
    let user = &ann.session.user;
    fresh
        .connection()
        .await
        .run(&format!(
            "BEGIN;
             UPDATE auth_accounts SET roles = '{{admin}}' WHERE id = '{user}';
             INSERT INTO auth_cutoffs (user_id, at, pending) VALUES ('{user}', 0, true);
             COMMIT"
        ))
        .await;
    third.run("COMMIT").await;
    let rotated = refresh.await.expect("no panic");
    assert_eq!(
        rotated.roles.as_deref(),
        Some(&["viewer".to_owned()][..]),
        "it read the old ones"
    );
    let now = fresh.store.now().await.expect("the store answers");
    let told = fresh
        .another()
        .await
        .cutoffs_since(now)
        .await
        .expect("the store answers");
    assert_eq!(told.iter().map(|cutoff| &cutoff.user).collect::<Vec<_>>(), [user]);
    assert!(is_stale(&rotated, told[0].at), "{rotated:?}");
    assert_eq!(third.one("SELECT count(*) FROM auth_cutoffs WHERE pending").await, "0");
}

/// Its time would be too early if it were read before the wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_off_that_waited_for_another_role_change_is_later_than_that_change() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let user = &ann.session.user;
    let third = fresh.connection().await;
    third
        .run(&format!(
            "INSERT INTO auth_cutoffs (user_id, at) VALUES ('{user}', 1);
             BEGIN;
             UPDATE auth_accounts SET roles = '{{admin}}' WHERE id = '{user}';
             UPDATE auth_cutoffs SET pending = true WHERE user_id = '{user}'"
        ))
        .await;
    let (store, id) = (fresh.another().await, user.clone());
    let cut_off = tokio::spawn(async move { store.cut_off(&id).await });
    fresh.connection().await.until_waiting(1).await;
    // Past the millisecond in which the cut-off began.
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let rotated = judged(ann.present(&fresh.store, 0).await);
    assert_eq!(
        rotated.roles.as_deref(),
        Some(&["viewer".to_owned()][..]),
        "the change is not committed"
    );
    third.run("COMMIT").await;
    let at = cut_off.await.expect("no panic").expect("the store answers");
    assert!(at >= rotated.now && is_stale(&rotated, at), "{at} {rotated:?}");
    assert_eq!(third.one("SELECT count(*) FROM auth_cutoffs WHERE pending").await, "0");
}

#[tokio::test]
async fn nobody_gets_the_roles_or_the_cut_off_of_somebody_else() {
    let fresh = Fresh::new().await;
    let (ann, bob, cy) = (fresh.sign_in().await, fresh.sign_in().await, fresh.sign_in().await);
    let changed = fresh.store.set_roles(&bob.session.user, vec!["admin".to_owned()]).await;
    changed.expect("the account is known");
    for login in [&ann, &cy] {
        let rotated = judged(login.present(&fresh.store, 0).await);
        assert_eq!((rotated.cutoff, rotated.roles), (None, Some(vec!["viewer".to_owned()])));
        assert_eq!(rotated.session.user, login.session.user);
    }
    let rotated = judged(bob.present(&fresh.store, 0).await);
    let at = cut_off_of(&fresh, &bob.session.user).await;
    assert_eq!(
        (rotated.cutoff, rotated.roles),
        (Some(at), Some(vec!["admin".to_owned()]))
    );
}
