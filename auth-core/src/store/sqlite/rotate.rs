//! The rotation machine: a presented refresh token is judged, and the row changed, by one statement.

use diesel::dsl::{case_when, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::prepared::Prepared;
use super::row::{SessionRow, roles_from_text, verdict_from_word, verdict_to_word};
use super::schema::{auth_accounts, auth_cutoffs, auth_sessions, live};
use crate::clock::{Timestamp, millis_of};
use crate::store::{
    Presented, Rejected, RevokedWhy, Rotated, Rotation, RotationMode, RotationPolicy, StoreError, Verdict,
};

/// The highest `seq` a token can have: what a JSON number carries exactly.
const MAX_SEQ: i64 = 1 << 53;

/// Judges `presented` at `now` and does what the verdict asks.
///
/// The `UPDATE` finds the row only while it is live and the secret matches. All its columns are set by the same `CASE`,
/// so none can disagree with another about the verdict. RETURNING shows new values only, hence the verdict is one of
/// the columns. The user's account, roles and cut-off are read by the same statement.
pub(super) fn rotate(
    conn: &mut SqliteConnection,
    now: Timestamp,
    presented: Presented,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Rotation, StoreError> {
    use auth_sessions::columns::*;

    if !(0..=MAX_SEQ).contains(&presented.seq) {
        // No token of ours. It must not meet the -1 that stands for "no parent yet".
        return Ok(Rotation::Rejected(Rejected::WrongSecret));
    }

    let seq = presented.seq;
    let now_ms = now.millis();
    let now_value = now_ms.into_sql::<BigInt>();
    let new_idle_end = now.plus(policy.idle).millis();
    let new_idle_until = case_when(expires_at.lt(new_idle_end), expires_at).otherwise(new_idle_end);
    let revoked_now = Some(now_ms).into_sql::<Nullable<BigInt>>();
    let why = |reason: RevokedWhy| Some(reason.as_str()).into_sql::<Nullable<Text>>();
    let word = |judged_as: Verdict| Some(verdict_to_word(judged_as)).into_sql::<Nullable<Text>>();

    let account_open = auth_accounts::table
        .filter(auth_accounts::id.eq(user_id))
        .filter(auth_accounts::disabled_at.is_null());
    let account_closed = keeps_accounts.into_sql::<Bool>().and(not(exists(account_open)));
    // `now <= head_at + grace`, which is also true before `head_at`, after the clock was set back.
    let grace = millis_of(policy.grace);
    let within_grace = (grace > 0)
        .into_sql::<Bool>()
        .and(head_at.ge(now_ms.saturating_sub(grace)));
    let may_fork = (policy.mode == RotationMode::Recoverable).into_sql::<Bool>();

    // What a column becomes under each verdict; the conditions are those of the machine's table, from top to bottom.
    macro_rules! by_verdict {
        (
            account_closed: $closed:expr,
            rotated: $rotated:expr,
            ahead: $ahead:expr,
            replayed: $replayed:expr,
            forked: $forked:expr,
            reused: $reused:expr $(,)?
        ) => {
            case_when(account_closed, $closed)
                .when(head.eq(seq), $rotated)
                .when(head.lt(seq), $ahead)
                .when(parent.eq(seq).and(within_grace), $replayed)
                .when(parent.eq(seq).and(may_fork), $forked)
                .otherwise($reused)
        };
    }

    // In RETURNING, Diesel writes column names without their table for SQLite, and a bare `user_id` inside a sub-select
    // would be the one of the table selected from. So the row is looked up once more, by its id.
    let own_row = diesel::alias!(auth_sessions as own_row);
    let owner = own_row
        .filter(own_row.field(id).eq(presented.session.to_string()))
        .select(own_row.field(user_id))
        .single_value();
    let cutoff_of_owner = auth_cutoffs::table
        .filter(auth_cutoffs::user_id.nullable().eq(owner.clone()))
        .select(auth_cutoffs::at)
        .single_value();
    let roles_of_owner = auth_accounts::table
        .filter(auth_accounts::id.nullable().eq(owner))
        .select(auth_accounts::roles)
        .single_value();

    let live_row = auth_sessions::table
        .filter(id.eq(presented.session.to_string()))
        .filter(secret_hash.eq(presented.secret.0.as_slice()))
        .filter(live(now_ms));

    let judge = diesel::update(live_row)
        .set((
            verdict.eq(by_verdict! {
                account_closed: word(Verdict::AccountClosed),
                rotated: word(Verdict::Rotated),
                ahead: word(Verdict::Ahead),
                replayed: word(Verdict::Replayed),
                forked: word(Verdict::Forked),
                reused: word(Verdict::Reused),
            }),
            parent.eq(by_verdict! {
                account_closed: parent,
                rotated: seq,
                ahead: seq,
                replayed: parent,
                // The parent stays the parent: whoever retries it within the new window gets the new head.
                forked: parent,
                reused: parent,
            }),
            head.eq(by_verdict! {
                account_closed: head,
                rotated: seq + 1,
                ahead: seq + 1,
                replayed: head,
                forked: head + 1,
                reused: head,
            }),
            head_at.eq(by_verdict! {
                account_closed: head_at,
                rotated: now_value,
                ahead: now_value,
                replayed: head_at,
                forked: now_value,
                reused: head_at,
            }),
            idle_until.eq(by_verdict! {
                account_closed: idle_until,
                rotated: new_idle_until,
                ahead: new_idle_until,
                replayed: idle_until,
                forked: new_idle_until,
                reused: idle_until,
            }),
            revoked_at.eq(by_verdict! {
                account_closed: revoked_now,
                rotated: revoked_at,
                ahead: revoked_at,
                replayed: revoked_at,
                forked: revoked_at,
                reused: revoked_now,
            }),
            revoked_why.eq(by_verdict! {
                account_closed: why(RevokedWhy::AccountClosed),
                rotated: revoked_why,
                ahead: revoked_why,
                replayed: revoked_why,
                forked: revoked_why,
                reused: why(RevokedWhy::Reuse),
            }),
        ))
        .returning((SessionRow::as_returning(), verdict, cutoff_of_owner, roles_of_owner));
    let judged = Prepared::<TheRotation, _>::new(judge)
        .get_result::<(SessionRow, Option<String>, Option<i64>, Option<String>)>(conn)
        .optional()?;

    let Some((row, judged_as, cutoff, roles)) = judged else {
        return why_rejected(conn, now, presented).map(Rotation::Rejected);
    };
    Ok(Rotation::Judged(Rotated {
        verdict: verdict_from_word(judged_as.as_deref())?,
        session: row.try_into()?,
        now,
        cutoff: cutoff.map(Timestamp::from_millis),
        // Roles of an application's own accounts are not ours to say; a missing account has none.
        roles: keeps_accounts
            .then(|| roles.map_or(Ok(Vec::new()), |text| roles_from_text(&text)))
            .transpose()?,
    }))
}

/// The name of the statement among the prepared ones.
struct TheRotation;

/// Why the statement found no live row. It runs in the same transaction, so the row is the one that was not found.
fn why_rejected(conn: &mut SqliteConnection, now: Timestamp, presented: Presented) -> Result<Rejected, StoreError> {
    use auth_sessions::columns::*;

    let row = auth_sessions::table
        .find(presented.session.to_string())
        .select((secret_hash, expires_at, idle_until, revoked_at))
        .first::<(Vec<u8>, i64, i64, Option<i64>)>(conn)
        .optional()?;
    let Some((hash, absolute_end, idle_end, revoked)) = row else {
        return Ok(Rejected::Unknown);
    };
    if hash != presented.secret.0 {
        Ok(Rejected::WrongSecret)
    } else if now.millis() >= absolute_end.min(idle_end) {
        Ok(Rejected::Expired)
    } else if revoked.is_some() {
        Ok(Rejected::Revoked)
    } else {
        Err(StoreError::Corrupt(
            "a live session that the rotation did not find".to_owned(),
        ))
    }
}
