//! The rotation machine: a presented refresh token is judged, and the row changed, by one statement.
//!
//! It runs alone, without a transaction around it: one message to the database and one back. When it waits for another
//! statement that holds the row, it judges the row as that one left it, but reads account, roles and counters as they were
//! when it began: all of them at once, so a token that carries former roles carries the former roles version too, and is
//! stale. Only where a reuse ends all sessions of the user is there a transaction, for the second statement.

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::pool::{Failure, confirmed};
use super::schema::{SessionRow, auth_accounts, auth_now, auth_sessions, auth_users, later, live};
use super::span_of;
use super::users::{counters_of, end_epoch};
use crate::clock::Timestamp;
use crate::store::rotation::{DeadRow, ended, is_valid_generation, judge, rejection};
use crate::store::row::outcome_from_word;
use crate::store::statement::{Prepared, again, statements};
use crate::store::{
    PresentedToken, Rejection, RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy, Session,
    StoreError, UserCounters,
};

/// Between the statement that found no live row and those that ask why, another may have made it live, or its account open:
/// one that began before its idle end and was still under way. Then the first is asked again.
const ATTEMPTS: usize = 3;

/// Judges `presented` and does what the verdict asks.
pub(super) async fn rotate(
    conn: &mut AsyncPgConnection,
    presented: PresentedToken,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Rotation, Failure> {
    if !is_valid_generation(&presented) {
        return Ok(Rotation::Rejected(Rejection::WrongSecret));
    }
    for _ in 0..ATTEMPTS {
        if let Some(mut rotated) = try_rotate(conn, presented, policy, keeps_accounts).await? {
            if rotated.verdict == RotationOutcome::Reused && policy.reuse_ends_user {
                let epoch = end_epoch(conn, &rotated.session.user).await?;
                rotated.counters = epoch.counters;
                rotated.new_epoch = Some(epoch);
            }
            return Ok(Rotation::Judged(rotated));
        }
        if let Some(why) = reject(conn, presented).await? {
            return Ok(Rotation::Rejected(why));
        }
        if keeps_accounts && let Some(ended) = end(conn, presented).await? {
            return Ok(Rotation::Judged(ended));
        }
    }
    Err(StoreError::Corrupt("a live session that the rotation did not find".to_owned()).into())
}

/// The statement. It finds the row only while it is live, the secret matches, the epoch is the user's and the account is
/// enabled.
async fn try_rotate(
    conn: &mut AsyncPgConnection,
    presented: PresentedToken,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Option<RotatedSession>, Failure> {
    use auth_sessions::columns::*;

    // `now <= head_at + grace`, which is also true before `head_at`, after the clock was set back.
    let grace = span_of(policy.grace);
    // The numbers count what is bound before.
    let changes = judge! {
        seq: [presented.seq, again::<1, BigInt>()],
        within_grace: [
            (grace > 0).into_sql::<Bool>().and(head_at.ge(later(-grace))),
            again::<2, Bool>().and(head_at.ge(later(again::<3, BigInt>())))
        ],
        may_fork: [(policy.mode == RotationMode::Recoverable).into_sql::<Bool>(), again::<4, Bool>()],
        next: [presented.seq.saturating_add(1).into_sql::<BigInt>(), again::<5, BigInt>()],
        idle_end: [later(span_of(policy.idle)), later(again::<6, BigInt>())],
        now: [auth_now(), auth_now()],
    };

    // Here Diesel writes every column with its table, so these two are about the row's own user.
    let roles_version_of_owner = auth_users::table
        .filter(auth_users::user_id.eq(user_id))
        .select(auth_users::roles_version)
        .single_value();
    let roles_of_owner = auth_accounts::table
        .filter(auth_accounts::id.eq(user_id))
        .select(auth_accounts::roles)
        .single_value();

    let live_row = auth_sessions::table
        .filter(id.eq(presented.session.0))
        .filter(secret_hash.eq(presented.secret.0.as_slice()))
        .filter(live())
        .filter(exists(epoch_current()))
        .filter(sql::<Bool>(if keeps_accounts { "FALSE" } else { "TRUE" }).or(exists(account_open())));
    let judged = diesel::update(live_row).set(changes).returning((
        SessionRow::as_returning(),
        verdict,
        auth_now(),
        roles_version_of_owner,
        roles_of_owner,
    ));
    let judged: Option<JudgedRow> = if keeps_accounts {
        confirmed(Prepared::<Kept, _>::new(judged).get_results(conn)).await?
    } else {
        confirmed(Prepared::<NotKept, _>::new(judged).get_results(conn)).await?
    };

    let Some((row, judged_as, now, roles_version, roles)) = judged else {
        return Ok(None);
    };
    let session = Session::try_from(row)?;
    Ok(Some(RotatedSession {
        verdict: outcome_from_word(judged_as.as_deref())?,
        now: Timestamp::from_millis(now),
        counters: UserCounters {
            epoch: session.epoch,
            roles_version: roles_version.unwrap_or_default(),
        },
        new_epoch: None,
        session,
        // Roles of an application's own accounts are not ours to say; a missing account has none.
        roles: keeps_accounts.then(|| roles.unwrap_or_default()),
    }))
}

/// The account of a session's user, while it is open.
#[diesel::dsl::auto_type]
fn account_open() -> _ {
    auth_accounts::table
        .filter(auth_accounts::id.eq(auth_sessions::user_id))
        .filter(auth_accounts::disabled_at.is_null())
}

/// The user of a session, while the session's epoch is the user's.
#[diesel::dsl::auto_type]
fn epoch_current() -> _ {
    auth_users::table
        .filter(auth_users::user_id.eq(auth_sessions::user_id))
        .filter(auth_users::epoch.eq(auth_sessions::epoch))
}

/// What it answers: the row, the verdict, when it began, the user's roles version and roles.
type JudgedRow = (SessionRow, Option<String>, i64, Option<i64>, Option<Vec<String>>);

// The two differ in a word of their text, so that the database need not prepare to look for an account where there is none.
statements! {
    /// The rotation where accounts are kept here.
    Kept,
    /// The rotation where accounts are the application's.
    NotKept,
}

/// Ends a live session whose account is closed; `None` when there is none by now.
async fn end(conn: &mut AsyncPgConnection, presented: PresentedToken) -> Result<Option<RotatedSession>, Failure> {
    use auth_sessions::columns::*;

    let row = auth_sessions::table
        .filter(id.eq(presented.session.0))
        .filter(secret_hash.eq(presented.secret.0.as_slice()))
        .filter(live())
        .filter(exists(epoch_current()))
        .filter(not(exists(account_open())));
    let ended = diesel::update(row)
        .set(ended! { now: auth_now().nullable() })
        .returning((SessionRow::as_returning(), auth_now()))
        .get_results::<(SessionRow, i64)>(conn);
    let Some((row, now)) = confirmed(ended).await? else {
        return Ok(None);
    };
    let session = Session::try_from(row)?;
    Ok(Some(RotatedSession {
        verdict: RotationOutcome::AccountClosed,
        counters: counters_of(conn, &session.user).await?,
        new_epoch: None,
        session,
        now: Timestamp::from_millis(now),
        roles: Some(Vec::new()),
    }))
}

/// Why the statement found no live row; `None` when there is one by now.
async fn reject(conn: &mut AsyncPgConnection, presented: PresentedToken) -> Result<Option<Rejection>, Failure> {
    use auth_sessions::columns::*;

    let found = auth_sessions::table
        .find(presented.session.0)
        .select((
            (secret_hash, expires_at, idle_until),
            revoked_at.is_null().and(exists(epoch_current())),
            auth_now(),
        ))
        .first::<((Vec<u8>, i64, i64), bool, i64)>(conn)
        .await
        .optional()?;
    let now = Timestamp::from_millis(found.as_ref().map_or(0, |row| row.2));
    let found = found.map(|((hash, absolute_end, idle_end), unrevoked, _)| DeadRow {
        secret_hash: hash,
        expires_at: absolute_end,
        idle_until: idle_end,
        revoked: !unrevoked,
    });
    Ok(rejection(found, &presented, now))
}
