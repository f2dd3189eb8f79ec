//! The rotation: the row is read, judged by [`judge`] and written, all while the transaction holds
//! the write lock.

use diesel::prelude::*;

use super::schema::{SessionRow, auth_accounts, auth_sessions, auth_users};
use super::users::end_epoch;
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::prepared::Prepared;
use crate::store::rotation::{RotationRow, judge};
use crate::store::row::StoredRoles;
use crate::store::{
    PresentedToken, Rejection, RevocationReason, RotatedSession, Rotation, RotationOutcome, RotationPolicy, Session,
    StoreError, UserCounters,
};

/// Judges `presented` at `now` and carries out the outcome.
pub(super) fn rotate(
    conn: &mut SqliteConnection,
    now: Timestamp,
    presented: PresentedToken,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Rotation, StoreError> {
    if !presented.is_possible() {
        return Ok(Rotation::Rejected(Rejection::WrongSecret));
    }
    let Some((row, secret_hash, previous, user, account)) = find(conn, presented.session)? else {
        return Ok(Rotation::Rejected(Rejection::Unknown));
    };
    let session = Session::try_from(row)?;
    let (epoch, roles_version) = user.unzip();
    if let Some(why) = presented.rejection(&session, &secret_hash, epoch == Some(session.epoch), now) {
        return Ok(Rotation::Rejected(why));
    }

    let roles = account.and_then(|(roles, disabled_at)| disabled_at.is_none().then_some(roles));
    let is_account_open = roles.is_some() || !keeps_accounts;
    let before = RotationRow { session, previous };
    let (outcome, after) = judge(before, is_account_open, presented.generation, now, &policy);
    write(conn, outcome, &after)?;
    let session = after.session;

    let new_epoch = (outcome == RotationOutcome::Reused && policy.reuse_ends_user)
        .then(|| end_epoch(conn, now, &session.user))
        .transpose()?;
    let counters = UserCounters {
        epoch: session.epoch,
        roles_version: roles_version.unwrap_or_default(),
    };
    Ok(Rotation::Judged(RotatedSession {
        outcome,
        now,
        counters: new_epoch.as_ref().map_or(counters, |began| began.counters),
        new_epoch,
        // Roles of an application's own accounts are not ours to say; a closed account has none.
        roles: keeps_accounts
            .then(|| roles.map_or(Ok(Vec::new()), StoredRoles::names))
            .transpose()?,
        session,
    }))
}

/// The row, the hash of its secret and its previous generation. Then epoch and roles version of its
/// user, the roles of the account, and since when it is disabled.
type FoundRow = (
    SessionRow,
    Vec<u8>,
    i64,
    Option<(i64, i64)>,
    Option<(String, Option<i64>)>,
);

fn find(conn: &mut SqliteConnection, id: SessionId) -> QueryResult<Option<FoundRow>> {
    auth_sessions::table
        .left_join(auth_users::table.on(auth_users::user_id.eq(auth_sessions::user_id)))
        .left_join(auth_accounts::table.on(auth_accounts::id.eq(auth_sessions::user_id)))
        .filter(auth_sessions::id.eq(id.to_string()))
        .select((
            SessionRow::as_select(),
            auth_sessions::secret_hash,
            auth_sessions::previous,
            (auth_users::epoch, auth_users::roles_version).nullable(),
            (auth_accounts::roles, auth_accounts::disabled_at).nullable(),
        ))
        .get_result(conn)
        .optional()
}

fn write(conn: &mut SqliteConnection, outcome: RotationOutcome, row: &RotationRow) -> QueryResult<()> {
    struct Write;

    let session = &row.session;
    let update = diesel::update(auth_sessions::table.find(session.id.to_string())).set((
        auth_sessions::outcome.eq(outcome.as_str()),
        auth_sessions::previous.eq(row.previous),
        auth_sessions::current.eq(session.current),
        auth_sessions::current_since.eq(session.current_since.millis()),
        auth_sessions::idle_until.eq(session.idle_until.millis()),
        auth_sessions::revoked_at.eq(session.revoked_at.map(Timestamp::millis)),
        auth_sessions::revoked_why.eq(outcome.revocation().map(RevocationReason::as_str)),
    ));
    Prepared::<Write, _>::new(update).execute(conn).map(drop)
}
