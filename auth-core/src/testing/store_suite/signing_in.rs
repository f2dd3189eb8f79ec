//! Signing in.

use std::time::Duration;

use super::Harness;
use super::arrange::{GRACEFUL, LIFETIME, TICK, create, find, new_session, present, rejected, revoke, sign_in, user};
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::Rejection;

/// The first token of a session carries 0.
pub async fn a_new_session_starts_at_generation_zero(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_eq!(ann.session.current, 0);
    assert_eq!(ann.session.current_since, ann.session.created_at);
    assert_eq!(ann.session.auth_time, ann.session.created_at);
    assert_eq!(ann.session.revoked_at, None);
}

/// What `create` answers is what `find` gives, with the client's details as they came.
pub async fn a_new_session_is_found_as_it_was_made(harness: &dyn Harness) {
    let user = user(harness).await;
    let (mut new, _) = new_session(&user);
    new.user_agent = Some("Mozilla/5.0 (ä; \"quoted\")".to_owned());
    new.ip = Some("2001:db8::1".to_owned());
    let made = create(harness, new.clone()).await.session;
    assert_eq!((made.id, &made.user), (new.id, &user));
    assert_eq!((&made.user_agent, &made.ip), (&new.user_agent, &new.ip));
    assert_eq!(find(harness, new.id).await, made);
    assert_eq!(
        harness
            .store()
            .find(SessionId::random())
            .await
            .expect("the store answers"),
        None
    );
}

/// The absolute end is the `exp` of the session's tokens, and those have whole seconds. It is
/// rounded down.
pub async fn the_absolute_end_is_on_a_whole_second(harness: &dyn Harness) {
    let made = sign_in(harness).await.session;
    let exact = made.created_at.plus(LIFETIME);
    assert_eq!(made.expires_at, Timestamp::from_secs(exact.secs()));
}

/// Whether the idle time or the lifetime is shorter.
pub async fn the_idle_end_is_never_after_the_absolute_end(harness: &dyn Harness) {
    let user = user(harness).await;
    for (idle, capped) in [(Duration::from_secs(60), false), (LIFETIME * 2, true)] {
        let (mut new, _) = new_session(&user);
        new.idle = idle;
        let made = create(harness, new).await.session;
        let expected = if capped {
            made.expires_at
        } else {
            made.created_at.plus(idle)
        };
        assert_eq!(made.idle_until, expected, "{idle:?}");
    }
}

/// An id that was given out is an error the second time, and the session that has it is untouched.
pub async fn a_session_id_is_good_for_one_session(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let (mut twin, _) = new_session(&user(harness).await);
    twin.id = ann.session.id;
    assert!(harness.store().create(twin).await.is_err(), "the id is taken");
    assert_eq!(find(harness, ann.session.id).await, ann.session);
}

/// A sign-in that brings the cookie of a live session ends that session.
pub async fn a_sign_in_revokes_the_session_it_replaces(harness: &dyn Harness) {
    let old = sign_in(harness).await;
    let (mut new, _) = new_session(&old.session.user);
    new.replaces = Some((old.session.id, old.secret));
    assert_eq!(create(harness, new).await.replaced, Some(old.session.id));
    assert_eq!(rejected(&present(harness, &old, 0, GRACEFUL).await), Rejection::Revoked);
}

/// Knowing a session's id is not enough to end it.
pub async fn a_session_is_not_replaced_without_its_secret(harness: &dyn Harness) {
    let old = sign_in(harness).await;
    let (mut new, wrong_secret) = new_session(&old.session.user);
    new.replaces = Some((old.session.id, wrong_secret));
    assert_eq!(create(harness, new).await.replaced, None);
    assert_eq!(find(harness, old.session.id).await, old.session);
}

/// Revoking is final: a sign-in changes nothing about a session that was revoked before.
pub async fn a_session_that_ended_is_not_replaced_again(harness: &dyn Harness) {
    let old = sign_in(harness).await;
    revoke(harness, old.session.id, None).await;
    let revoked = find(harness, old.session.id).await;
    harness.pass(TICK).await;
    let (mut new, _) = new_session(&old.session.user);
    new.replaces = Some((old.session.id, old.secret));
    assert_eq!(create(harness, new).await.replaced, None);
    assert_eq!(find(harness, old.session.id).await, revoked);
}
