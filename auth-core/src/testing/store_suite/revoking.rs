//! Revoking.

use std::time::Duration;

use super::Harness;
use super::arrange::{
    GRACEFUL, LIFETIME, NO_GRACE, PAST_SHORT_LIFE, TICK, assert_outcome, counters, create, end_epoch, find, judged,
    keeping, list, new_session, present, rejected, renew, revoke, secret, short_lived, sign_in, sign_in_as, sorted,
    strict, user,
};
use crate::ids::SessionId;
use crate::store::{Rejection, RevocationReason, RotationOutcome, RotationPolicy, Session};

/// The second time says that nothing was done, and the time of the first stays.
pub async fn a_session_is_revoked_once(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert!(revoke(harness, ann.session.id, None).await);
    let revoked = find(harness, ann.session.id).await;
    assert!(revoked.revoked_at.is_some_and(|at| at >= ann.session.created_at));
    assert_eq!(
        Session {
            revoked_at: None,
            ..revoked.clone()
        },
        ann.session
    );
    harness.pass(TICK).await;
    assert!(!revoke(harness, ann.session.id, None).await);
    assert_eq!(find(harness, ann.session.id).await, revoked);
}

/// Signing out by refresh token needs the secret in it; an operator needs none.
pub async fn revoking_with_a_secret_needs_the_right_one(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert!(!revoke(harness, ann.session.id, Some(secret())).await);
    assert_eq!(find(harness, ann.session.id).await, ann.session);
    assert!(revoke(harness, ann.session.id, Some(ann.secret)).await);
}

/// Signing out is always possible, so this is no error.
pub async fn revoking_an_unknown_session_does_nothing(harness: &dyn Harness) {
    assert!(!revoke(harness, SessionId::random(), None).await);
}

/// Revoking needs no clock: a clock set ahead makes live sessions look idle, and those must end as
/// well.
pub async fn a_session_that_is_idle_or_expired_is_revoked_like_any_other(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    harness.pass(PAST_SHORT_LIFE).await;
    assert!(revoke(harness, ann.session.id, None).await);
}

/// The store writes one row for any number of sessions; the answer says how many were live.
pub async fn a_new_epoch_ends_every_session_of_the_user(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    let sessions = [
        sign_in_as(harness, &ann).await,
        sign_in_as(harness, &ann).await,
        sign_in_as(harness, &ann).await,
    ];
    revoke(harness, sessions[0].session.id, None).await;
    let first = end_epoch(harness, &ann).await;
    assert_eq!((first.counters.epoch, first.ended), (1, 2));
    for login in &sessions {
        assert_eq!(
            rejected(&present(harness, login, 0, GRACEFUL).await),
            Rejection::Revoked
        );
    }
    assert_eq!(list(harness, &ann).await, []);
    let again = end_epoch(harness, &ann).await;
    assert_eq!((again.counters.epoch, again.ended), (2, 0));
    assert_outcome(harness, &bob, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// A sign-in whose password was proven under a former epoch makes no session.
pub async fn no_session_begins_under_a_former_epoch(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    end_epoch(harness, &ann).await;
    let (mut new, _) = new_session(&ann);
    new.replaces = Some((bob.session.id, bob.secret));
    let id = new.id;
    let made = harness.store().create(new).await.expect("the store answers");
    assert!(made.is_none(), "{made:?}");
    assert_eq!(harness.store().find(id).await.expect("the store answers"), None);
    assert_eq!(
        find(harness, bob.session.id).await,
        bob.session,
        "nothing is replaced either"
    );
    let new = sign_in_as(harness, &ann).await;
    assert_eq!(new.session.epoch, 1);
    assert_outcome(harness, &new, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// A change of the password leaves the session it was made in, and of that one only the new tokens.
pub async fn one_session_goes_on_under_a_new_epoch_with_its_new_secret(harness: &dyn Harness) {
    let ann = user(harness).await;
    let (this, other) = (sign_in_as(harness, &ann).await, sign_in_as(harness, &ann).await);
    assert_outcome(harness, &this, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
    let renewed = renew(harness, &this).await.expect("the session is live");
    assert_eq!((renewed.session.epoch, renewed.session.current), (1, 1));
    assert_eq!(
        rejected(&present(harness, &other, 0, GRACEFUL).await),
        Rejection::Revoked
    );
    for generation in [0, 1] {
        assert_eq!(
            rejected(&present(harness, &this, generation, GRACEFUL).await),
            Rejection::WrongSecret,
            "a copy of this session is locked out too"
        );
    }
    assert_outcome(harness, &renewed, 1, GRACEFUL, RotationOutcome::Rotated, 2).await;
    assert_eq!(list(harness, &ann).await.len(), 1);
}

/// Neither an ended session nor another user's is kept, and then nothing ends.
pub async fn no_epoch_begins_for_a_session_that_is_not_live_or_not_the_users(harness: &dyn Harness) {
    let (ann, bob) = (sign_in(harness).await, sign_in(harness).await);
    let ended = sign_in_as(harness, &ann.session.user).await;
    revoke(harness, ended.session.id, None).await;
    assert!(renew(harness, &ended).await.is_none());
    let others = harness.store().end_epoch_but(&ann.session.user, keeping(&bob)).await;
    assert!(others.expect("the store answers").is_none());
    assert_eq!(counters(harness, &ann.session.user).await.epoch, 0);
    for login in [&ann, &bob] {
        assert_outcome(harness, login, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
    }
}

/// If the configuration requires it, in the same call that finds the reuse.
pub async fn a_reuse_can_end_every_session_of_the_user(harness: &dyn Harness) {
    let policy = RotationPolicy {
        reuse_ends_user: true,
        ..strict(NO_GRACE)
    };
    let ann = sign_in(harness).await;
    let other = sign_in_as(harness, &ann.session.user).await;
    assert_outcome(harness, &ann, 0, policy, RotationOutcome::Rotated, 1).await;
    assert_outcome(harness, &other, 0, policy, RotationOutcome::Rotated, 1).await;
    let reused = judged(present(harness, &ann, 0, policy).await);
    assert_eq!((reused.outcome, reused.counters.epoch), (RotationOutcome::Reused, 1));
    let began = reused.new_epoch.expect("the user's sessions end");
    assert_eq!((began.counters, began.ended), (reused.counters, 1));
    assert_eq!(rejected(&present(harness, &other, 1, policy).await), Rejection::Revoked);
}

/// The one that was used least recently ends, and is told like any revocation.
pub async fn of_too_many_sessions_those_used_least_recently_end(harness: &dyn Harness) {
    let ann = user(harness).await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(sign_in_as(harness, &ann).await);
        harness.pass(TICK).await;
    }
    assert_outcome(harness, &sessions[0], 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
    harness.pass(TICK).await;
    let (mut new, _) = new_session(&ann);
    new.max_per_user = 2;
    let made = create(harness, new).await;
    let ended = [sessions[1].session.id, sessions[2].session.id];
    assert_eq!(sorted(made.over_limit), sorted(ended));
    let left: Vec<_> = list(harness, &ann)
        .await
        .into_iter()
        .map(|session| session.id)
        .collect();
    assert_eq!(left, [made.session.id, sessions[0].session.id]);
    let told = harness
        .store()
        .revoked_since(made.session.created_at.minus(LIFETIME))
        .await;
    let told = told.expect("the store answers").into_iter().map(|told| told.session);
    assert_eq!(sorted(told), sorted(ended));
}

/// What a restored back-up revives ends again, in batches; what was made since goes on.
pub async fn revoking_what_was_made_before_a_time_spares_what_was_made_since(harness: &dyn Harness) {
    let ann = user(harness).await;
    let old = [
        sign_in_as(harness, &ann).await,
        sign_in_as(harness, &ann).await,
        sign_in(harness).await,
    ];
    revoke(harness, old[0].session.id, None).await;
    harness.pass(TICK).await;
    let new = sign_in_as(harness, &ann).await;
    let before = |limit| async move {
        let store = harness.store();
        let ended = store.revoke_created_before(new.session.created_at, limit, RevocationReason::Operator);
        ended.await.expect("the store answers")
    };
    let first = before(1).await;
    assert_eq!(first.len(), 1, "at most as many as asked");
    let ended = first.into_iter().chain(before(10).await);
    assert_eq!(sorted(ended), sorted([old[1].session.id, old[2].session.id]));
    assert_eq!(before(10).await, []);
    for login in &old {
        assert_eq!(
            rejected(&present(harness, login, 0, GRACEFUL).await),
            Rejection::Revoked
        );
    }
    let new = find(harness, new.session.id).await;
    assert_eq!(new.revoked_at, None);
}

/// Including that millisecond, so that a feed that reads from the last time it saw misses nothing.
pub async fn revocations_are_told_from_their_time_on(harness: &dyn Harness) {
    let (first, second, live) = (sign_in(harness).await, sign_in(harness).await, sign_in(harness).await);
    revoke(harness, first.session.id, None).await;
    harness.pass(TICK).await;
    revoke(harness, second.session.id, None).await;
    let mut times = Vec::new();
    for login in [&first, &second] {
        times.push(
            find(harness, login.session.id)
                .await
                .revoked_at
                .expect("it was revoked"),
        );
    }
    let told = |since| async move {
        let told = harness.store().revoked_since(since).await.expect("the store answers");
        told.into_iter()
            .map(|revocation| (revocation.session, revocation.at))
            .collect::<Vec<_>>()
    };
    let both = [(first.session.id, times[0]), (second.session.id, times[1])];
    assert_eq!(told(live.session.created_at.minus(LIFETIME)).await, both);
    assert_eq!(told(times[0]).await, both);
    assert_eq!(told(times[0].plus(Duration::from_millis(1))).await, both[1..]);
    assert_eq!(told(times[1].plus(Duration::from_millis(1))).await, []);
}

/// Other nodes refuse the access tokens of a stolen session, too.
pub async fn a_reuse_is_told_like_any_revocation(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, strict(NO_GRACE), RotationOutcome::Rotated, 1).await;
    let reused = judged(present(harness, &ann, 0, strict(NO_GRACE)).await);
    let told = harness
        .store()
        .revoked_since(reused.now)
        .await
        .expect("the store answers");
    assert_eq!(
        told.iter()
            .map(|revocation| (revocation.session, revocation.at))
            .collect::<Vec<_>>(),
        [(ann.session.id, reused.now)]
    );
}
