//! [`Maintenance`] on the tables of sessions and tickets.

use std::time::Duration;

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;
use uuid::Uuid;

use super::connect::{IDENTITY, ONLY_READS};
use super::pool::Failure;
use super::schema::{auth_schema, auth_sessions, later, pg_try_advisory_xact_lock};
use super::sessions::revoke_locked;
use super::{PostgresStore, span_of, tickets};
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::{Maintenance, RevocationReason, StoreError};

/// What cleaning processes lock, so that one at a time does it: a text as a number.
const CLEANING: i64 = i64::from_be_bytes(*b"authclea");

#[async_trait]
impl Maintenance for PostgresStore {
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        self.0
            .pool
            .transact(move |conn| Box::pin(delete_expired(conn, keep, limit)))
            .await
    }

    async fn delete_expired_tickets(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        self.0
            .pool
            .run(move |conn| Box::pin(async move { Ok(tickets::delete_expired(conn, keep, limit).await?) }))
            .await
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.0
            .pool
            .transact(move |conn| Box::pin(revoke_created_before(conn, time, limit, why)))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let asked = self.0.pool.run(|conn| {
            Box::pin(async move {
                let asked =
                    auth_schema::table.select((auth_schema::version, sql::<Bool>(ONLY_READS), sql::<Text>(IDENTITY)));
                Ok(asked.first::<(i64, bool, String)>(conn).await?)
            })
        });
        let (_, only_reads, identity) = asked.await?;
        self.0.connector.met(only_reads, &identity)
    }

    async fn close(&self) {
        PostgresStore::close(self);
    }
}

async fn delete_expired(conn: &mut AsyncPgConnection, keep: Duration, limit: u32) -> Result<usize, Failure> {
    let alone = diesel::select(pg_try_advisory_xact_lock(CLEANING));
    if !alone.get_result::<bool>(conn).await? {
        return Ok(0);
    }
    // A session past its absolute end is not live, in any state. A later cleanup takes the rows
    // that another transaction holds now.
    let oldest = auth_sessions::table
        .filter(auth_sessions::expires_at.le(later(-span_of(keep))))
        .order(auth_sessions::expires_at)
        .limit(i64::from(limit))
        .select(auth_sessions::id)
        .for_update()
        .skip_locked();
    let oldest = oldest.load::<Uuid>(conn).await?;
    let oldest = auth_sessions::table.filter(auth_sessions::id.eq_any(oldest));
    Ok(diesel::delete(oldest).execute(conn).await?)
}

async fn revoke_created_before(
    conn: &mut AsyncPgConnection,
    time: Timestamp,
    limit: u32,
    why: RevocationReason,
) -> Result<Vec<SessionId>, Failure> {
    let rows = auth_sessions::table
        .filter(auth_sessions::created_at.lt(time.millis()))
        .filter(auth_sessions::revoked_at.is_null())
        .order(auth_sessions::id)
        .limit(i64::from(limit))
        .select(auth_sessions::id)
        .for_update();
    let rows = rows.load(conn).await?;
    revoke_locked(conn, rows, why).await
}
