//! Lists and counters.

use std::time::Duration;

use super::Harness;
use super::arrange::{
    GRACEFUL, PAST_SHORT_LIFE, TICK, accounts, assert_outcome, counters, create, end_epoch, judged, list, new_session,
    present, revoke, short_lived, sign_in, sign_in_as, user,
};
use crate::account::NewAccount;
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::{RotationOutcome, Session, UserCounters};

/// Neither revoked nor expired ones, nor another user's.
pub async fn only_live_sessions_are_listed(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, user(harness).await);
    let (live, revoked) = (sign_in_as(harness, &ann).await, sign_in_as(harness, &ann).await);
    short_lived(harness, &ann).await;
    sign_in_as(harness, &bob).await;
    revoke(harness, revoked.session.id, None).await;
    harness.pass(PAST_SHORT_LIFE).await;
    assert_eq!(list(harness, &ann).await, [live.session]);
}

/// Signing in counts as a use.
pub async fn the_session_used_last_is_listed_first(harness: &dyn Harness) {
    let ann = user(harness).await;
    let first = sign_in_as(harness, &ann).await;
    harness.pass(TICK).await;
    let second = sign_in_as(harness, &ann).await;
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
    assert_eq!(ids(list(harness, &ann).await), [second.session.id, first.session.id]);
    harness.pass(TICK).await;
    assert_outcome(harness, &first, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
    assert_eq!(ids(list(harness, &ann).await), [first.session.id, second.session.id]);
}

/// With any number of sessions, an answer has at most `limit`.
pub async fn a_list_is_as_long_as_asked_for(harness: &dyn Harness) {
    let ann = user(harness).await;
    sign_in_as(harness, &ann).await;
    harness.pass(TICK).await;
    let last = sign_in_as(harness, &ann).await;
    let listed = harness.store().list(&ann, 1).await.expect("the store answers");
    assert_eq!(listed, [last.session]);
}

/// What issues an access token learns which counters it carries.
pub async fn counters_come_with_each_rotation_and_sign_in(harness: &dyn Harness) {
    let (ann, bob) = (sign_in(harness).await, sign_in(harness).await);
    let none = UserCounters::default();
    assert_eq!(judged(present(harness, &ann, 0, GRACEFUL).await).counters, none);
    let changed = change_roles_version(harness, &ann.session.user).await;
    assert_eq!((changed.epoch, changed.roles_version), (0, 1));
    assert_eq!(counters(harness, &ann.session.user).await, changed);
    assert_eq!(judged(present(harness, &ann, 1, GRACEFUL).await).counters, changed);
    let (new, _) = new_session(&ann.session.user);
    assert_eq!(create(harness, new).await.counters, changed);
    assert_eq!(judged(present(harness, &bob, 0, GRACEFUL).await).counters, none);
    assert_eq!(counters(harness, &UserId::random()).await, none);
}

/// Thirty changes in a row are thirty versions, even at one time of the clock.
pub async fn each_change_has_a_version_of_its_own(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for version in 1..=30 {
        let changed = change_roles_version(harness, &ann.session.user).await;
        assert_eq!(changed.roles_version, version);
    }
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(
        rotated.counters.roles_version, 30,
        "a token issued now is of the last version"
    );
}

/// As revocations are: including the very millisecond. Each user is told once, with the counters of
/// now.
pub async fn changed_users_are_told_from_their_time_on(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, user(harness).await);
    sign_in_as(harness, &user(harness).await).await;
    let begun = harness.store().now().await.expect("the store answers");
    change_roles_version(harness, &ann).await;
    let ann_now = end_epoch(harness, &ann).await.counters;
    harness.pass(TICK).await;
    let between = harness.store().now().await.expect("the store answers");
    let bob_now = change_roles_version(harness, &bob).await;
    let told = |since| async move {
        let store = harness.store();
        let told = store.users_changed_since(since).await.expect("the store answers");
        told.into_iter()
            .map(|changed| (changed.user, changed.counters, changed.at))
            .collect::<Vec<_>>()
    };
    let all = told(begun).await;
    let counters: Vec<_> = all.iter().map(|(user, counters, _)| (user, *counters)).collect();
    assert_eq!(counters, [(&ann, ann_now), (&bob, bob_now)]);
    assert_eq!(told(between).await, all[1..]);
    assert_eq!(told(all[1].2).await, all[1..]);
    assert_eq!(told(all[1].2.plus(Duration::from_millis(1))).await, []);
}

async fn change_roles_version(harness: &dyn Harness, user: &UserId) -> UserCounters {
    let changed = harness.store().change_roles_version(user).await;
    changed.expect("the store answers")
}

/// In the order of their e-mails, upper and lower case alike; each page starts behind the one
/// before.
pub async fn accounts_are_listed_by_email_in_pages(harness: &dyn Harness) {
    let accounts = accounts(harness);
    for email in ["cy@example.com", "Bo@example.com", "ann@example.com"] {
        let account = NewAccount {
            email: email.to_owned(),
            password_hash: SecretString::new("a hash"),
            roles: vec!["viewer".to_owned()],
            demo: false,
        };
        let id = accounts.create(account).await.expect("a new account");
        if email.starts_with("Bo") {
            accounts.disable(&id, None).await.expect("it is there");
        }
    }
    let first = accounts.list_accounts(None, 2).await.expect("the store answers");
    let seen: Vec<(&str, bool)> = first
        .iter()
        .map(|account| (account.email.as_str(), account.disabled))
        .collect();
    assert_eq!(seen, [("ann@example.com", false), ("Bo@example.com", true)]);
    assert_eq!(first[0].roles, ["viewer"]);
    let rest = accounts
        .list_accounts(Some("BO@example.com"), 2)
        .await
        .expect("the store answers");
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].email, "cy@example.com");
}
