//! The contract of a [`SessionStore`] as a test suite, for whoever implements one.
//!
//! Each function is one clause, and its name says which. [`contract_suite!`](crate::contract_suite) makes a test of
//! each; [`accounts_contract_suite!`](crate::accounts_contract_suite) does the same for a store that also keeps the
//! accounts. Both need `tokio` with the features `macros` and `rt-multi-thread` among the dev-dependencies.
//!
//! ```no_run
//! # mod my_store { use std::sync::Arc; pub async fn fresh() -> Arc<dyn auth_core::store::SessionStore> { loop {} } }
//! use std::sync::Arc;
//! use auth_core::store::SessionStore;
//! use auth_core::store::contract::Harness;
//!
//! struct OnAFreshDatabase(Arc<dyn SessionStore>);
//!
//! impl Harness for OnAFreshDatabase {
//!     fn store(&self) -> Arc<dyn SessionStore> {
//!         Arc::clone(&self.0)
//!     }
//! }
//!
//! async fn fresh() -> OnAFreshDatabase {
//!     OnAFreshDatabase(my_store::fresh().await)
//! }
//!
//! auth_core::contract_suite!(fresh);
//! ```
//!
//! The clauses use short times and [`Harness::pass`], so they hold on a store whose clock nobody can set; there the
//! suite takes a few seconds. A clause fails by panicking.

#![allow(clippy::panic, reason = "that is how a test fails")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    Created, NewSession, Presented, Rejected, RevokedWhy, Rotated, Rotation, RotationMode, RotationPolicy, SecretHash,
    Session, SessionId, SessionSecret, SessionStore, Verdict,
};
use crate::account::{AccountError, ManagedAccounts, NewAccount, UserId};
use crate::clock::Timestamp;
use crate::secret::SecretString;

/// What the suite needs besides the store itself.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The store. Each clause gets a harness, and with it a store, of its own.
    fn store(&self) -> Arc<dyn SessionStore>;

    /// The accounts that the store keeps, if it does. `None` skips nothing but the clauses on accounts.
    fn accounts(&self) -> Option<Arc<dyn ManagedAccounts>> {
        None
    }

    /// Lets time pass on the store's clock: by waiting, unless the clock can be set.
    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Makes one `#[tokio::test]` of every clause on sessions. The argument names a function without parameters whose
/// future gives a [`Harness`] on an empty store.
#[macro_export]
macro_rules! contract_suite {
    ($fresh:path) => {
        $crate::contract_suite! { @tests $fresh;
            // Signing in.
            a_new_session_starts_at_head_zero
            a_new_session_is_found_as_it_was_made
            the_absolute_end_is_on_a_whole_second
            the_idle_end_is_never_after_the_absolute_end
            a_session_id_is_good_for_one_session
            a_sign_in_revokes_the_session_it_replaces
            a_session_is_not_replaced_without_its_secret
            a_session_that_ended_is_not_replaced_again
            // The five cases of a presented token.
            the_head_rotates
            a_line_of_rotations_goes_up_by_one
            a_token_ahead_of_the_row_rotates
            the_parent_inside_the_grace_gets_the_head_again
            a_replay_changes_nothing
            the_parent_after_the_grace_forks
            a_fork_can_be_repeated
            after_a_fork_the_parent_gets_the_new_head
            after_a_fork_the_former_head_ends_the_session
            a_grandparent_ends_the_session
            a_grandparent_ends_the_session_inside_the_grace_too
            strict_mode_replays_inside_the_grace
            strict_mode_ends_the_session_instead_of_forking
            strict_mode_lets_a_token_ahead_of_the_row_rotate
            without_grace_nothing_is_replayed
            a_reuse_is_answered_once_and_stays_revoked
            rotation_moves_the_idle_end_and_never_the_absolute_end
            the_idle_end_stops_at_the_absolute_end
            // Tokens that meet no live row.
            an_unknown_session_is_rejected
            a_wrong_secret_is_rejected_and_changes_nothing
            a_number_out_of_range_is_rejected_and_changes_nothing
            an_idle_session_has_expired
            a_session_past_its_absolute_end_has_expired
            a_revoked_session_is_rejected
            a_wrong_secret_comes_before_every_other_reason
            an_expired_session_is_expired_even_if_it_was_revoked
            // Revoking.
            a_session_is_revoked_once
            revoking_with_a_secret_needs_the_right_one
            revoking_an_unknown_session_does_nothing
            revoking_a_user_ends_every_live_session_of_theirs
            revoking_a_user_spares_the_exception_and_other_users
            revocations_are_told_from_their_time_on
            a_reuse_is_told_like_any_revocation
            // Lists and cut-offs.
            only_live_sessions_are_listed
            the_session_used_last_is_listed_first
            a_cut_off_comes_with_the_next_rotation_and_sign_in
            cut_offs_are_told_from_their_time_on
            a_later_cut_off_takes_the_place_of_the_earlier
            // Cleaning up.
            a_live_session_is_never_deleted
            a_revoked_session_stays_until_its_absolute_end
            an_ended_session_is_kept_as_long_as_asked
            cleaning_up_goes_in_batches
            // Races.
            of_fifty_at_once_one_rotates_and_all_get_one_head
            nothing_rotates_after_a_revocation_was_acknowledged
            of_many_revocations_at_once_one_counts
            a_store_answers_when_it_is_asked_whether_it_does
        }
    };
    (@tests $fresh:path; $($clause:ident)*) => {$(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $clause() {
            $crate::store::contract::$clause(&$fresh().await).await;
        }
    )*};
}

/// Makes one `#[tokio::test]` of every clause on built-in accounts; as [`contract_suite!`](crate::contract_suite), on a
/// [`Harness`] with accounts.
#[macro_export]
macro_rules! accounts_contract_suite {
    ($fresh:path) => {
        $crate::contract_suite! { @tests $fresh;
            an_account_is_found_by_id_and_by_email_in_any_ascii_case
            an_email_has_one_account
            a_password_hash_is_replaced_only_when_it_is_the_expected_one
            nobody_signs_in_without_an_account
            nobody_signs_in_to_a_disabled_account
            roles_are_read_at_sign_in_and_at_each_rotation
            changed_roles_cut_off_older_tokens
            disabling_an_account_ends_its_sessions
            disabling_an_account_twice_is_no_error
            an_unknown_account_cannot_be_changed
            accounts_are_counted
        }
    };
}

// ---------------------------------------------------------------------------------------------------------------------
// Signing in
// ---------------------------------------------------------------------------------------------------------------------

/// The first token of a session carries 0.
pub async fn a_new_session_starts_at_head_zero(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_eq!(ann.session.head, 0);
    assert_eq!(ann.session.head_at, ann.session.created_at);
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

/// The absolute end is the `exp` of the session's tokens, and those have whole seconds. It is rounded down.
pub async fn the_absolute_end_is_on_a_whole_second(harness: &dyn Harness) {
    let made = sign_in(harness).await.session;
    let exact = made.created_at.plus(LIFETIME);
    assert_eq!(made.expires_at, Timestamp::from_secs(exact.secs()));
}

/// Whichever end comes first.
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
    assert_eq!(rejected(&present(harness, &old, 0, GRACEFUL).await), Rejected::Revoked);
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

// ---------------------------------------------------------------------------------------------------------------------
// The five cases of a presented token
// ---------------------------------------------------------------------------------------------------------------------

/// The token that is good now is replaced by the next one.
pub async fn the_head_rotates(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    harness.pass(TICK).await;
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!((rotated.verdict, rotated.session.head), (Verdict::Rotated, 1));
    assert_eq!(rotated.session.head_at, rotated.now);
    assert!(
        rotated.now > ann.session.created_at,
        "time has passed on the store's clock"
    );
    assert_eq!(find(harness, ann.session.id).await, rotated.session);
}

/// Rotation after rotation, one row, one step each.
pub async fn a_line_of_rotations_goes_up_by_one(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for seq in 0..20 {
        assert_verdict(harness, &ann, seq, GRACEFUL, Verdict::Rotated, seq + 1).await;
    }
    assert_eq!(list(harness, &ann.session.user).await.len(), 1);
}

/// A token the row does not know yet was signed by the server before the row lost a commit.
pub async fn a_token_ahead_of_the_row_rotates(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 7, GRACEFUL, Verdict::Ahead, 8).await;
    assert_verdict(harness, &ann, 7, GRACEFUL, Verdict::Replayed, 8).await;
    assert_verdict(harness, &ann, 8, GRACEFUL, Verdict::Rotated, 9).await;
    let (last, next) = (1 << 53, (1 << 53) + 1);
    assert_verdict(harness, &ann, last, GRACEFUL, Verdict::Ahead, next).await;
}

/// Racing tabs and quick retries all get the same successor.
pub async fn the_parent_inside_the_grace_gets_the_head_again(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Rotated, 1).await;
    for _ in 0..3 {
        assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Replayed, 1).await;
    }
    assert_verdict(harness, &ann, 1, GRACEFUL, Verdict::Rotated, 2).await;
}

/// Neither the window nor the idle end moves, else a thief could hold the window open.
pub async fn a_replay_changes_nothing(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    harness.pass(TICK).await;
    let replayed = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(replayed.verdict, Verdict::Replayed);
    assert_eq!(replayed.session, rotated.session);
    assert_eq!(find(harness, ann.session.id).await, rotated.session);
}

/// Whoever lost an answer goes on with a new head.
pub async fn the_parent_after_the_grace_forks(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, SHORT, Verdict::Rotated, 1).await;
    harness.pass(PAST_SHORT).await;
    let forked = judged(present(harness, &ann, 0, SHORT).await);
    assert_eq!((forked.verdict, forked.session.head), (Verdict::Forked, 2));
    assert_eq!(forked.session.head_at, forked.now);
    assert_verdict(harness, &ann, 2, SHORT, Verdict::Rotated, 3).await;
}

/// An answer can be lost more than once.
pub async fn a_fork_can_be_repeated(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, SHORT, Verdict::Rotated, 1).await;
    for head in [2, 3] {
        harness.pass(PAST_SHORT).await;
        assert_verdict(harness, &ann, 0, SHORT, Verdict::Forked, head).await;
    }
    assert_verdict(harness, &ann, 3, SHORT, Verdict::Rotated, 4).await;
}

/// A fork opens a new window for the same parent.
pub async fn after_a_fork_the_parent_gets_the_new_head(harness: &dyn Harness) {
    let ann = forked(harness).await;
    assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Replayed, 2).await;
}

/// Of two who hold the former head and the new one, the second to come is found out.
pub async fn after_a_fork_the_former_head_ends_the_session(harness: &dyn Harness) {
    let ann = forked(harness).await;
    assert_verdict(harness, &ann, 1, GRACEFUL, Verdict::Reused, 2).await;
    assert_eq!(rejected(&present(harness, &ann, 2, GRACEFUL).await), Rejected::Revoked);
}

/// A token older than the parent was used, replaced, and its successor used as well.
pub async fn a_grandparent_ends_the_session(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, SHORT, Verdict::Rotated, 1).await;
    assert_verdict(harness, &ann, 1, SHORT, Verdict::Rotated, 2).await;
    harness.pass(PAST_SHORT).await;
    assert_verdict(harness, &ann, 0, SHORT, Verdict::Reused, 2).await;
}

/// The window is the parent's alone.
pub async fn a_grandparent_ends_the_session_inside_the_grace_too(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Rotated, 1).await;
    assert_verdict(harness, &ann, 1, GRACEFUL, Verdict::Rotated, 2).await;
    assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Reused, 2).await;
}

/// Strict is about what comes after the window.
pub async fn strict_mode_replays_inside_the_grace(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, strict(GRACEFUL), Verdict::Rotated, 1).await;
    assert_verdict(harness, &ann, 0, strict(GRACEFUL), Verdict::Replayed, 1).await;
}

/// After the window, any use of a used token is a reuse.
pub async fn strict_mode_ends_the_session_instead_of_forking(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, strict(SHORT), Verdict::Rotated, 1).await;
    harness.pass(PAST_SHORT).await;
    assert_verdict(harness, &ann, 0, strict(SHORT), Verdict::Reused, 1).await;
    assert_eq!(
        rejected(&present(harness, &ann, 1, strict(SHORT)).await),
        Rejected::Revoked
    );
}

/// A commit can be lost under any policy.
pub async fn strict_mode_lets_a_token_ahead_of_the_row_rotate(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 3, strict(NO_GRACE), Verdict::Ahead, 4).await;
}

/// A grace of zero is none: not even within the same millisecond.
pub async fn without_grace_nothing_is_replayed(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, NO_GRACE, Verdict::Rotated, 1).await;
    assert_verdict(harness, &ann, 0, NO_GRACE, Verdict::Forked, 2).await;
    assert_verdict(harness, &ann, 0, strict(NO_GRACE), Verdict::Reused, 2).await;
}

/// The one call that finds the reuse says so, later ones that the session is revoked.
pub async fn a_reuse_is_answered_once_and_stays_revoked(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for seq in [0, 1] {
        assert_verdict(harness, &ann, seq, GRACEFUL, Verdict::Rotated, seq + 1).await;
    }
    let before = find(harness, ann.session.id).await;
    let reused = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(reused.verdict, Verdict::Reused);
    // Nothing but the revocation: the row is evidence.
    assert_eq!(
        reused.session,
        Session {
            revoked_at: Some(reused.now),
            ..before
        }
    );
    for seq in [0, 1, 2, 3] {
        assert_eq!(
            rejected(&present(harness, &ann, seq, GRACEFUL).await),
            Rejected::Revoked,
            "{seq}"
        );
    }
    assert_eq!(find(harness, ann.session.id).await, reused.session);
}

/// Every verdict that gives a new head starts the idle time anew.
pub async fn rotation_moves_the_idle_end_and_never_the_absolute_end(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for (seq, verdict) in [(0, Verdict::Rotated), (0, Verdict::Forked), (9, Verdict::Ahead)] {
        harness.pass(PAST_SHORT).await;
        let rotated = judged(present(harness, &ann, seq, SHORT).await);
        assert_eq!(rotated.verdict, verdict);
        assert_eq!(rotated.session.idle_until, rotated.now.plus(SHORT.idle), "{verdict:?}");
        assert_eq!(rotated.session.expires_at, ann.session.expires_at, "{verdict:?}");
        assert_eq!(rotated.session.created_at, ann.session.created_at, "{verdict:?}");
        assert_eq!(rotated.session.auth_time, ann.session.auth_time, "{verdict:?}");
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

// ---------------------------------------------------------------------------------------------------------------------
// Tokens that meet no live row
// ---------------------------------------------------------------------------------------------------------------------

/// A session that never was, or was deleted.
pub async fn an_unknown_session_is_rejected(harness: &dyn Harness) {
    let mut ann = sign_in(harness).await;
    ann.session.id = SessionId::random();
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejected::Unknown);
}

/// A leaked signing key alone forges nothing, and cannot even end a session.
pub async fn a_wrong_secret_is_rejected_and_changes_nothing(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for seq in [0, 1] {
        assert_verdict(harness, &ann, seq, GRACEFUL, Verdict::Rotated, seq + 1).await;
    }
    let before = find(harness, ann.session.id).await;
    let forger = Login {
        session: ann.session.clone(),
        secret: secret(),
    };
    for seq in [0, 1, 2, 3] {
        assert_eq!(
            rejected(&present(harness, &forger, seq, GRACEFUL).await),
            Rejected::WrongSecret,
            "{seq}"
        );
    }
    assert_eq!(find(harness, ann.session.id).await, before);
}

/// Numbers are checked above the store; what slips through meets no row.
pub async fn a_number_out_of_range_is_rejected_and_changes_nothing(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for seq in [-1, i64::MIN, (1 << 53) + 1, i64::MAX] {
        rejected(&present(harness, &ann, seq, GRACEFUL).await);
    }
    assert_eq!(find(harness, ann.session.id).await, ann.session);
    assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Rotated, 1).await;
}

/// Nobody refreshed in time.
pub async fn an_idle_session_has_expired(harness: &dyn Harness) {
    let (mut new, secret) = new_session(&user(harness).await);
    new.idle = SHORT.grace;
    let session = create(harness, new).await.session;
    harness.pass(PAST_SHORT).await;
    let ann = Login { session, secret };
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejected::Expired);
    assert_eq!(find(harness, ann.session.id).await, ann.session);
}

/// However often it was refreshed.
pub async fn a_session_past_its_absolute_end_has_expired(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    present(harness, &ann, 0, GRACEFUL).await;
    harness.pass(PAST_SHORT_LIFE).await;
    for seq in [0, 1, 2] {
        assert_eq!(
            rejected(&present(harness, &ann, seq, GRACEFUL).await),
            Rejected::Expired,
            "{seq}"
        );
    }
}

/// By whatever means it was revoked.
pub async fn a_revoked_session_is_rejected(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    revoke(harness, ann.session.id, None).await;
    let revoked = find(harness, ann.session.id).await;
    for seq in [0, 1] {
        assert_eq!(
            rejected(&present(harness, &ann, seq, GRACEFUL).await),
            Rejected::Revoked,
            "{seq}"
        );
    }
    assert_eq!(find(harness, ann.session.id).await, revoked);
}

/// Without the secret nobody learns what became of a session.
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
            Rejected::WrongSecret
        );
    }
}

/// An old device that comes back is told that its time is over, not that it was thrown out.
pub async fn an_expired_session_is_expired_even_if_it_was_revoked(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    revoke(harness, ann.session.id, None).await;
    harness.pass(PAST_SHORT_LIFE).await;
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejected::Expired);
}

// ---------------------------------------------------------------------------------------------------------------------
// Revoking
// ---------------------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------------------
// Lists and cut-offs
// ---------------------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------------------
// Cleaning up
// ---------------------------------------------------------------------------------------------------------------------

/// Whatever is asked for.
pub async fn a_live_session_is_never_deleted(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    assert_eq!(delete_expired(harness, Duration::ZERO, u32::MAX).await, 0);
    assert_verdict(harness, &ann, 0, GRACEFUL, Verdict::Rotated, 1).await;
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
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejected::Revoked);
    assert_eq!(rejected(&present(harness, &idle, 0, GRACEFUL).await), Rejected::Expired);
}

/// Then it is unknown.
pub async fn an_ended_session_is_kept_as_long_as_asked(harness: &dyn Harness) {
    let ann = short_lived(harness, &user(harness).await).await;
    harness.pass(PAST_SHORT_LIFE).await;
    assert_eq!(delete_expired(harness, LIFETIME, u32::MAX).await, 0);
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejected::Expired);
    assert_eq!(delete_expired(harness, Duration::ZERO, u32::MAX).await, 1);
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejected::Unknown);
}

/// At most as many as asked, until nothing is left to do.
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

// ---------------------------------------------------------------------------------------------------------------------
// Races
// ---------------------------------------------------------------------------------------------------------------------

/// Losers of the race are replays: nobody sees an error, nobody retries.
pub async fn of_fifty_at_once_one_rotates_and_all_get_one_head(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let mut racers = Vec::new();
    for _ in 0..50 {
        let (store, presented) = (harness.store(), ann.presents(0));
        racers.push(tokio::spawn(async move { store.rotate(presented, GRACEFUL).await }));
    }
    let mut verdicts = Vec::new();
    for racer in racers {
        let rotation = racer.await.expect("a racer does not panic").expect("the store answers");
        let rotated = judged(rotation);
        assert_eq!(rotated.session.head, 1);
        verdicts.push(rotated.verdict);
    }
    let count = |verdict| verdicts.iter().filter(|found| **found == verdict).count();
    assert_eq!(
        (count(Verdict::Rotated), count(Verdict::Replayed)),
        (1, 49),
        "{verdicts:?}"
    );
}

/// A rotation may come before a revocation, never after; the two cannot both have the last word.
pub async fn nothing_rotates_after_a_revocation_was_acknowledged(harness: &dyn Harness) {
    for _ in 0..20 {
        let ann = sign_in(harness).await;
        let (store, presented) = (harness.store(), ann.presents(0));
        let rotating = tokio::spawn(async move { store.rotate(presented, GRACEFUL).await });
        assert!(revoke(harness, ann.session.id, None).await, "nobody else revokes it");
        let raced = rotating
            .await
            .expect("the racer does not panic")
            .expect("the store answers");
        let row = find(harness, ann.session.id).await;
        match &raced {
            Rotation::Judged(rotated) => {
                assert_eq!((rotated.verdict, rotated.session.revoked_at), (Verdict::Rotated, None));
                assert_eq!(
                    Session {
                        revoked_at: None,
                        ..row
                    },
                    rotated.session
                );
            }
            Rotation::Rejected(why) => {
                assert_eq!((*why, row.head), (Rejected::Revoked, 0));
            }
        }
        for seq in [0, 1] {
            assert_eq!(
                rejected(&present(harness, &ann, seq, GRACEFUL).await),
                Rejected::Revoked
            );
        }
    }
}

/// `revoked_at` is written once, so exactly one caller is told that it did it.
pub async fn of_many_revocations_at_once_one_counts(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let mut racers = Vec::new();
    for _ in 0..20 {
        let (store, id) = (harness.store(), ann.session.id);
        racers.push(tokio::spawn(
            async move { store.revoke(id, None, RevokedWhy::Logout).await },
        ));
    }
    let mut done = 0;
    for racer in racers {
        done += usize::from(racer.await.expect("a racer does not panic").expect("the store answers"));
    }
    assert_eq!(done, 1);
}

/// For `/health`.
pub async fn a_store_answers_when_it_is_asked_whether_it_does(harness: &dyn Harness) {
    harness.store().ping().await.expect("the store answers");
}

// ---------------------------------------------------------------------------------------------------------------------
// Built-in accounts
// ---------------------------------------------------------------------------------------------------------------------

/// The e-mail is kept as it was given.
pub async fn an_account_is_found_by_id_and_by_email_in_any_ascii_case(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let roles = vec!["editor".to_owned(), "viewer".to_owned()];
    let new = NewAccount {
        roles: roles.clone(),
        ..new_account("Ann.Ä@Example.com")
    };
    let id = accounts.create(new).await.expect("the e-mail is free");
    let found = [
        accounts.find(&id).await.expect("the store answers"),
        accounts
            .find_by_email("ann.Ä@example.com")
            .await
            .expect("the store answers"),
        accounts
            .find_by_email(" ANN.Ä@EXAMPLE.COM ")
            .await
            .expect("the store answers"),
    ];
    for account in found {
        let account = account.expect("the account is found");
        assert_eq!(
            (&account.id, account.email.as_str(), account.disabled),
            (&id, "Ann.Ä@Example.com", false)
        );
        assert_eq!((account.password_hash.expose(), account.roles), (HASH, roles.clone()));
    }
    // Unicode is compared as it is.
    assert!(
        accounts
            .find_by_email("ann.ä@example.com")
            .await
            .expect("the store answers")
            .is_none()
    );
    assert!(
        accounts
            .find(&UserId::random())
            .await
            .expect("the store answers")
            .is_none()
    );
}

/// In whatever case it is written.
pub async fn an_email_has_one_account(harness: &dyn Harness) {
    let accounts = accounts(harness);
    accounts
        .create(new_account("ann@example.com"))
        .await
        .expect("the e-mail is free");
    for email in ["ann@example.com", "ANN@example.com", " ann@example.com"] {
        let again = accounts.create(new_account(email)).await;
        assert!(matches!(again, Err(AccountError::AlreadyExists)), "{email}: {again:?}");
    }
    assert_eq!(accounts.count().await.expect("the store answers").all, 1);
}

/// Of two who change a password at once, one is told that it changed meanwhile.
pub async fn a_password_hash_is_replaced_only_when_it_is_the_expected_one(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = accounts
        .create(new_account("ann@example.com"))
        .await
        .expect("the e-mail is free");
    let (old, new) = (SecretString::new(HASH), SecretString::new("$2b$12$another"));
    let replaced = accounts.replace_password_hash(&ann, &old, &new).await;
    assert!(replaced.expect("the store answers"));
    let again = accounts
        .replace_password_hash(&ann, &old, &SecretString::new("$2b$12$third"))
        .await;
    assert!(!again.expect("the store answers"));
    let account = accounts
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("the account is found");
    assert_eq!(account.password_hash.expose(), new.expose());
    let nobody = accounts.replace_password_hash(&UserId::random(), &new, &old).await;
    assert!(!nobody.expect("the store answers"));
}

/// Nothing is made for a user who is not there.
pub async fn nobody_signs_in_without_an_account(harness: &dyn Harness) {
    let (new, _) = new_session(&UserId::random());
    let id = new.id;
    assert!(harness.store().create(new).await.expect("the store answers").is_none());
    assert_eq!(harness.store().find(id).await.expect("the store answers"), None);
}

/// Nor is a session replaced by it.
pub async fn nobody_signs_in_to_a_disabled_account(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    accounts(harness).disable(&ann).await.expect("the account is known");
    let (mut new, _) = new_session(&ann);
    new.replaces = Some((bob.session.id, bob.secret));
    let id = new.id;
    assert!(harness.store().create(new).await.expect("the store answers").is_none());
    assert_eq!(harness.store().find(id).await.expect("the store answers"), None);
    assert_eq!(find(harness, bob.session.id).await, bob.session);
}

/// A refresh brings the roles of now, not those of the sign-in.
pub async fn roles_are_read_at_sign_in_and_at_each_rotation(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let ann = accounts.create(NewAccount {
        roles: roles(&["viewer"]),
        ..new_account("ann@example.com")
    });
    let (new, secret) = new_session(&ann.await.expect("the e-mail is free"));
    let made = create(harness, new).await;
    assert_eq!(made.roles, Some(roles(&["viewer"])));
    let ann = Login {
        session: made.session,
        secret,
    };
    for (seq, names) in [(0, &["admin", "editor"][..]), (1, &[])] {
        accounts
            .set_roles(&ann.session.user, roles(names))
            .await
            .expect("the account is known");
        let rotated = judged(present(harness, &ann, seq, GRACEFUL).await);
        assert_eq!((rotated.verdict, rotated.roles), (Verdict::Rotated, Some(roles(names))));
    }
    // A replay gives a token, too.
    assert_eq!(
        judged(present(harness, &ann, 1, GRACEFUL).await).roles,
        Some(roles(&[]))
    );
}

/// Access tokens that carry the former roles are stale at once; the session goes on.
pub async fn changed_roles_cut_off_older_tokens(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let user = &ann.session.user;
    accounts(harness)
        .set_roles(user, vec!["admin".to_owned()])
        .await
        .expect("the account is known");
    let told = harness
        .store()
        .cutoffs_since(ann.session.created_at)
        .await
        .expect("the store answers");
    assert_eq!(told.iter().map(|cutoff| &cutoff.user).collect::<Vec<_>>(), [user]);
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!((rotated.verdict, rotated.cutoff), (Verdict::Rotated, Some(told[0].at)));
}

/// Both or neither; the answer names the sessions, so that their access tokens can be refused at once.
pub async fn disabling_an_account_ends_its_sessions(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    let (first, second) = (sign_in_as(harness, &ann).await, sign_in_as(harness, &ann).await);
    let ended = accounts(harness).disable(&ann).await.expect("the account is known");
    assert_eq!(sorted(ended), sorted([first.session.id, second.session.id]));
    let account = accounts(harness)
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("the account is still there");
    assert!(account.disabled);
    for login in [&first, &second] {
        assert_eq!(rejected(&present(harness, login, 0, GRACEFUL).await), Rejected::Revoked);
    }
    assert_verdict(harness, &bob, 0, GRACEFUL, Verdict::Rotated, 1).await;
}

/// The command may be repeated.
pub async fn disabling_an_account_twice_is_no_error(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for expected in [vec![ann.session.id], vec![]] {
        assert_eq!(
            accounts(harness)
                .disable(&ann.session.user)
                .await
                .expect("the account is known"),
            expected
        );
    }
}

/// And leaves no trace, such as a cut-off for a user who is not there.
pub async fn an_unknown_account_cannot_be_changed(harness: &dyn Harness) {
    let nobody = UserId::random();
    let roles = accounts(harness).set_roles(&nobody, vec![]).await;
    assert!(matches!(roles, Err(AccountError::NotFound)), "{roles:?}");
    let disabled = accounts(harness).disable(&nobody).await;
    assert!(matches!(disabled, Err(AccountError::NotFound)), "{disabled:?}");
    assert_eq!(
        harness
            .store()
            .cutoffs_since(Timestamp::from_millis(0))
            .await
            .expect("the store answers"),
        []
    );
}

/// A release refuses to start on demo accounts, so they are told apart.
pub async fn accounts_are_counted(harness: &dyn Harness) {
    let accounts = accounts(harness);
    assert_eq!(accounts.count().await.expect("the store answers").all, 0);
    for (email, demo) in [
        ("ann@example.com", false),
        ("demo@example.com", true),
        ("bob@example.com", false),
    ] {
        accounts
            .create(NewAccount {
                demo,
                ..new_account(email)
            })
            .await
            .expect("the e-mail is free");
    }
    let count = accounts.count().await.expect("the store answers");
    assert_eq!((count.all, count.demo), (3, 1));
}

// ---------------------------------------------------------------------------------------------------------------------
// Arranging and asking
// ---------------------------------------------------------------------------------------------------------------------

const LIFETIME: Duration = Duration::from_secs(24 * 3600);
const IDLE: Duration = Duration::from_secs(3600);
/// Enough for a store that counts milliseconds to read another time.
const TICK: Duration = Duration::from_millis(5);

/// A window that no test outlasts.
const GRACEFUL: RotationPolicy = RotationPolicy {
    grace: Duration::from_secs(600),
    mode: RotationMode::Recoverable,
    idle: IDLE,
};
/// A window that a test can wait for the end of.
const SHORT: RotationPolicy = RotationPolicy {
    grace: Duration::from_millis(40),
    ..GRACEFUL
};
const PAST_SHORT: Duration = Duration::from_millis(60);
const NO_GRACE: RotationPolicy = RotationPolicy {
    grace: Duration::ZERO,
    ..GRACEFUL
};

const SHORT_LIFE: Duration = Duration::from_secs(1);
const PAST_SHORT_LIFE: Duration = Duration::from_millis(1050);

const HASH: &str = "$2b$12$abcdefghijklmnopqrstuuJ6Zr0YcVfzL1lYhN3jYr5gRrUkq0aGe";

/// A session, and what its tokens prove it with.
struct Login {
    session: Session,
    secret: SecretHash,
}

impl Login {
    fn presents(&self, seq: i64) -> Presented {
        Presented {
            session: self.session.id,
            secret: self.secret,
            seq,
        }
    }
}

fn strict(policy: RotationPolicy) -> RotationPolicy {
    RotationPolicy {
        mode: RotationMode::Strict,
        ..policy
    }
}

fn secret() -> SecretHash {
    SecretHash::of(&SessionSecret::random().expect("the system has random numbers"))
}

fn accounts(harness: &dyn Harness) -> Arc<dyn ManagedAccounts> {
    harness
        .accounts()
        .expect("a harness for the clauses on accounts has accounts")
}

fn new_account(email: &str) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        password_hash: SecretString::new(HASH),
        roles: vec![],
        demo: false,
    }
}

/// A user who can sign in: with an account, if the store keeps them.
async fn user(harness: &dyn Harness) -> UserId {
    match harness.accounts() {
        Some(accounts) => {
            let email = format!("{}@example.com", UserId::random());
            accounts.create(new_account(&email)).await.expect("the e-mail is free")
        }
        None => UserId::random(),
    }
}

fn new_session(user: &UserId) -> (NewSession, SecretHash) {
    let secret = secret();
    let new = NewSession {
        id: SessionId::random(),
        user: user.clone(),
        secret,
        lifetime: LIFETIME,
        idle: IDLE,
        user_agent: None,
        ip: None,
        replaces: None,
    };
    (new, secret)
}

async fn create(harness: &dyn Harness, new: NewSession) -> Created {
    harness
        .store()
        .create(new)
        .await
        .expect("the store answers")
        .expect("the account is open")
}

async fn sign_in(harness: &dyn Harness) -> Login {
    sign_in_as(harness, &user(harness).await).await
}

async fn sign_in_as(harness: &dyn Harness, user: &UserId) -> Login {
    let (new, secret) = new_session(user);
    Login {
        session: create(harness, new).await.session,
        secret,
    }
}

/// A session whose absolute end a test can wait for.
async fn short_lived(harness: &dyn Harness, user: &UserId) -> Login {
    let (mut new, secret) = new_session(user);
    new.lifetime = SHORT_LIFE;
    Login {
        session: create(harness, new).await.session,
        secret,
    }
}

/// A session that forked once: parent 0, former head 1, head 2.
async fn forked(harness: &dyn Harness) -> Login {
    let ann = sign_in(harness).await;
    assert_verdict(harness, &ann, 0, NO_GRACE, Verdict::Rotated, 1).await;
    assert_verdict(harness, &ann, 0, NO_GRACE, Verdict::Forked, 2).await;
    ann
}

async fn present(harness: &dyn Harness, login: &Login, seq: i64, policy: RotationPolicy) -> Rotation {
    harness
        .store()
        .rotate(login.presents(seq), policy)
        .await
        .expect("the store answers")
}

fn judged(rotation: Rotation) -> Rotated {
    match rotation {
        Rotation::Judged(rotated) => rotated,
        Rotation::Rejected(why) => panic!("a live row was expected, not {why:?}"),
    }
}

fn rejected(rotation: &Rotation) -> Rejected {
    match rotation {
        Rotation::Rejected(why) => *why,
        Rotation::Judged(rotated) => panic!("no live row was expected, not {:?}", rotated.verdict),
    }
}

async fn assert_verdict(
    harness: &dyn Harness,
    login: &Login,
    seq: i64,
    policy: RotationPolicy,
    verdict: Verdict,
    head: i64,
) {
    let rotated = judged(present(harness, login, seq, policy).await);
    assert_eq!(
        (rotated.verdict, rotated.session.head),
        (verdict, head),
        "presented {seq}"
    );
    assert_eq!(rotated.session.revoked_at.is_none(), verdict.is_success());
}

async fn find(harness: &dyn Harness, id: SessionId) -> Session {
    harness
        .store()
        .find(id)
        .await
        .expect("the store answers")
        .expect("the session is there")
}

async fn list(harness: &dyn Harness, user: &UserId) -> Vec<Session> {
    harness.store().list(user).await.expect("the store answers")
}

async fn revoke(harness: &dyn Harness, id: SessionId, secret: Option<SecretHash>) -> bool {
    harness
        .store()
        .revoke(id, secret, RevokedWhy::Logout)
        .await
        .expect("the store answers")
}

async fn revoke_user(harness: &dyn Harness, user: &UserId, except: Option<SessionId>) -> Vec<SessionId> {
    let ended = harness.store().revoke_user(user, except, RevokedWhy::LogoutAll).await;
    sorted(ended.expect("the store answers"))
}

async fn delete_expired(harness: &dyn Harness, keep: Duration, limit: u32) -> usize {
    harness
        .store()
        .delete_expired(keep, limit)
        .await
        .expect("the store answers")
}

/// Sessions that ended together come in no particular order.
fn sorted(ids: impl IntoIterator<Item = SessionId>) -> Vec<SessionId> {
    let mut ids = Vec::from_iter(ids);
    ids.sort();
    ids
}
