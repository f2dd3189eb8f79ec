//! The sessions table, as [`SessionStore`] wants it.

use std::time::Duration;

use async_trait::async_trait;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::SqliteStore;
use super::cutoffs::{cut_off, cutoff_of};
use super::rotate::rotate;
use super::row::SessionRow;
use super::schema::{auth_accounts, auth_cutoffs, auth_schema, auth_sessions, live};
use crate::account::UserId;
use crate::clock::Timestamp;
use crate::store::row::{StoredId, StoredRoles, user_id};
use crate::store::{
    Created, Cutoff, NewSession, Presented, Revocation, RevokedWhy, Rotation, RotationPolicy, SecretHash, Session,
    SessionId, SessionStore, StoreError,
};

#[async_trait]
impl SessionStore for SqliteStore {
    async fn create(&self, new: NewSession) -> Result<Option<Created>, StoreError> {
        let keeps_accounts = self.0.keeps_accounts;
        self.0
            .writer
            .run(move |conn, now| create(conn, now, new, keeps_accounts))
            .await
    }

    async fn rotate(&self, presented: Presented, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        let keeps_accounts = self.0.keeps_accounts;
        self.0
            .writer
            .run(move |conn, now| rotate(conn, now, presented, policy, keeps_accounts))
            .await
    }

    async fn revoke(&self, id: SessionId, secret: Option<SecretHash>, why: RevokedWhy) -> Result<bool, StoreError> {
        self.0
            .writer
            .run(move |conn, now| revoke(conn, now, id, secret, why))
            .await
    }

    async fn revoke_user(
        &self,
        user: &UserId,
        except: Option<SessionId>,
        why: RevokedWhy,
    ) -> Result<Vec<SessionId>, StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| revoke_user(conn, now, &user, except, why))
            .await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let found = self.0.reader.run(move |conn| {
            let row = auth_sessions::table
                .find(id.to_string())
                .select(SessionRow::as_select());
            Ok(row.first(conn).optional()?)
        });
        found.await?.map(Session::try_from).transpose()
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let (user, now) = (user.clone(), self.0.clock.now().millis());
        let rows = self.0.reader.run(move |conn| {
            let rows = auth_sessions::table
                .filter(auth_sessions::user_id.eq(user.as_str()))
                .filter(live(now))
                // The id makes the order total.
                .order((
                    auth_sessions::head_at.desc(),
                    auth_sessions::created_at.desc(),
                    auth_sessions::id,
                ))
                .select(SessionRow::as_select());
            Ok(rows.load(conn)?)
        });
        rows.await?.into_iter().map(Session::try_from).collect()
    }

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

    async fn cut_off(&self, user: &UserId) -> Result<Timestamp, StoreError> {
        let user = user.clone();
        self.0.writer.run(move |conn, now| Ok(cut_off(conn, now, &user)?)).await
    }

    async fn cutoffs_since(&self, since: Timestamp) -> Result<Vec<Cutoff>, StoreError> {
        let rows = self.0.reader.run(move |conn| {
            let rows = auth_cutoffs::table
                .filter(auth_cutoffs::at.ge(since.millis()))
                .order((auth_cutoffs::at, auth_cutoffs::user_id));
            Ok(rows.load::<(String, i64)>(conn)?)
        });
        let cutoff = |(user, at)| {
            Ok(Cutoff {
                user: user_id(user)?,
                at: Timestamp::from_millis(at),
            })
        };
        rows.await?.into_iter().map(cutoff).collect()
    }

    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError> {
        self.0
            .writer
            .run(move |conn, now| Ok(delete_expired(conn, now, keep, limit)?))
            .await
    }

    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevokedWhy,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.0
            .writer
            .run(move |conn, now| revoke_created_before(conn, now, time, limit, why))
            .await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.0.clock.now())
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

fn create(
    conn: &mut SqliteConnection,
    now: Timestamp,
    new: NewSession,
    keeps_accounts: bool,
) -> Result<Option<Created>, StoreError> {
    let roles = if keeps_accounts {
        let open_account = auth_accounts::table
            .find(new.user.as_str())
            .filter(auth_accounts::disabled_at.is_null())
            .select(auth_accounts::roles);
        let Some(roles) = open_account.first::<String>(conn).optional()? else {
            return Ok(None);
        };
        Some(roles.names()?)
    } else {
        None
    };

    // The end of the session is the `exp` of its tokens, which is in whole seconds; see `Session::expires_at`.
    let expires_at = Timestamp::from_secs(now.plus(new.lifetime).secs());
    let idle_until = now.plus(new.idle).min(expires_at);
    let row = diesel::insert_into(auth_sessions::table)
        .values((
            auth_sessions::id.eq(new.id.to_string()),
            auth_sessions::user_id.eq(new.user.as_str()),
            auth_sessions::secret_hash.eq(new.secret.0.as_slice()),
            auth_sessions::head.eq(0),
            auth_sessions::parent.eq(-1),
            auth_sessions::head_at.eq(now.millis()),
            auth_sessions::created_at.eq(now.millis()),
            auth_sessions::auth_time.eq(now.millis()),
            auth_sessions::expires_at.eq(expires_at.millis()),
            auth_sessions::idle_until.eq(idle_until.millis()),
            auth_sessions::user_agent.eq(new.user_agent),
            auth_sessions::ip.eq(new.ip),
        ))
        .returning(SessionRow::as_returning())
        .get_result(conn)?;

    let replaced = match new.replaces {
        Some((id, secret)) => replace(conn, now, id, secret)?.then_some(id),
        None => None,
    };
    let cutoff = cutoff_of(conn, &new.user)?;
    Ok(Some(Created {
        session: row.try_into()?,
        cutoff,
        roles,
        replaced,
    }))
}

/// Revokes a live session because a new one takes its place; says whether it did.
fn replace(conn: &mut SqliteConnection, now: Timestamp, id: SessionId, secret: SecretHash) -> QueryResult<bool> {
    let replaced = auth_sessions::table
        .find(id.to_string())
        .filter(auth_sessions::secret_hash.eq(secret.0.as_slice()))
        .filter(live(now.millis()));
    let changed = diesel::update(replaced)
        .set(revocation(now, RevokedWhy::Replaced))
        .execute(conn)?;
    Ok(changed == 1)
}

fn revoke(
    conn: &mut SqliteConnection,
    now: Timestamp,
    id: SessionId,
    secret: Option<SecretHash>,
    why: RevokedWhy,
) -> Result<bool, StoreError> {
    let row = auth_sessions::table
        .find(id.to_string())
        .filter(auth_sessions::revoked_at.is_null());
    let update = diesel::update(row).set(revocation(now, why));
    let changed = match secret {
        Some(hash) => update
            .filter(auth_sessions::secret_hash.eq(hash.0.to_vec()))
            .execute(conn)?,
        None => update.execute(conn)?,
    };
    Ok(changed == 1)
}

/// Also what disabling an account does, in its own transaction.
pub(super) fn revoke_user(
    conn: &mut SqliteConnection,
    now: Timestamp,
    user: &UserId,
    except: Option<SessionId>,
    why: RevokedWhy,
) -> Result<Vec<SessionId>, StoreError> {
    // No session has the empty id, so without an exception nothing is excepted.
    let except = except.map(|id| id.to_string()).unwrap_or_default();
    let rows = auth_sessions::table
        .filter(auth_sessions::user_id.eq(user.as_str()))
        .filter(auth_sessions::id.ne(except))
        .filter(live(now.millis()));
    let ended = diesel::update(rows)
        .set(revocation(now, why))
        .returning(auth_sessions::id)
        .load::<String>(conn)?;
    ended.into_iter().map(StoredId::session_id).collect()
}

fn revoke_created_before(
    conn: &mut SqliteConnection,
    now: Timestamp,
    time: Timestamp,
    limit: u32,
    why: RevokedWhy,
) -> Result<Vec<SessionId>, StoreError> {
    let older = auth_sessions::table
        .filter(auth_sessions::created_at.lt(time.millis()))
        .filter(live(now.millis()))
        .limit(i64::from(limit))
        .select(auth_sessions::id);
    let older = older.load::<String>(conn)?;
    // One statement each: the ids are its only values, so that it is prepared once.
    let mut ended = Vec::with_capacity(older.len());
    for id in older {
        let id = id.session_id()?;
        if revoke(conn, now, id, None, why)? {
            ended.push(id);
        }
    }
    Ok(ended)
}

fn delete_expired(conn: &mut SqliteConnection, now: Timestamp, keep: Duration, limit: u32) -> QueryResult<usize> {
    // Diesel tells the table in the sub-select from the one deleted from by an alias.
    let old = diesel::alias!(auth_sessions as old_sessions);
    let end = old.field(auth_sessions::expires_at);
    // Past its absolute end a session is not live, whatever else its row says.
    let oldest = old
        .filter(end.le(now.minus(keep).millis()))
        .order(end)
        .limit(i64::from(limit))
        .select(old.field(auth_sessions::id));
    diesel::delete(auth_sessions::table.filter(auth_sessions::id.eq_any(oldest))).execute(conn)
}

#[diesel::dsl::auto_type]
fn revocation(now: Timestamp, why: RevokedWhy) -> _ {
    let at: Option<i64> = Some(now.millis());
    let word: Option<&'static str> = Some(why.as_str());
    (auth_sessions::revoked_at.eq(at), auth_sessions::revoked_why.eq(word))
}
