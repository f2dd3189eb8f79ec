//! The rotation machine of `design.md` §4 as the `SET` of an `UPDATE`, the same for every engine.

use crate::clock::Timestamp;
use crate::store::{Presented, Rejected};

/// The highest `seq` a token can have: what a JSON number carries exactly.
const MAX_SEQ: i64 = 1 << 53;

/// Whether `presented` can be a token of ours. One that cannot must not meet the -1 that stands for "no parent yet".
pub(in crate::store) fn can_be_ours(presented: &Presented) -> bool {
    (0..=MAX_SEQ).contains(&presented.seq)
}

/// What every column of `auth_sessions` becomes when a token is presented, as a tuple for `set`.
///
/// All columns are set by the same `CASE`, so none can disagree with another about the verdict. RETURNING shows new values
/// only, hence the verdict is one of the columns. Expects the columns of `auth_sessions` in scope, and takes as Diesel's
/// expressions: `now` (in milliseconds), `idle_end` (the idle end if the session goes on), whether the `account` is
/// `closed`, whether `now` is within the `grace` of the head, and whether a fork is allowed.
macro_rules! judge {
    (
        seq: $seq:expr,
        now: $now:expr,
        idle_end: $idle_end:expr,
        account_closed: $account_closed:expr,
        within_grace: $within_grace:expr,
        may_fork: $may_fork:expr $(,)?
    ) => {{
        use diesel::dsl::case_when;
        use diesel::sql_types::{Nullable, Text};
        use $crate::store::row::verdict_to_word;
        use $crate::store::{RevokedWhy, Verdict};

        let (seq, now, idle_end) = ($seq, $now, $idle_end);
        let new_idle_until = case_when(expires_at.lt(idle_end.clone()), expires_at).otherwise(idle_end);
        let revoked_now = now.clone().nullable();
        let why = |reason: RevokedWhy| Some(reason.as_str()).into_sql::<Nullable<Text>>();
        let word = |judged_as: Verdict| Some(verdict_to_word(judged_as)).into_sql::<Nullable<Text>>();

        // What a column becomes under each verdict; the conditions are those of the machine's table, from top to bottom.
        macro_rules! by_verdict {
            (
                account_closed: $closed:expr,
                rotated: $rotated:expr,
                ahead: $ahead:expr,
                replayed: $replayed:expr,
                forked: $forked:expr,
                reused: $reused:expr
            ) => {
                case_when($account_closed, $closed)
                    .when(head.eq(seq), $rotated)
                    .when(head.lt(seq), $ahead)
                    .when(parent.eq(seq).and($within_grace), $replayed)
                    .when(parent.eq(seq).and($may_fork), $forked)
                    .otherwise($reused)
            };
        }

        (
            verdict.eq(by_verdict! {
                account_closed: word(Verdict::AccountClosed),
                rotated: word(Verdict::Rotated),
                ahead: word(Verdict::Ahead),
                replayed: word(Verdict::Replayed),
                forked: word(Verdict::Forked),
                reused: word(Verdict::Reused)
            }),
            parent.eq(by_verdict! {
                account_closed: parent,
                rotated: seq,
                ahead: seq,
                replayed: parent,
                // The parent stays the parent: whoever retries it within the new window gets the new head.
                forked: parent,
                reused: parent
            }),
            head.eq(by_verdict! {
                account_closed: head,
                rotated: seq + 1,
                ahead: seq + 1,
                replayed: head,
                forked: head + 1,
                reused: head
            }),
            head_at.eq(by_verdict! {
                account_closed: head_at,
                rotated: now.clone(),
                ahead: now.clone(),
                replayed: head_at,
                forked: now.clone(),
                reused: head_at
            }),
            idle_until.eq(by_verdict! {
                account_closed: idle_until,
                rotated: new_idle_until.clone(),
                ahead: new_idle_until.clone(),
                replayed: idle_until,
                forked: new_idle_until.clone(),
                reused: idle_until
            }),
            revoked_at.eq(by_verdict! {
                account_closed: revoked_now.clone(),
                rotated: revoked_at,
                ahead: revoked_at,
                replayed: revoked_at,
                forked: revoked_at,
                reused: revoked_now.clone()
            }),
            revoked_why.eq(by_verdict! {
                account_closed: why(RevokedWhy::AccountClosed),
                rotated: revoked_why,
                ahead: revoked_why,
                replayed: revoked_why,
                forked: revoked_why,
                reused: why(RevokedWhy::Reuse)
            }),
        )
    }};
}
pub(in crate::store) use judge;

/// A row that the rotation did not find live, or `None` where there is none.
pub(in crate::store) struct Found {
    pub(in crate::store) secret_hash: Vec<u8>,
    pub(in crate::store) expires_at: i64,
    pub(in crate::store) idle_until: i64,
    pub(in crate::store) revoked_at: Option<i64>,
}

/// Why `presented` was not judged at `now`; `None` when the row is live after all.
pub(in crate::store) fn why_rejected(found: Option<Found>, presented: &Presented, now: Timestamp) -> Option<Rejected> {
    let Some(row) = found else {
        return Some(Rejected::Unknown);
    };
    if row.secret_hash != presented.secret.0 {
        Some(Rejected::WrongSecret)
    } else if now.millis() >= row.expires_at.min(row.idle_until) {
        Some(Rejected::Expired)
    } else if row.revoked_at.is_some() {
        Some(Rejected::Revoked)
    } else {
        None
    }
}
