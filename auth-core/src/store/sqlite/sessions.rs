//! [`SessionStore`] on the sessions table.

use async_trait::async_trait;
use diesel::prelude::*;

use super::SqliteStore;
use super::rotate::rotate;
use super::schema::{SessionRow, auth_sessions, live, roles_of};
use super::users::{change_roles_version, counters_of, end_epoch, end_epoch_but, ensure_row};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::store::row::StoredId;
use crate::store::{
    CreatedSession, KeptSession, NewEpoch, NewSession, OVER_LIMIT_BATCH, PresentedToken, RenewedSession,
    RevocationReason, Rotation, RotationPolicy, SecretHash, Session, SessionStore, StoreError, UserCounters,
};

#[async_trait]
impl SessionStore for SqliteStore {
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let user = user.clone();
        self.0.reader.run(move |conn| Ok(counters_of(conn, &user)?)).await
    }

    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError> {
        let keeps_accounts = self.0.keeps_accounts;
        self.0
            .writer
            .run(move |conn, now| create(conn, now, new, keeps_accounts))
            .await
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        let keeps_accounts = self.0.keeps_accounts;
        self.0
            .writer
            .run(move |conn, now| rotate(conn, now, presented, policy, keeps_accounts))
            .await
    }

    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError> {
        self.0
            .writer
            .run(move |conn, now| revoke(conn, now, id, secret, why))
            .await
    }

    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| Ok(end_epoch(conn, now, &user)?))
            .await
    }

    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| end_epoch_but(conn, now, &user, kept))
            .await
    }

    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| Ok(change_roles_version(conn, now, &user)?))
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

    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError> {
        let (user, now) = (user.clone(), self.0.clock.now().millis());
        let rows = self.0.reader.run(move |conn| {
            let epoch = counters_of(conn, &user)?.epoch;
            let rows = auth_sessions::table
                .filter(auth_sessions::user_id.eq(user.as_str()))
                .filter(auth_sessions::epoch.eq(epoch))
                .filter(live(now))
                // The id makes the order total.
                .order((
                    auth_sessions::current_since.desc(),
                    auth_sessions::created_at.desc(),
                    auth_sessions::id,
                ))
                .limit(i64::from(limit))
                .select(SessionRow::as_select());
            Ok(rows.load(conn)?)
        });
        rows.await?.into_iter().map(Session::try_from).collect()
    }
}

fn create(
    conn: &mut SqliteConnection,
    now: Timestamp,
    new: NewSession,
    keeps_accounts: bool,
) -> Result<Option<CreatedSession>, StoreError> {
    let counters = counters_of(conn, &new.user)?;
    if counters.epoch != new.epoch {
        return Ok(None);
    }
    let roles = if keeps_accounts {
        let Some(roles) = roles_of(conn, &new.user)? else {
            return Ok(None);
        };
        Some(roles)
    } else {
        None
    };
    ensure_row(conn, &new.user)?;

    // The end of the session is the `exp` of its tokens, which is in whole seconds; see
    // `Session::expires_at`.
    let expires_at = Timestamp::from_secs(now.plus(new.lifetime).secs());
    let idle_until = now.plus(new.idle).min(expires_at);
    let row = diesel::insert_into(auth_sessions::table)
        .values((
            auth_sessions::id.eq(new.id.to_string()),
            auth_sessions::user_id.eq(new.user.as_str()),
            auth_sessions::epoch.eq(new.epoch),
            auth_sessions::secret_hash.eq(new.secret.0.as_slice()),
            auth_sessions::current.eq(0),
            auth_sessions::previous.eq(-1),
            auth_sessions::current_since.eq(now.millis()),
            auth_sessions::created_at.eq(now.millis()),
            auth_sessions::auth_time.eq(now.millis()),
            auth_sessions::expires_at.eq(expires_at.millis()),
            auth_sessions::idle_until.eq(idle_until.millis()),
            auth_sessions::user_agent.eq(new.user_agent),
            auth_sessions::ip.eq(new.ip),
            auth_sessions::amr.eq(new.methods.to_stored()),
        ))
        .returning(SessionRow::as_returning())
        .get_result(conn)?;

    let replaced = match new.replaces {
        Some((id, secret)) => revoke(conn, now, id, Some(secret), RevocationReason::Replaced)?.then_some(id),
        None => None,
    };
    Ok(Some(CreatedSession {
        session: row.try_into()?,
        counters,
        roles,
        replaced,
        over_limit: revoke_over_limit(conn, now, &new.user, new.epoch, new.max_per_user)?,
    }))
}

/// Revokes the sessions of the user that were used least recently, so that `most` are left.
fn revoke_over_limit(
    conn: &mut SqliteConnection,
    now: Timestamp,
    user: &UserId,
    epoch: i64,
    most: u32,
) -> Result<Vec<SessionId>, StoreError> {
    let surplus = auth_sessions::table
        .filter(auth_sessions::user_id.eq(user.as_str()))
        .filter(auth_sessions::epoch.eq(epoch))
        .filter(auth_sessions::revoked_at.is_null())
        .order((
            auth_sessions::current_since.desc(),
            auth_sessions::created_at.desc(),
            auth_sessions::id,
        ))
        .offset(i64::from(most))
        .limit(OVER_LIMIT_BATCH)
        .select(auth_sessions::id);
    let surplus = surplus.load(conn)?;
    revoke_all(conn, now, surplus, RevocationReason::OverLimit)
}

fn revoke(
    conn: &mut SqliteConnection,
    now: Timestamp,
    id: SessionId,
    secret: Option<SecretHash>,
    why: RevocationReason,
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

/// Revokes sessions by their ids, one statement each: the ids are its only values, so that it is
/// prepared once.
pub(super) fn revoke_all(
    conn: &mut SqliteConnection,
    now: Timestamp,
    ids: Vec<String>,
    why: RevocationReason,
) -> Result<Vec<SessionId>, StoreError> {
    let mut ended = Vec::with_capacity(ids.len());
    for id in ids {
        let id = id.session_id()?;
        if revoke(conn, now, id, None, why)? {
            ended.push(id);
        }
    }
    Ok(ended)
}

#[diesel::dsl::auto_type]
fn revocation(now: Timestamp, why: RevocationReason) -> _ {
    let at: Option<i64> = Some(now.millis());
    let word: Option<&'static str> = Some(why.as_str());
    (auth_sessions::revoked_at.eq(at), auth_sessions::revoked_why.eq(word))
}
