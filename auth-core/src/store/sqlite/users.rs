//! The users' counters: `auth_users`, and what is done to sessions by them.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::schema::{SessionRow, auth_sessions, auth_tickets, auth_users, live};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{KeptSession, NewEpoch, RenewedSession, StoreError, UserCounters};

/// The user's counters; 0 where there is no row.
pub(super) fn counters_of(conn: &mut SqliteConnection, user: &UserId) -> QueryResult<UserCounters> {
    let row = auth_users::table
        .find(user.as_str())
        .select((auth_users::epoch, auth_users::roles_version));
    let row = row.first::<(i64, i64)>(conn).optional()?;
    Ok(row.map(UserCounters::from).unwrap_or_default())
}

/// Makes the user's row if it is not there.
pub(super) fn ensure_row(conn: &mut SqliteConnection, user: &UserId) -> QueryResult<()> {
    diesel::insert_or_ignore_into(auth_users::table)
        .values(auth_users::user_id.eq(user.as_str()))
        .execute(conn)
        .map(drop)
}

/// Ends every ticket of a user.
pub(super) fn end_tickets(conn: &mut SqliteConnection, now: Timestamp, user: &UserId) -> QueryResult<()> {
    let open = auth_tickets::user_id
        .eq(user.as_str())
        .and(auth_tickets::used_at.is_null());
    diesel::update(auth_tickets::table.filter(open))
        .set(auth_tickets::used_at.eq(now.millis()))
        .execute(conn)
        .map(drop)
}

/// Begins a new epoch, and ends the user's tickets: what disabling an account does, in its own
/// transaction.
pub(super) fn end_epoch_and_tickets(
    conn: &mut SqliteConnection,
    now: Timestamp,
    user: &UserId,
) -> QueryResult<NewEpoch> {
    end_tickets(conn, now, user)?;
    end_epoch(conn, now, user)
}

/// Begins a new epoch.
pub(super) fn end_epoch(conn: &mut SqliteConnection, now: Timestamp, user: &UserId) -> QueryResult<NewEpoch> {
    let ended = auth_sessions::table
        .filter(auth_sessions::user_id.eq(user.as_str()))
        .filter(auth_sessions::epoch.eq(counters_of(conn, user)?.epoch))
        .filter(live(now.millis()))
        .select(count_star())
        .get_result::<i64>(conn)?;
    let more = UserCounters {
        epoch: 1,
        ..UserCounters::default()
    };
    Ok(NewEpoch {
        counters: add(conn, now, user, more)?,
        ended: ended.cast_unsigned(),
    })
}

/// Begins a new epoch under which `kept` goes on; `None`, and nothing changed, where it is not
/// live.
pub(super) fn end_epoch_but(
    conn: &mut SqliteConnection,
    now: Timestamp,
    user: &UserId,
    kept: KeptSession,
) -> Result<Option<RenewedSession>, StoreError> {
    let row = auth_sessions::table
        .find(kept.id.to_string())
        .filter(auth_sessions::user_id.eq(user.as_str()))
        .filter(auth_sessions::epoch.eq(counters_of(conn, user)?.epoch))
        .filter(live(now.millis()));
    let found = row.select((
        auth_sessions::secret_hash,
        auth_sessions::expires_at,
        auth_sessions::previous,
    ));
    let Some((secret, expires_at, previous)) = found.first::<(Vec<u8>, i64, i64)>(conn).optional()? else {
        return Ok(None);
    };
    let mut epoch = end_epoch_and_tickets(conn, now, user)?;
    epoch.ended = epoch.ended.saturating_sub(1);
    // No token of before carries the new secret, so none of them is the previous token.
    let (secret, previous) = kept.secret.map_or((secret, previous), |hash| (hash.0.to_vec(), -1));
    let session: SessionRow = diesel::update(auth_sessions::table.find(kept.id.to_string()))
        .set((
            auth_sessions::epoch.eq(epoch.counters.epoch),
            auth_sessions::secret_hash.eq(secret),
            auth_sessions::previous.eq(previous),
            auth_sessions::idle_until.eq(now.plus(kept.idle).millis().min(expires_at)),
        ))
        .returning(SessionRow::as_returning())
        .get_result(conn)?;
    Ok(Some(RenewedSession {
        session: session.try_into()?,
        now,
        epoch,
        roles: None,
    }))
}

/// Makes the user's access tokens of before stale. Also what changing roles does, in its own
/// transaction.
pub(super) fn change_roles_version(
    conn: &mut SqliteConnection,
    now: Timestamp,
    user: &UserId,
) -> QueryResult<UserCounters> {
    let more = UserCounters {
        roles_version: 1,
        ..UserCounters::default()
    };
    add(conn, now, user, more)
}

/// Adds to the user's counters; answers with them.
fn add(conn: &mut SqliteConnection, now: Timestamp, user: &UserId, more: UserCounters) -> QueryResult<UserCounters> {
    ensure_row(conn, user)?;
    let counters = diesel::update(auth_users::table.find(user.as_str()))
        .set((
            auth_users::epoch.eq(auth_users::epoch + more.epoch),
            auth_users::roles_version.eq(auth_users::roles_version + more.roles_version),
            auth_users::changed_at.eq(now.millis()),
        ))
        .returning((auth_users::epoch, auth_users::roles_version))
        .get_result::<(i64, i64)>(conn)?;
    Ok(counters.into())
}
