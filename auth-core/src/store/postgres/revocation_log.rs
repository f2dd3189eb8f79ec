//! [`RevocationLog`] on the tables of sessions and users, with the clock of the database.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;
use uuid::Uuid;

use super::PostgresStore;
use super::connect::{IDENTITY, ONLY_READS};
use super::pool::Failure;
use super::schema::{auth_now, auth_sessions, auth_users};
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::row::{CountersRow, changed_user};
use crate::store::{ChangedUser, Changes, Pooler, Revocation, RevocationLog, StoreError};

/// How often to look where the address leads.
const LOOK_EVERY: Duration = Duration::from_secs(5);

#[async_trait]
impl RevocationLog for PostgresStore {
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        let rows = self.0.pool.run(move |conn| {
            Box::pin(async move {
                let rows = auth_sessions::table
                    .filter(auth_sessions::revoked_at.ge(since.millis()))
                    .order((auth_sessions::revoked_at, auth_sessions::id))
                    .select((auth_sessions::id, auth_sessions::revoked_at.assume_not_null()));
                Ok(rows.load::<(Uuid, i64)>(conn).await?)
            })
        });
        let revocation = |(id, at)| Revocation {
            session: SessionId(id),
            at: Timestamp::from_millis(at),
        };
        Ok(rows.await?.into_iter().map(revocation).collect())
    }

    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError> {
        let rows = self.0.pool.run(move |conn| {
            Box::pin(async move {
                let rows = auth_users::table
                    .filter(auth_users::changed_at.gt(0))
                    .filter(auth_users::changed_at.ge(since.millis()))
                    .order((auth_users::changed_at, auth_users::user_id));
                Ok(rows.load::<CountersRow>(conn).await?)
            })
        });
        rows.await?.into_iter().map(changed_user).collect()
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        let (now, only_reads, identity) = if self.is_time_to_look() {
            self.0.pool.run_anew(|conn| Box::pin(moment(conn))).await?
        } else {
            self.0.pool.run(|conn| Box::pin(moment(conn))).await?
        };
        self.0.connector.met(only_reads, &identity)?;
        Ok(Timestamp::from_millis(now))
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn origin(&self) -> u64 {
        self.0.connector.origin().number()
    }

    fn changes(&self) -> Option<Changes> {
        self.0.listener.as_ref().map(|listener| listener.changes())
    }
}

impl PostgresStore {
    /// Whether to check with a new connection where the address leads now. Open connections may
    /// still lead to a former primary that does not know of its successor.
    fn is_time_to_look(&self) -> bool {
        let mut looked = self.0.looked.lock().unwrap_or_else(PoisonError::into_inner);
        // What a pooler connects to is its own affair.
        let is_time = looked.elapsed() >= LOOK_EVERY && self.0.connector.pooler() == Pooler::None;
        if is_time {
            *looked = Instant::now();
        }
        is_time
    }
}

/// The time, whether the server only reads, and which one it is.
async fn moment(conn: &mut AsyncPgConnection) -> Result<(i64, bool, String), Failure> {
    let moment = diesel::select((auth_now(), sql::<Bool>(ONLY_READS), sql::<Text>(IDENTITY)));
    Ok(moment.get_result(conn).await?)
}
