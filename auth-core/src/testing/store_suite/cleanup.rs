//! Cleaning up.

use std::time::Duration;

use super::Harness;
use super::arrange::{
    GRACEFUL, LIFETIME, Login, PAST_SHORT, PAST_SHORT_LIFE, SHORT, assert_outcome, create, delete_expired, list,
    new_session, present, rejected, revoke, short_lived, sign_in, sign_in_as, user,
};
use crate::store::{Rejection, RotationOutcome};

/// For all arguments of the call.
pub async fn a_live_session_is_never_deleted(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_eq!(delete_expired(harness, Duration::ZERO, u32::MAX).await, 0);
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// A row that is gone could not tell a reuse from an unknown session. An idle end does not count.
pub async fn a_revoked_session_stays_until_its_absolute_end(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    revoke(harness, ann.session.id, None).await;
    let (mut new, secret) = new_session(&user(harness).await);
    new.idle = SHORT.grace;
    let idle = Login {
        session: create(harness, new).await.session,
        secret,
    };
    harness.pass(PAST_SHORT).await;
    assert_eq!(delete_expired(harness, Duration::ZERO, u32::MAX).await, 0);
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Revoked);
    assert_eq!(
        rejected(&present(harness, &idle, 0, GRACEFUL).await),
        Rejection::Expired
    );
}

/// Then it is unknown.
pub async fn an_ended_session_is_kept_as_long_as_asked(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    harness.pass(PAST_SHORT_LIFE).await;
    assert_eq!(delete_expired(harness, LIFETIME, u32::MAX).await, 0);
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Expired);
    assert_eq!(delete_expired(harness, Duration::ZERO, u32::MAX).await, 1);
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Unknown);
}

/// At most `limit` at once, until nothing is left to do.
pub async fn cleaning_up_goes_in_batches(harness: &dyn Harness) {
    let ann = user(harness).await;
    for _ in 0..5 {
        short_lived(harness, &ann).await;
    }
    let live = sign_in_as(harness, &ann).await;
    harness.pass(PAST_SHORT_LIFE).await;
    for expected in [2, 2, 1, 0] {
        assert_eq!(delete_expired(harness, Duration::ZERO, 2).await, expected);
    }
    assert_eq!(list(harness, &ann).await, [live.session]);
}
