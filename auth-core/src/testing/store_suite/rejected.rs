//! Tokens that meet no live row.

use super::Harness;
use super::arrange::{
    GRACEFUL, Login, PAST_SHORT, PAST_SHORT_LIFE, SHORT, assert_outcome, create, find, new_session, present, rejected,
    revoke, rotate_in_line, secret, short_lived, sign_in, user,
};
use crate::ids::SessionId;
use crate::store::{Rejection, RotationOutcome};

/// A session that never was, or was deleted.
pub async fn an_unknown_session_is_rejected(harness: &dyn Harness) {
    let mut ann = sign_in(harness).await;
    ann.session.id = SessionId::random();
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Unknown);
}

/// A leaked signing key alone forges nothing, and cannot even end a session.
pub async fn a_wrong_secret_is_rejected_and_changes_nothing(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    rotate_in_line(harness, &ann, 2).await;
    let before = find(harness, ann.session.id).await;
    let forger = Login {
        session: ann.session.clone(),
        secret: secret(),
    };
    for generation in [0, 1, 2, 3] {
        assert_eq!(
            rejected(&present(harness, &forger, generation, GRACEFUL).await),
            Rejection::WrongSecret,
            "{generation}"
        );
    }
    assert_eq!(find(harness, ann.session.id).await, before);
}

/// Numbers are checked above the store; what slips through meets no row.
pub async fn a_number_out_of_range_is_rejected_and_changes_nothing(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for generation in [-1, i64::MIN, (1 << 53) + 1, i64::MAX] {
        rejected(&present(harness, &ann, generation, GRACEFUL).await);
    }
    assert_eq!(find(harness, ann.session.id).await, ann.session);
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// No client refreshed in time.
pub async fn an_idle_session_has_expired(harness: &dyn Harness) {
    let (mut new, secret) = new_session(&user(harness).await);
    new.idle = SHORT.grace;
    let session = create(harness, new).await.session;
    harness.pass(PAST_SHORT).await;
    let ann = Login { session, secret };
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Expired);
    assert_eq!(find(harness, ann.session.id).await, ann.session);
}

/// However often it was refreshed.
pub async fn a_session_past_its_absolute_end_has_expired(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    present(harness, &ann, 0, GRACEFUL).await;
    harness.pass(PAST_SHORT_LIFE).await;
    for generation in [0, 1, 2] {
        assert_eq!(
            rejected(&present(harness, &ann, generation, GRACEFUL).await),
            Rejection::Expired,
            "{generation}"
        );
    }
}

/// After every kind of revocation.
pub async fn a_revoked_session_is_rejected(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    revoke(harness, ann.session.id, None).await;
    let revoked = find(harness, ann.session.id).await;
    for generation in [0, 1] {
        assert_eq!(
            rejected(&present(harness, &ann, generation, GRACEFUL).await),
            Rejection::Revoked,
            "{generation}"
        );
    }
    assert_eq!(find(harness, ann.session.id).await, revoked);
}

/// A client without the secret does not learn what became of a session.
pub async fn a_wrong_secret_comes_before_every_other_reason(harness: &dyn Harness) {
    let (live, dead) = (sign_in(harness).await, short_lived(harness, &user(harness).await).await);
    revoke(harness, live.session.id, None).await;
    harness.pass(PAST_SHORT_LIFE).await;
    for session in [live.session, dead.session] {
        let forger = Login {
            session,
            secret: secret(),
        };
        assert_eq!(
            rejected(&present(harness, &forger, 0, GRACEFUL).await),
            Rejection::WrongSecret
        );
    }
}

/// An old device that comes back is told that its time is over, not that it was thrown out.
pub async fn an_expired_session_is_expired_even_if_it_was_revoked(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    revoke(harness, ann.session.id, None).await;
    harness.pass(PAST_SHORT_LIFE).await;
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Expired);
}
