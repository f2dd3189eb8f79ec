//! [`RevocationLog`] on the tables of sessions and users.

use async_trait::async_trait;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::SqliteStore;
use super::schema::{auth_sessions, auth_users};
use crate::clock::Timestamp;
use crate::store::row::{CountersRow, StoredId, changed_user};
use crate::store::{ChangedUser, Revocation, RevocationLog, StoreError};

#[async_trait]
impl RevocationLog for SqliteStore {
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        let rows = self.0.reader.run(move |conn| {
            let rows = auth_sessions::table
                .filter(auth_sessions::revoked_at.ge(since.millis()))
                .order((auth_sessions::revoked_at, auth_sessions::id))
                .select((auth_sessions::id, auth_sessions::revoked_at.assume_not_null()));
            // One by one: there may be a million, whose texts need not be there at once.
            let revocation = |row: QueryResult<(String, i64)>| {
                let (id, at) = row?;
                Ok(Revocation {
                    session: id.session_id()?,
                    at: Timestamp::from_millis(at),
                })
            };
            rows.load_iter::<(String, i64), DefaultLoadingMode>(conn)?
                .map(revocation)
                .collect()
        });
        rows.await
    }

    async fn users_changed_since(&self, since: Timestamp) -> Result<Vec<ChangedUser>, StoreError> {
        let rows = self.0.reader.run(move |conn| {
            let rows = auth_users::table
                .filter(auth_users::changed_at.gt(0))
                .filter(auth_users::changed_at.ge(since.millis()))
                .order((auth_users::changed_at, auth_users::user_id));
            Ok(rows.load::<CountersRow>(conn)?)
        });
        rows.await?.into_iter().map(changed_user).collect()
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.0.clock.now())
    }
}
