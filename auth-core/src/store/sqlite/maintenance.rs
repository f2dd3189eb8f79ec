//! [`Maintenance`] on the tables of sessions and tickets.

use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;

use super::SqliteStore;
use super::schema::{auth_schema, auth_sessions};
use super::sessions::revoke_all;
use super::tickets;
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::{Maintenance, RevocationReason, StoreError};

#[async_trait]
impl Maintenance for SqliteStore {
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        self.0
            .writer
            .run(move |conn, now| Ok(delete_expired(conn, now, keep, limit)?))
            .await
    }

    async fn delete_expired_tickets(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        self.0
            .writer
            .run(move |conn, now| Ok(tickets::delete_expired(conn, now, keep, limit)?))
            .await
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.0
            .writer
            .run(move |conn, now| revoke_created_before(conn, now, time, limit, why))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        if !self.0.writer.is_running() {
            return Err(StoreError::Closed);
        }
        let version = auth_schema::table.select(auth_schema::version);
        let read = self.0.reader.run(move |conn| Ok(version.first::<i64>(conn)?));
        read.await.map(drop)
    }

    async fn close(&self) {
        SqliteStore::close(self).await;
    }
}

fn delete_expired(conn: &mut SqliteConnection, now: Timestamp, keep: Duration, limit: u32) -> QueryResult<usize> {
    // Diesel tells the table in the sub-select from the one deleted from by an alias.
    let old = diesel::alias!(auth_sessions as old_sessions);
    let end = old.field(auth_sessions::expires_at);
    // A session past its absolute end is not live, in any state.
    let oldest = old
        .filter(end.le(now.minus(keep).millis()))
        .order(end)
        .limit(i64::from(limit))
        .select(old.field(auth_sessions::id));
    diesel::delete(auth_sessions::table.filter(auth_sessions::id.eq_any(oldest))).execute(conn)
}

fn revoke_created_before(
    conn: &mut SqliteConnection,
    now: Timestamp,
    time: Timestamp,
    limit: u32,
    why: RevocationReason,
) -> Result<Vec<SessionId>, StoreError> {
    let older = auth_sessions::table
        .filter(auth_sessions::created_at.lt(time.millis()))
        .filter(auth_sessions::revoked_at.is_null())
        .limit(i64::from(limit))
        .select(auth_sessions::id);
    let older = older.load(conn)?;
    revoke_all(conn, now, older, why)
}
