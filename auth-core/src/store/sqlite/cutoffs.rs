//! The cut-offs of users: the times before which their access tokens are stale.

use diesel::prelude::*;

use super::schema::auth_cutoffs;
use crate::account::UserId;
use crate::clock::Timestamp;
use crate::store::cutoff::cut_off_after;

/// When the user's tokens were last made stale.
pub(super) fn cutoff_of(conn: &mut SqliteConnection, user: &UserId) -> QueryResult<Option<Timestamp>> {
    let cutoff = auth_cutoffs::table.find(user.as_str()).select(auth_cutoffs::at);
    let cutoff = cutoff.first(conn).optional()?;
    Ok(cutoff.map(Timestamp::from_millis))
}

/// Makes the user's tokens issued before `now` stale. Also what changing roles does, in its own transaction.
pub(super) fn cut_off(conn: &mut SqliteConnection, now: Timestamp, user: &UserId) -> QueryResult<Timestamp> {
    use auth_cutoffs::columns::*;

    let set_to = cut_off_after(now, cutoff_of(conn, user)?);
    diesel::replace_into(auth_cutoffs::table)
        .values((user_id.eq(user.as_str()), at.eq(set_to.millis())))
        .execute(conn)?;
    Ok(set_to)
}
