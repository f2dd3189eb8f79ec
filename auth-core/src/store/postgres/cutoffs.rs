//! The cut-offs of users: the times before which their access tokens are stale.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::confirmed::confirmed;
use super::schema::{auth_cut_off_after, auth_cutoffs};
use crate::account::UserId;
use crate::clock::Timestamp;

/// When the user's tokens were last made stale.
pub(super) async fn cutoff_of(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<Option<Timestamp>> {
    let cutoff = auth_cutoffs::table.find(user.as_str()).select(auth_cutoffs::at);
    let cutoff = cutoff.first(conn).await.optional()?;
    Ok(cutoff.map(Timestamp::from_millis))
}

/// Makes the user's tokens issued before now stale. The time is read once the row is locked, see `auth_cut_off_after`, so it
/// is after whatever was committed before this statement; a cut-off that was pending is thereby set.
pub(super) async fn cut_off(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<Timestamp> {
    use auth_cutoffs::columns::*;

    let set_to = diesel::insert_into(auth_cutoffs::table)
        .values((
            user_id.eq(user.as_str()),
            at.eq(auth_cut_off_after(None::<i64>)),
            pending.eq(false),
        ))
        .on_conflict(user_id)
        .do_update()
        .set((at.eq(auth_cut_off_after(at.nullable())), pending.eq(false)))
        .returning(at)
        .get_results(conn);
    let set_to = confirmed(set_to).await?.ok_or(diesel::NotFound)?;
    Ok(Timestamp::from_millis(set_to))
}

/// Notes that the user's roles change in this transaction; [`settle_cut_offs`] has to follow the commit.
pub(super) async fn announce_cut_off(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<()> {
    use auth_cutoffs::columns::*;

    diesel::insert_into(auth_cutoffs::table)
        .values((user_id.eq(user.as_str()), at.eq(0), pending.eq(true)))
        .on_conflict(user_id)
        .do_update()
        .set(pending.eq(true))
        .execute(conn)
        .await
        .map(drop)
}

/// Sets the time of every cut-off whose change of roles is committed.
///
/// A refresh that did not see the new roles began before they were committed, and the time is read after that. So its
/// token is stale, and this must not happen in the transaction that changes them.
pub(super) async fn settle_cut_offs(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    use auth_cutoffs::columns::*;

    diesel::update(auth_cutoffs::table.filter(pending))
        .set((at.eq(auth_cut_off_after(at.nullable())), pending.eq(false)))
        .execute(conn)
        .await
        .map(drop)
}
