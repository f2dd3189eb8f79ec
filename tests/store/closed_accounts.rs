//! Accounts that went away behind the store's back: the next refresh ends the session.

use auth_core::__internal::{Clock, ManagedAccounts, Rejection, SessionStore};
use auth_core::UserId;
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::{Fresh, GRACE, judged, rejected};

#[tokio::test]
async fn a_deleted_account_ends_the_session_at_its_next_refresh() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    change_accounts(&fresh, "DELETE FROM auth_accounts WHERE id = ?", &ann.session.user);
    let closed = judged(ann.present(&fresh.store, 0).await);
    assert_eq!(
        (closed.outcome, closed.session.current),
        (RotationOutcome::AccountClosed, 0)
    );
    assert_eq!(closed.session.revoked_at, Some(closed.now));
    assert_eq!(closed.roles, Some(vec![]));
    assert_eq!(rejected(ann.present(&fresh.store, 0).await), Rejection::Revoked);
}

/// Disabling ends the epoch even of sessions that have expired by the clock: a clock set back
/// revives none.
#[tokio::test]
async fn a_session_that_comes_back_with_the_clock_has_ended_with_the_account() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    let start = fresh.clock.now();
    fresh.clock.set(ann.session.idle_until);
    fresh
        .store
        .disable(&ann.session.user, None)
        .await
        .expect("the account is known");
    fresh.clock.set(start);
    assert_eq!(rejected(ann.present(&fresh.store, 0).await), Rejection::Revoked);
}

#[tokio::test]
async fn a_disabled_account_comes_before_every_other_outcome() {
    for (generation, otherwise) in [
        (2, RotationOutcome::Rotated),
        (9, RotationOutcome::Ahead),
        (1, RotationOutcome::Replayed),
        (1, RotationOutcome::Forked),
        (0, RotationOutcome::Reused),
    ] {
        let fresh = Fresh::new();
        let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
        for login in [&ann, &bob] {
            for generation in 0..2 {
                judged(login.present(&fresh.store, generation).await);
            }
        }
        if otherwise == RotationOutcome::Forked {
            fresh.clock.advance(GRACE * 2);
        }
        let before = fresh.find(ann.session.id).await;
        change_accounts(
            &fresh,
            "UPDATE auth_accounts SET disabled_at = 1 WHERE id = ?",
            &ann.session.user,
        );
        let closed = judged(ann.present(&fresh.store, generation).await);
        assert_eq!(
            closed.outcome,
            RotationOutcome::AccountClosed,
            "instead of {otherwise:?}"
        );
        assert_eq!(
            (closed.session.current, closed.session.current_since),
            (before.current, before.current_since)
        );
        assert_eq!(closed.session.idle_until, before.idle_until);
        // The control: with an open account the same token gets the outcome it is named for.
        assert_eq!(judged(bob.present(&fresh.store, generation).await).outcome, otherwise);
    }
}

#[tokio::test]
async fn a_store_without_accounts_asks_for_none_and_knows_no_roles() {
    let fresh = Fresh::without_accounts();
    let ann = fresh.sign_in_as(&UserId::new("42").expect("a valid id")).await;
    let rotated = judged(ann.present(&fresh.store, 0).await);
    assert_eq!((rotated.outcome, rotated.roles), (RotationOutcome::Rotated, None));
}

#[tokio::test]
async fn the_row_says_why_it_was_revoked() {
    let fresh = Fresh::new();
    for why in RevocationReason::ALL.iter().copied() {
        let ann = fresh.sign_in().await;
        assert!(
            fresh
                .store
                .revoke(ann.session.id, None, why)
                .await
                .expect("the store answers")
        );
        let found = diesel::sql_query("SELECT revoked_why AS word FROM auth_sessions WHERE id = ?")
            .bind::<Text, _>(ann.session.id.to_string())
            .get_result::<Word>(&mut fresh.connection());
        assert_eq!(found.expect("the row is there").word, why.as_str());
    }
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

fn change_accounts(fresh: &Fresh, sql: &str, user: &UserId) {
    let changed = diesel::sql_query(sql)
        .bind::<Text, _>(user.as_str())
        .execute(&mut fresh.connection());
    assert_eq!(changed, Ok(1));
}
