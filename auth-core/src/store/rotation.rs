//! The rotation machine as the `SET` of an `UPDATE`, the same for every engine.

use crate::clock::Timestamp;
use crate::store::{PresentedToken, Rejection};

/// The highest `seq` a token can have: what a JSON number carries exactly.
const MAX_SEQ: i64 = 1 << 53;

/// Whether `presented` can be a token of ours. One that cannot must not meet the -1 that stands for "no parent yet".
pub(in crate::store) fn is_valid_generation(presented: &PresentedToken) -> bool {
    (0..=MAX_SEQ).contains(&presented.seq)
}

/// What every column of `auth_sessions` becomes when a token is presented, as a tuple for `set`.
///
/// All columns are set by the same `CASE`, so none can disagree with another about the verdict. RETURNING shows new values
/// only, hence the verdict is one of the columns. Expects the columns of `auth_sessions` in scope.
///
/// What is asked for more than once comes in two forms, `[first, again]`, of which the first is used once, in this order:
/// the `seq` presented, whether `now` is within the grace of the head, whether a fork is allowed, the `seq` after the one
/// presented, the idle end if the session goes on, `now` (in milliseconds).
///
/// A closed account is no case of these: the statement finds only rows whose account is open, so that it asks once and not
/// for every column. The rows it did not find for that are [`ended`].
macro_rules! judge {
    (
        seq: [$seq:expr, $seq_again:expr],
        within_grace: [$within_grace:expr, $within_grace_again:expr],
        may_fork: [$may_fork:expr, $may_fork_again:expr],
        next: [$next:expr, $next_again:expr],
        idle_end: [$idle_end:expr, $idle_end_again:expr],
        now: [$now:expr, $now_again:expr] $(,)?
    ) => {{
        use diesel::dsl::{case_when, sql};
        use diesel::sql_types::{BigInt, Nullable, Text};
        use $crate::store::statement::word;
        use $crate::store::{RevocationReason, RotationOutcome};

        let idle_until_first = case_when(expires_at.lt($idle_end), expires_at).otherwise($idle_end_again);
        let idle_until_again = case_when(expires_at.lt($idle_end_again), expires_at).otherwise($idle_end_again);
        let revoked_now = $now_again.nullable();
        let why = |reason: RevocationReason| word::<Nullable<Text>>(reason.as_str());
        let judged_as = |judgement: RotationOutcome| word::<Nullable<Text>>(judgement.as_str());

        // What a column becomes under each verdict; the conditions are those of the machine's table, from top to bottom.
        macro_rules! by_verdict {
            (
                rotated: $as_rotated:expr,
                ahead: $as_ahead:expr,
                replayed: $as_replayed:expr,
                forked: $as_forked:expr,
                reused: $as_reused:expr
            ) => {
                by_verdict! {
                    $seq_again, $within_grace_again, $may_fork_again,
                    $as_rotated, $as_ahead, $as_replayed, $as_forked, $as_reused
                }
            };
            (
                $presented:expr, $in_time:expr, $fork_or_not:expr,
                $as_rotated:expr, $as_ahead:expr, $as_replayed:expr, $as_forked:expr, $as_reused:expr
            ) => {
                case_when(head.eq($presented), $as_rotated)
                    .when(head.lt($seq_again), $as_ahead)
                    .when(parent.eq($seq_again).and($in_time), $as_replayed)
                    .when(parent.eq($seq_again).and($fork_or_not), $as_forked)
                    .otherwise($as_reused)
            };
        }

        (
            verdict.eq(by_verdict! {
                $seq, $within_grace, $may_fork,
                judged_as(RotationOutcome::Rotated),
                judged_as(RotationOutcome::Ahead),
                judged_as(RotationOutcome::Replayed),
                judged_as(RotationOutcome::Forked),
                judged_as(RotationOutcome::Reused)
            }),
            parent.eq(by_verdict! {
                rotated: $seq_again,
                ahead: $seq_again,
                replayed: parent,
                // The parent stays the parent: a client that retries it within the new window gets the new head.
                forked: parent,
                reused: parent
            }),
            head.eq(by_verdict! {
                rotated: $next,
                ahead: $next_again,
                replayed: head,
                forked: head + sql::<BigInt>("1"),
                reused: head
            }),
            idle_until.eq(by_verdict! {
                rotated: idle_until_first,
                ahead: idle_until_again,
                replayed: idle_until,
                forked: idle_until_again,
                reused: idle_until
            }),
            head_at.eq(by_verdict! {
                rotated: $now,
                ahead: $now_again,
                replayed: head_at,
                forked: $now_again,
                reused: head_at
            }),
            revoked_at.eq(by_verdict! {
                rotated: revoked_at,
                ahead: revoked_at,
                replayed: revoked_at,
                forked: revoked_at,
                reused: revoked_now
            }),
            revoked_why.eq(by_verdict! {
                rotated: revoked_why,
                ahead: revoked_why,
                replayed: revoked_why,
                forked: revoked_why,
                reused: why(RevocationReason::Reuse)
            }),
        )
    }};
}
pub(in crate::store) use judge;

/// What a live row becomes at `now` when its account is closed, as a tuple for `set`.
macro_rules! ended {
    (now: $now:expr $(,)?) => {
        (
            verdict.eq(Some($crate::store::RotationOutcome::AccountClosed.as_str())),
            revoked_at.eq($now),
            revoked_why.eq(Some($crate::store::RevocationReason::AccountClosed.as_str())),
        )
    };
}
pub(in crate::store) use ended;

/// A row that the rotation did not find live, or `None` where there is none.
pub(in crate::store) struct DeadRow {
    pub(in crate::store) secret_hash: Vec<u8>,
    pub(in crate::store) expires_at: i64,
    pub(in crate::store) idle_until: i64,
    /// Revoked, or of an older epoch than its user.
    pub(in crate::store) revoked: bool,
}

/// Why `presented` was not judged at `now`; `None` when the row is live after all.
pub(in crate::store) fn rejection(
    found: Option<DeadRow>,
    presented: &PresentedToken,
    now: Timestamp,
) -> Option<Rejection> {
    let Some(row) = found else {
        return Some(Rejection::Unknown);
    };
    if row.secret_hash != presented.secret.0 {
        Some(Rejection::WrongSecret)
    } else if now.millis() >= row.expires_at.min(row.idle_until) {
        Some(Rejection::Expired)
    } else if row.revoked {
        Some(Rejection::Revoked)
    } else {
        None
    }
}
