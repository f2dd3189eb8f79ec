//! Lists and cut-offs.

use std::time::Duration;

use super::Harness;
use super::arrange::{
    GRACEFUL, PAST_SHORT_LIFE, TICK, assert_verdict, create, judged, list, new_session, present, revoke, short_lived,
    sign_in, sign_in_as, user,
};
use crate::store::{Session, Verdict};

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
    assert_verdict(harness, &first, 0, GRACEFUL, Verdict::Rotated, 1).await;
    assert_eq!(ids(list(harness, &ann).await), [first.session.id, second.session.id]);
}

/// Whoever issues an access token learns how new it must be.
pub async fn a_cut_off_comes_with_the_next_rotation_and_sign_in(harness: &dyn Harness) {
    let (ann, bob) = (sign_in(harness).await, sign_in(harness).await);
    assert_eq!(judged(present(harness, &ann, 0, GRACEFUL).await).cutoff, None);
    let at = harness
        .store()
        .cut_off(&ann.session.user)
        .await
        .expect("the store answers");
    let rotated = judged(present(harness, &ann, 1, GRACEFUL).await);
    assert_eq!(rotated.cutoff, Some(at));
    assert!(at <= rotated.now, "a token issued now is not stale");
    let (new, _) = new_session(&ann.session.user);
    assert_eq!(create(harness, new).await.cutoff, Some(at));
    assert_eq!(judged(present(harness, &bob, 0, GRACEFUL).await).cutoff, None);
}

/// As revocations are: including the very millisecond.
pub async fn cut_offs_are_told_from_their_time_on(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, user(harness).await);
    let ann_at = harness.store().cut_off(&ann).await.expect("the store answers");
    harness.pass(TICK).await;
    let bob_at = harness.store().cut_off(&bob).await.expect("the store answers");
    let told = |since| async move {
        let told = harness.store().cutoffs_since(since).await.expect("the store answers");
        told.into_iter()
            .map(|cutoff| (cutoff.user, cutoff.at))
            .collect::<Vec<_>>()
    };
    let both = [(ann, ann_at), (bob, bob_at)];
    assert_eq!(told(ann_at).await, both);
    assert_eq!(told(ann_at.plus(Duration::from_millis(1))).await, both[1..]);
    assert_eq!(told(bob_at.plus(Duration::from_millis(1))).await, []);
}

/// One per user is kept: the later one covers the earlier.
pub async fn a_later_cut_off_takes_the_place_of_the_earlier(harness: &dyn Harness) {
    let ann = user(harness).await;
    let first = harness.store().cut_off(&ann).await.expect("the store answers");
    harness.pass(TICK).await;
    let second = harness.store().cut_off(&ann).await.expect("the store answers");
    assert!(second > first);
    let told = harness.store().cutoffs_since(first).await.expect("the store answers");
    assert_eq!(
        told.iter().map(|cutoff| (&cutoff.user, cutoff.at)).collect::<Vec<_>>(),
        [(&ann, second)]
    );
}

/// Tokens count in seconds: one issued just before the cut-off, or since the one before, carries a second that must lie before
/// the new cut-off rounded up.
pub async fn a_cut_off_is_after_the_second_in_which_tokens_were_issued(harness: &dyn Harness) {
    let ann = user(harness).await;
    let now = harness.store().now().await.expect("the store answers");
    let first = harness.store().cut_off(&ann).await.expect("the store answers");
    assert!(first.secs_up() > now.secs(), "{now}, then {first}");
    let second = harness.store().cut_off(&ann).await.expect("the store answers");
    assert!(second.secs_up() > first.secs_up(), "{first}, then {second}");
}
