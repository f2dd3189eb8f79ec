//! The contract of a [`Store`] as a test suite, for authors of a store.
//!
//! Each function is one clause, and its name says which. [`contract_suite!`](crate::contract_suite)
//! makes a test of each; [`accounts_contract_suite!`](crate::accounts_contract_suite) does the same
//! for a store that also keeps the accounts. Both need `tokio` with the features `macros` and
//! `rt-multi-thread` among the dev-dependencies.
//!
//! ```no_run
//! # mod my_store { use std::sync::Arc; pub async fn fresh() -> Arc<dyn auth_core::__internal::Store> { loop {} } }
//! use std::sync::Arc;
//! use auth_core::__internal::Store;
//! use auth_core::testing::store_suite::Harness;
//!
//! struct OnAFreshDatabase(Arc<dyn Store>);
//!
//! impl Harness for OnAFreshDatabase {
//!     fn store(&self) -> Arc<dyn Store> {
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
//! The clauses use short times and [`Harness::pass`], so they also hold on a store whose clock
//! cannot be set. There the suite takes a few seconds. A clause fails by panicking.

#![allow(clippy::panic, reason = "that is how a test fails")]

mod account_tickets;
mod accounts;
mod arrange;
mod cleanup;
mod factors;
mod itself;
mod listing;
mod presented;
mod races;
mod rejected;
mod revoking;
mod signing_in;
mod tickets;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::store::{ManagedAccounts, Store};

pub use account_tickets::*;
pub use accounts::*;
pub use cleanup::*;
pub use factors::*;
pub use itself::*;
pub use listing::*;
pub use presented::*;
pub use races::*;
pub use rejected::*;
pub use revoking::*;
pub use signing_in::*;
pub use tickets::*;

/// What the suite needs besides the store itself.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The store. Each clause gets a harness, and with it a store, of its own.
    fn store(&self) -> Arc<dyn Store>;

    /// The accounts that the store keeps, if it does. `None` skips nothing but the clauses on
    /// accounts.
    fn accounts(&self) -> Option<Arc<dyn ManagedAccounts>> {
        None
    }

    /// Lets time pass on the store's clock: by waiting, unless the clock can be set.
    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Makes one `#[tokio::test]` of every clause on sessions. The argument names a function without
/// parameters whose future gives a [`Harness`] on an empty store.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_suite {
    ($fresh:path) => {
        $crate::contract_suite! { @tests $fresh;
            // Signing in.
            a_new_session_starts_at_generation_zero
            a_new_session_is_found_as_it_was_made
            the_absolute_end_is_on_a_whole_second
            the_idle_end_is_never_after_the_absolute_end
            a_session_id_is_good_for_one_session
            a_sign_in_revokes_the_session_it_replaces
            a_session_is_not_replaced_without_its_secret
            a_session_that_ended_is_not_replaced_again
            // The five cases of a presented token.
            the_current_token_rotates
            a_line_of_rotations_goes_up_by_one
            a_token_ahead_of_the_row_rotates
            the_previous_token_inside_the_grace_gets_the_current_one_again
            a_replay_changes_nothing
            the_previous_token_after_the_grace_forks
            a_fork_can_be_repeated
            after_a_fork_the_previous_token_gets_the_new_current_one
            after_a_fork_the_former_current_token_ends_the_session
            a_token_before_the_previous_one_ends_the_session
            a_token_before_the_previous_one_ends_the_session_inside_the_grace_too
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
            a_session_that_is_idle_or_expired_is_revoked_like_any_other
            a_new_epoch_ends_every_session_of_the_user
            no_session_begins_under_a_former_epoch
            one_session_goes_on_under_a_new_epoch_with_its_new_secret
            no_epoch_begins_for_a_session_that_is_not_live_or_not_the_users
            a_reuse_can_end_every_session_of_the_user
            of_too_many_sessions_those_used_least_recently_end
            revoking_what_was_made_before_a_time_spares_what_was_made_since
            revocations_are_told_from_their_time_on
            a_reuse_is_told_like_any_revocation
            // Lists and counters.
            only_live_sessions_are_listed
            the_session_used_last_is_listed_first
            a_list_is_as_long_as_asked_for
            counters_come_with_each_rotation_and_sign_in
            each_change_has_a_version_of_its_own
            changed_users_are_told_from_their_time_on
            // Cleaning up.
            a_live_session_is_never_deleted
            a_revoked_session_stays_until_its_absolute_end
            an_ended_session_is_kept_as_long_as_asked
            cleaning_up_goes_in_batches
            // Races.
            of_fifty_at_once_one_rotates_and_all_get_one_successor
            nothing_rotates_after_a_revocation_was_acknowledged
            of_many_revocations_at_once_one_counts
            // Tickets.
            a_ticket_is_used_once
            a_ticket_is_good_for_its_own_purpose_and_secret_only
            a_ticket_is_good_until_its_end
            tickets_are_good_side_by_side_until_one_is_used
            tickets_without_a_user_are_siblings_by_address
            all_tickets_of_a_user_end_at_once
            tickets_to_an_address_end_at_once
            no_ticket_is_made_under_a_former_epoch
            tickets_end_with_the_password_and_not_with_the_sessions
            of_twenty_uses_at_once_one_counts
            of_siblings_used_at_once_one_counts
            expired_tickets_are_deleted
            // Second factors.
            an_authenticator_app_is_a_factor_once_it_is_confirmed
            a_step_is_used_once_and_none_before_it
            of_twenty_uses_of_a_step_at_once_one_counts
            a_step_is_used_with_the_secret_that_it_was_compared_with
            tries_are_counted_and_limited
            a_recovery_code_is_used_once
            of_twenty_uses_of_a_recovery_code_at_once_one_counts
            recovery_codes_are_replaced_together
            no_factor_changes_under_a_former_epoch
            factors_stay_until_they_are_deleted
            // The store itself.
            a_store_answers_when_it_is_asked_whether_it_does
            the_time_is_the_one_that_sessions_are_made_at
        }
    };
    (@tests $fresh:path; $($clause:ident)*) => {$(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $clause() {
            $crate::testing::store_suite::$clause(&$fresh().await).await;
        }
    )*};
}

/// Makes one `#[tokio::test]` of every clause on built-in accounts; as
/// [`contract_suite!`](crate::contract_suite), on a
/// [`Harness`] with accounts.
#[doc(hidden)]
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
            changed_roles_make_older_tokens_stale
            disabling_an_account_ends_its_sessions
            disabling_an_account_twice_is_no_error
            enabling_an_account_revives_no_session
            deleting_an_account_ends_its_sessions
            the_last_enabled_account_with_a_kept_role_keeps_it
            setting_a_password_ends_every_session
            changing_a_password_leaves_one_session_with_a_new_secret
            an_unknown_account_cannot_be_changed
            accounts_are_counted
            accounts_are_listed_by_email_in_pages
            a_ticket_makes_an_account
            a_ticket_sets_a_password
            a_ticket_for_a_former_address_sets_no_password
            a_ticket_sets_an_email
            an_email_is_replaced_where_it_is_free
            tickets_end_with_what_they_were_made_for
            a_deleted_account_takes_the_tickets_to_its_address_along
            a_deleted_account_takes_its_factors_along
            a_new_password_leaves_the_factors_as_they_are
            of_twenty_sign_ups_with_one_ticket_one_counts
        }
    };
}
