//! Revoking.

use std::time::Duration;

use super::Harness;
use super::arrange::{
    GRACEFUL, LIFETIME, NO_GRACE, TICK, assert_verdict, find, judged, present, rejected, revoke, revoke_user, secret,
    sign_in, sign_in_as, sorted, strict, user,
};
use crate::store::{Rejected, RevokedWhy, Session, SessionId, Verdict};

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

/// The answer names those that ended now, and not those that had ended before.
pub async fn revoking_a_user_ends_every_live_session_of_theirs(harness: &dyn Harness) {
    let ann = user(harness).await;
    let sessions = [
        sign_in_as(harness, &ann).await,
        sign_in_as(harness, &ann).await,
        sign_in_as(harness, &ann).await,
    ];
    revoke(harness, sessions[0].session.id, None).await;
    let ended = revoke_user(harness, &ann, None).await;
    assert_eq!(ended, sorted([sessions[1].session.id, sessions[2].session.id]));
    for login in &sessions {
        assert_eq!(rejected(&present(harness, login, 0, GRACEFUL).await), Rejected::Revoked);
    }
    assert_eq!(revoke_user(harness, &ann, None).await, []);
}

/// A change of password leaves the session it was made in.
pub async fn revoking_a_user_spares_the_exception_and_other_users(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, user(harness).await);
    let (this, other) = (sign_in_as(harness, &ann).await, sign_in_as(harness, &ann).await);
    let bobs = sign_in_as(harness, &bob).await;
    assert_eq!(
        revoke_user(harness, &ann, Some(this.session.id)).await,
        [other.session.id]
    );
    for login in [&this, &bobs] {
        assert_verdict(harness, login, 0, GRACEFUL, Verdict::Rotated, 1).await;
    }
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
        let ended = store.revoke_created_before(new.session.created_at, limit, RevokedWhy::Operator);
        ended.await.expect("the store answers")
    };
    let first = before(1).await;
    assert_eq!(first.len(), 1, "at most as many as asked");
    let ended = first.into_iter().chain(before(10).await);
    assert_eq!(sorted(ended), sorted([old[1].session.id, old[2].session.id]));
    assert_eq!(before(10).await, []);
    for login in &old {
        assert_eq!(rejected(&present(harness, login, 0, GRACEFUL).await), Rejected::Revoked);
    }
    let new = find(harness, new.session.id).await;
    assert_eq!(new.revoked_at, None);
}

/// Including the very millisecond, so that a feed that asks from the last time it saw misses nothing.
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
    assert_verdict(harness, &ann, 0, strict(NO_GRACE), Verdict::Rotated, 1).await;
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
