//! The five cases of a presented token.

use super::Harness;
use super::arrange::{
    GRACEFUL, LIFETIME, NO_GRACE, PAST_SHORT, SHORT, TICK, assert_outcome, find, forked, judged, list, present,
    rejected, rotate_in_line, sign_in, strict,
};
use crate::store::{Rejection, RotationOutcome, RotationPolicy, Session};

/// The token that is good now is replaced by the next one.
pub async fn the_current_token_rotates(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    harness.pass(TICK).await;
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(
        (rotated.outcome, rotated.session.current),
        (RotationOutcome::Rotated, 1)
    );
    assert_eq!(rotated.session.current_since, rotated.now);
    assert!(
        rotated.now > ann.session.created_at,
        "time has passed on the store's clock"
    );
    assert_eq!(find(harness, ann.session.id).await, rotated.session);
}

/// Rotation after rotation, one row, one step each.
pub async fn a_line_of_rotations_goes_up_by_one(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    rotate_in_line(harness, &ann, 20).await;
    assert_eq!(list(harness, &ann.session.user).await.len(), 1);
}

/// A token the row does not know yet was signed by the server before the row lost a commit.
pub async fn a_token_ahead_of_the_row_rotates(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 7, GRACEFUL, RotationOutcome::Ahead, 8).await;
    assert_outcome(harness, &ann, 7, GRACEFUL, RotationOutcome::Replayed, 8).await;
    assert_outcome(harness, &ann, 8, GRACEFUL, RotationOutcome::Rotated, 9).await;
    let (last, next) = (1 << 53, (1 << 53) + 1);
    assert_outcome(harness, &ann, last, GRACEFUL, RotationOutcome::Ahead, next).await;
}

/// Racing tabs and quick retries all get the same successor.
pub async fn the_previous_token_inside_the_grace_gets_the_current_one_again(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
    for _ in 0..3 {
        assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Replayed, 1).await;
    }
    assert_outcome(harness, &ann, 1, GRACEFUL, RotationOutcome::Rotated, 2).await;
}

/// Neither the window nor the idle end moves, else a thief could hold the window open.
pub async fn a_replay_changes_nothing(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    harness.pass(TICK).await;
    let replayed = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(replayed.outcome, RotationOutcome::Replayed);
    assert_eq!(replayed.session, rotated.session);
    assert_eq!(find(harness, ann.session.id).await, rotated.session);
}

/// A client that lost an answer goes on with a new current token.
pub async fn the_previous_token_after_the_grace_forks(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, SHORT, RotationOutcome::Rotated, 1).await;
    harness.pass(PAST_SHORT).await;
    let forked = judged(present(harness, &ann, 0, SHORT).await);
    assert_eq!((forked.outcome, forked.session.current), (RotationOutcome::Forked, 2));
    assert_eq!(forked.session.current_since, forked.now);
    assert_outcome(harness, &ann, 2, SHORT, RotationOutcome::Rotated, 3).await;
}

/// An answer can be lost more than once.
pub async fn a_fork_can_be_repeated(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, SHORT, RotationOutcome::Rotated, 1).await;
    for current in [2, 3] {
        harness.pass(PAST_SHORT).await;
        assert_outcome(harness, &ann, 0, SHORT, RotationOutcome::Forked, current).await;
    }
    assert_outcome(harness, &ann, 3, SHORT, RotationOutcome::Rotated, 4).await;
}

/// A fork opens a new window for the same previous token.
pub async fn after_a_fork_the_previous_token_gets_the_new_current_one(harness: &dyn Harness) {
    let ann = forked(harness).await;
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Replayed, 2).await;
}

/// Of two who hold the former current token and the new one, the second to come is found out.
pub async fn after_a_fork_the_former_current_token_ends_the_session(harness: &dyn Harness) {
    let ann = forked(harness).await;
    assert_outcome(harness, &ann, 1, GRACEFUL, RotationOutcome::Reused, 2).await;
    assert_eq!(rejected(&present(harness, &ann, 2, GRACEFUL).await), Rejection::Revoked);
}

/// A token older than the previous token was used, replaced, and its successor used as well.
pub async fn a_token_before_the_previous_one_ends_the_session(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, SHORT, RotationOutcome::Rotated, 1).await;
    assert_outcome(harness, &ann, 1, SHORT, RotationOutcome::Rotated, 2).await;
    harness.pass(PAST_SHORT).await;
    assert_outcome(harness, &ann, 0, SHORT, RotationOutcome::Reused, 2).await;
}

/// The window is the previous token's alone.
pub async fn a_token_before_the_previous_one_ends_the_session_inside_the_grace_too(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
    assert_outcome(harness, &ann, 1, GRACEFUL, RotationOutcome::Rotated, 2).await;
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Reused, 2).await;
}

/// Strict is about what comes after the window.
pub async fn strict_mode_replays_inside_the_grace(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, strict(GRACEFUL), RotationOutcome::Rotated, 1).await;
    assert_outcome(harness, &ann, 0, strict(GRACEFUL), RotationOutcome::Replayed, 1).await;
}

/// After the window, any use of a used token is a reuse.
pub async fn strict_mode_ends_the_session_instead_of_forking(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, strict(SHORT), RotationOutcome::Rotated, 1).await;
    harness.pass(PAST_SHORT).await;
    assert_outcome(harness, &ann, 0, strict(SHORT), RotationOutcome::Reused, 1).await;
    assert_eq!(
        rejected(&present(harness, &ann, 1, strict(SHORT)).await),
        Rejection::Revoked
    );
}

/// A commit can be lost under any policy.
pub async fn strict_mode_lets_a_token_ahead_of_the_row_rotate(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 3, strict(NO_GRACE), RotationOutcome::Ahead, 4).await;
}

/// A grace of zero is none: not even within the same millisecond.
pub async fn without_grace_nothing_is_replayed(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_outcome(harness, &ann, 0, NO_GRACE, RotationOutcome::Rotated, 1).await;
    assert_outcome(harness, &ann, 0, NO_GRACE, RotationOutcome::Forked, 2).await;
    assert_outcome(harness, &ann, 0, strict(NO_GRACE), RotationOutcome::Reused, 2).await;
}

/// The call that finds the reuse reports it; later calls report a revoked session.
pub async fn a_reuse_is_answered_once_and_stays_revoked(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    rotate_in_line(harness, &ann, 2).await;
    let before = find(harness, ann.session.id).await;
    let reused = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(reused.outcome, RotationOutcome::Reused);
    // Nothing but the revocation: the row is evidence.
    assert_eq!(
        reused.session,
        Session {
            revoked_at: Some(reused.now),
            ..before
        }
    );
    for generation in [0, 1, 2, 3] {
        assert_eq!(
            rejected(&present(harness, &ann, generation, GRACEFUL).await),
            Rejection::Revoked,
            "{generation}"
        );
    }
    assert_eq!(find(harness, ann.session.id).await, reused.session);
}

/// Every outcome that gives a new current token starts the idle time anew.
pub async fn rotation_moves_the_idle_end_and_never_the_absolute_end(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for (generation, outcome) in [
        (0, RotationOutcome::Rotated),
        (0, RotationOutcome::Forked),
        (9, RotationOutcome::Ahead),
    ] {
        harness.pass(PAST_SHORT).await;
        let rotated = judged(present(harness, &ann, generation, SHORT).await);
        assert_eq!(rotated.outcome, outcome);
        assert_eq!(rotated.session.idle_until, rotated.now.plus(SHORT.idle), "{outcome:?}");
        assert_eq!(rotated.session.expires_at, ann.session.expires_at, "{outcome:?}");
        assert_eq!(rotated.session.created_at, ann.session.created_at, "{outcome:?}");
        assert_eq!(rotated.session.auth_time, ann.session.auth_time, "{outcome:?}");
    }
}

/// However long the idle time.
pub async fn the_idle_end_stops_at_the_absolute_end(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let policy = RotationPolicy {
        idle: LIFETIME * 2,
        ..GRACEFUL
    };
    assert_eq!(
        judged(present(harness, &ann, 0, policy).await).session.idle_until,
        ann.session.expires_at
    );
}
