//! The rotation machine: a presented refresh token is judged, and the row changed, by one statement.

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::schema::{SessionRow, auth_accounts, auth_sessions, auth_users, live};
use super::users::{counters_of, end_epoch};
use crate::clock::{Timestamp, millis_of};
use crate::store::rotation::{DeadRow, ended, is_valid_generation, judge, rejection};
use crate::store::row::{StoredRoles, outcome_from_word};
use crate::store::statement::{Prepared, again, statements};
use crate::store::{
    PresentedToken, Rejection, RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy, Session,
    StoreError, UserCounters,
};

/// Judges `presented` at `now` and does what the verdict asks.
///
/// The `UPDATE` finds the row only while it is live, the secret matches, the epoch is the user's and the account is enabled.
/// The user's account and roles are read by the same statement.
pub(super) fn rotate(
    conn: &mut SqliteConnection,
    now: Timestamp,
    presented: PresentedToken,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Rotation, StoreError> {
    use auth_sessions::columns::*;

    if !is_valid_generation(&presented) {
        return Ok(Rotation::Rejected(Rejection::WrongSecret));
    }

    let now_ms = now.millis();
    let account_open = auth_accounts::table
        .filter(auth_accounts::id.eq(user_id))
        .filter(auth_accounts::disabled_at.is_null());
    // `now <= head_at + grace`, which is also true before `head_at`, after the clock was set back.
    let grace = millis_of(policy.grace);
    // The numbers count what is bound before.
    let changes = judge! {
        seq: [presented.seq, again::<1, BigInt>()],
        within_grace: [
            (grace > 0).into_sql::<Bool>().and(head_at.ge(now_ms.saturating_sub(grace))),
            again::<2, Bool>().and(head_at.ge(again::<3, BigInt>()))
        ],
        may_fork: [(policy.mode == RotationMode::Recoverable).into_sql::<Bool>(), again::<4, Bool>()],
        next: [presented.seq.saturating_add(1).into_sql::<BigInt>(), again::<5, BigInt>()],
        idle_end: [now.plus(policy.idle).millis(), again::<6, BigInt>()],
        now: [now_ms.into_sql::<BigInt>(), again::<7, BigInt>()],
    };

    // In RETURNING, Diesel writes column names without their table for SQLite, and a bare `user_id` inside a sub-select
    // would be the one of the table selected from. So the row is looked up once more, by its id.
    let own_row = diesel::alias!(auth_sessions as own_row);
    let owner = own_row
        .filter(own_row.field(id).eq(presented.session.to_string()))
        .select(own_row.field(user_id))
        .single_value();
    let roles_version_of_owner = auth_users::table
        .filter(auth_users::user_id.nullable().eq(owner.clone()))
        .select(auth_users::roles_version)
        .single_value();
    let roles_of_owner = auth_accounts::table
        .filter(auth_accounts::id.nullable().eq(owner))
        .select(auth_accounts::roles)
        .single_value();

    let live_row = auth_sessions::table
        .filter(id.eq(presented.session.to_string()))
        .filter(secret_hash.eq(presented.secret.0.as_slice()))
        .filter(live(now_ms))
        .filter(exists(epoch_current()))
        .filter(sql::<Bool>(if keeps_accounts { "FALSE" } else { "TRUE" }).or(exists(account_open)));
    let judged = diesel::update(live_row).set(changes).returning((
        SessionRow::as_returning(),
        verdict,
        roles_version_of_owner,
        roles_of_owner,
    ));
    let judged = if keeps_accounts {
        Prepared::<Kept, _>::new(judged).get_result(conn)
    } else {
        Prepared::<NotKept, _>::new(judged).get_result(conn)
    };
    let judged: Option<JudgedRow> = judged.optional()?;

    let Some((row, judged_as, roles_version, roles)) = judged else {
        return match reject(conn, now, presented)? {
            Some(why) => Ok(Rotation::Rejected(why)),
            // What else it was not found for.
            None if keeps_accounts => end(conn, now, presented).map(Rotation::Judged),
            None => Err(StoreError::Corrupt(
                "a live session that the rotation did not find".to_owned(),
            )),
        };
    };
    let (judged_as, session) = (outcome_from_word(judged_as.as_deref())?, Session::try_from(row)?);
    let new_epoch = (judged_as == RotationOutcome::Reused && policy.reuse_ends_user)
        .then(|| end_epoch(conn, now, &session.user))
        .transpose()?;
    let counters = UserCounters {
        epoch: session.epoch,
        roles_version: roles_version.unwrap_or_default(),
    };
    Ok(Rotation::Judged(RotatedSession {
        verdict: judged_as,
        session,
        now,
        counters: new_epoch.as_ref().map_or(counters, |began| began.counters),
        new_epoch,
        // Roles of an application's own accounts are not ours to say; a missing account has none.
        roles: keeps_accounts
            .then(|| roles.map_or(Ok(Vec::new()), StoredRoles::names))
            .transpose()?,
    }))
}

/// The user of a session, while the session's epoch is the user's.
#[diesel::dsl::auto_type]
fn epoch_current() -> _ {
    auth_users::table
        .filter(auth_users::user_id.eq(auth_sessions::user_id))
        .filter(auth_users::epoch.eq(auth_sessions::epoch))
}

/// What it answers: the row, the verdict, the user's roles version and roles.
type JudgedRow = (SessionRow, Option<String>, Option<i64>, Option<String>);

// The two differ in a word of their text, so that the database need not prepare to look for an account where there is none.
statements! {
    /// The rotation where accounts are kept here.
    Kept,
    /// The rotation where accounts are the application's.
    NotKept,
}

/// Ends a session whose account is closed.
fn end(conn: &mut SqliteConnection, now: Timestamp, presented: PresentedToken) -> Result<RotatedSession, StoreError> {
    use auth_sessions::columns::*;

    let row = auth_sessions::table.find(presented.session.to_string());
    let row: SessionRow = diesel::update(row)
        .set(ended! { now: now.millis() })
        .returning(SessionRow::as_returning())
        .get_result(conn)?;
    let session = Session::try_from(row)?;
    Ok(RotatedSession {
        verdict: RotationOutcome::AccountClosed,
        counters: counters_of(conn, &session.user)?,
        new_epoch: None,
        session,
        now,
        roles: Some(Vec::new()),
    })
}

/// Why the statement found no live row; `None` when there is one. It runs in the same transaction, so the row is the one
/// that was not found.
fn reject(
    conn: &mut SqliteConnection,
    now: Timestamp,
    presented: PresentedToken,
) -> Result<Option<Rejection>, StoreError> {
    use auth_sessions::columns::*;

    let found = auth_sessions::table
        .find(presented.session.to_string())
        .select((
            (secret_hash, expires_at, idle_until),
            revoked_at.is_null().and(exists(epoch_current())),
        ))
        .first::<((Vec<u8>, i64, i64), bool)>(conn)
        .optional()?;
    let found = found.map(|((hash, absolute_end, idle_end), unrevoked)| DeadRow {
        secret_hash: hash,
        expires_at: absolute_end,
        idle_until: idle_end,
        revoked: !unrevoked,
    });
    Ok(rejection(found, &presented, now))
}
