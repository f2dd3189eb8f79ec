//! The users' counters: `auth_users`, and what is done to sessions by them.
//!
//! The row of a user is also the lock that a sign-in and the end of an epoch take turns by. What
//! changes an account takes the account's row first and this one second; a sign-in takes only this
//! one.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::pool::Failure;
use super::schema::{SessionRow, auth_accounts, auth_now, auth_sessions, auth_tickets, auth_users, later, least, live};
use super::span_of;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{KeptSession, NewEpoch, RenewedSession, UserCounters};

/// The user's counters; 0 where there is no row.
pub(super) async fn counters_of(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<UserCounters> {
    let row = auth_users::table
        .find(user.as_str())
        .select((auth_users::epoch, auth_users::roles_version));
    let row = row.first::<(i64, i64)>(conn).await.optional()?;
    Ok(row.map(UserCounters::from).unwrap_or_default())
}

/// Locks the user's row to the end of the transaction, and makes it if it is not there; answers
/// with the counters and the time.
pub(super) async fn lock(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<(UserCounters, Timestamp)> {
    let row = auth_users::table
        .find(user.as_str())
        .select((auth_users::epoch, auth_users::roles_version, auth_now()))
        .for_no_key_update();
    let found = row.first::<(i64, i64, i64)>(conn).await.optional()?;
    let (epoch, version, now) = match found {
        Some(found) => found,
        None => {
            ensure_row(conn, user).await?;
            row.first(conn).await?
        }
    };
    Ok(((epoch, version).into(), Timestamp::from_millis(now)))
}

async fn ensure_row(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<()> {
    diesel::insert_into(auth_users::table)
        .values(auth_users::user_id.eq(user.as_str()))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// Ends every ticket of a user. The user's row must be locked, so that no ticket is made meanwhile.
pub(super) async fn end_tickets(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<()> {
    let open = auth_tickets::user_id
        .eq(user.as_str())
        .and(auth_tickets::used_at.is_null());
    diesel::update(auth_tickets::table.filter(open))
        .set(auth_tickets::used_at.eq(auth_now().nullable()))
        .execute(conn)
        .await
        .map(drop)
}

/// Begins a new epoch, and ends the user's tickets: what disabling an account does, in its own
/// transaction.
pub(super) async fn end_epoch_and_tickets(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<NewEpoch> {
    let epoch = end_epoch(conn, user).await?;
    end_tickets(conn, user).await?;
    Ok(epoch)
}

/// Begins a new epoch.
pub(super) async fn end_epoch(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<NewEpoch> {
    let more = UserCounters {
        epoch: 1,
        ..UserCounters::default()
    };
    let counters = add(conn, user, more).await?;
    let ended = auth_sessions::table
        .filter(auth_sessions::user_id.eq(user.as_str()))
        .filter(auth_sessions::epoch.eq(counters.epoch - 1))
        .filter(live())
        .select(count_star());
    Ok(NewEpoch {
        counters,
        ended: ended.get_result::<i64>(conn).await?.cast_unsigned(),
    })
}

/// Begins a new epoch under which `kept` goes on; `None`, and nothing changed, where it is not
/// live.
pub(super) async fn end_epoch_but(
    conn: &mut AsyncPgConnection,
    user: &UserId,
    kept: KeptSession,
) -> Result<Option<RenewedSession>, Failure> {
    let (counters, _) = lock(conn, user).await?;
    let row = auth_sessions::table
        .find(kept.id.0)
        .filter(auth_sessions::user_id.eq(user.as_str()))
        .filter(auth_sessions::epoch.eq(counters.epoch))
        .filter(live());
    let found = row
        .select((auth_sessions::secret_hash, auth_sessions::previous))
        .for_no_key_update()
        .first::<(Vec<u8>, i64)>(conn)
        .await
        .optional()?;
    let Some((secret, previous)) = found else {
        return Ok(None);
    };
    // Counted before this session is of the new epoch as well.
    let mut epoch = end_epoch_and_tickets(conn, user).await?;
    epoch.ended = epoch.ended.saturating_sub(1);
    // No token of before carries the new secret, so none of them is the previous token.
    let (secret, previous) = kept.secret.map_or((secret, previous), |hash| (hash.0.to_vec(), -1));
    let (session, now) = diesel::update(auth_sessions::table.find(kept.id.0))
        .set((
            auth_sessions::epoch.eq(epoch.counters.epoch),
            auth_sessions::secret_hash.eq(secret),
            auth_sessions::previous.eq(previous),
            auth_sessions::idle_until.eq(least(auth_sessions::expires_at, later(span_of(kept.idle)))),
        ))
        .returning((SessionRow::as_returning(), auth_now()))
        .get_result::<(SessionRow, i64)>(conn)
        .await?;
    Ok(Some(RenewedSession {
        session: session.try_into()?,
        now: Timestamp::from_millis(now),
        epoch,
        roles: None,
    }))
}

/// Makes the user's access tokens of before stale. Also what changing roles does, in its own
/// transaction.
pub(super) async fn change_roles_version(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<UserCounters> {
    let more = UserCounters {
        roles_version: 1,
        ..UserCounters::default()
    };
    add(conn, user, more).await
}

/// Adds to the user's counters; answers with them.
async fn add(conn: &mut AsyncPgConnection, user: &UserId, more: UserCounters) -> QueryResult<UserCounters> {
    ensure_row(conn, user).await?;
    let counters = diesel::update(auth_users::table.find(user.as_str()))
        .set((
            auth_users::epoch.eq(auth_users::epoch + more.epoch),
            auth_users::roles_version.eq(auth_users::roles_version + more.roles_version),
            auth_users::changed_at.eq(auth_now()),
        ))
        .returning((auth_users::epoch, auth_users::roles_version))
        .get_result::<(i64, i64)>(conn);
    Ok(counters.await?.into())
}

/// The names of the roles that the user of an enabled account holds; `None` where there is none.
pub(super) async fn roles_of(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<Option<Vec<String>>> {
    let roles = auth_accounts::table
        .find(user.as_str())
        .filter(auth_accounts::disabled_at.is_null())
        .select(auth_accounts::roles);
    roles.first(conn).await.optional()
}
