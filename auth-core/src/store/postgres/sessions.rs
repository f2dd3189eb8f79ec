//! [`SessionStore`] on the sessions table.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;
use uuid::Uuid;

use super::PostgresStore;
use super::pool::Failure;
use super::rotate::rotate;
use super::schema::{SessionRow, auth_now, auth_sessions, live};
use super::users::{change_roles_version, counters_of, end_epoch, end_epoch_but, lock, roles_of};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::store::prepared::Prepared;
use crate::store::{
    CreatedSession, KeptSession, NewEpoch, NewSession, OVER_LIMIT_BATCH, PresentedToken, RenewedSession,
    RevocationReason, Rotation, RotationPolicy, SecretHash, Session, SessionStore, StoreError, UserCounters,
};

#[async_trait]
impl SessionStore for PostgresStore {
    async fn counters(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .run(move |conn| {
                let user = user.clone();
                Box::pin(async move { Ok(counters_of(conn, &user).await?) })
            })
            .await
    }

    async fn create(&self, new: NewSession) -> Result<Option<CreatedSession>, StoreError> {
        let keeps_accounts = self.0.keeps_accounts;
        self.0
            .pool
            .transact(move |conn| {
                let new = new.clone();
                Box::pin(create(conn, new, keeps_accounts))
            })
            .await
    }

    async fn rotate(&self, presented: PresentedToken, policy: RotationPolicy) -> Result<Rotation, StoreError> {
        let (pool, keeps_accounts) = (&self.0.pool, self.0.keeps_accounts);
        if policy.reuse_ends_user {
            // For the second statement that a reuse then takes.
            pool.transact(move |conn| Box::pin(rotate(conn, presented, policy, keeps_accounts)))
                .await
        } else {
            pool.run(move |conn| Box::pin(rotate(conn, presented, policy, keeps_accounts)))
                .await
        }
    }

    async fn revoke(
        &self,
        id: SessionId,
        secret: Option<SecretHash>,
        why: RevocationReason,
    ) -> Result<bool, StoreError> {
        self.0
            .pool
            .run(move |conn| Box::pin(revoke(conn, id, secret, why)))
            .await
    }

    async fn end_epoch(&self, user: &UserId) -> Result<NewEpoch, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let user = user.clone();
                Box::pin(async move { Ok(end_epoch(conn, &user).await?) })
            })
            .await
    }

    async fn end_epoch_but(&self, user: &UserId, kept: KeptSession) -> Result<Option<RenewedSession>, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let user = user.clone();
                Box::pin(async move { end_epoch_but(conn, &user, kept).await })
            })
            .await
    }

    async fn change_roles_version(&self, user: &UserId) -> Result<UserCounters, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let user = user.clone();
                Box::pin(async move { Ok(change_roles_version(conn, &user).await?) })
            })
            .await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let found = self.0.pool.run(move |conn| {
            Box::pin(async move {
                let row = auth_sessions::table.find(id.0).select(SessionRow::as_select());
                Ok(row.first(conn).await.optional()?)
            })
        });
        found.await?.map(Session::try_from).transpose()
    }

    async fn list(&self, user: &UserId, limit: u32) -> Result<Vec<Session>, StoreError> {
        let user = user.clone();
        let rows = self.0.pool.run(move |conn| {
            let user = user.clone();
            Box::pin(async move {
                let epoch = counters_of(conn, &user).await?.epoch;
                let rows = auth_sessions::table
                    .filter(auth_sessions::user_id.eq(user.as_str()))
                    .filter(auth_sessions::epoch.eq(epoch))
                    .filter(live())
                    // The id makes the order total.
                    .order((
                        auth_sessions::current_since.desc(),
                        auth_sessions::created_at.desc(),
                        auth_sessions::id,
                    ))
                    .limit(i64::from(limit))
                    .select(SessionRow::as_select());
                Ok(rows.load(conn).await?)
            })
        });
        rows.await?.into_iter().map(Session::try_from).collect()
    }
}

async fn create(
    conn: &mut AsyncPgConnection,
    new: NewSession,
    keeps_accounts: bool,
) -> Result<Option<CreatedSession>, Failure> {
    let (counters, now) = lock(conn, &new.user).await?;
    if counters.epoch != new.epoch {
        return Ok(None);
    }
    let roles = if keeps_accounts {
        let Some(roles) = roles_of(conn, &new.user).await? else {
            return Ok(None);
        };
        Some(roles)
    } else {
        None
    };

    // The end of the session is the `exp` of its tokens, which is in whole seconds; see
    // `Session::expires_at`.
    let expires_at = Timestamp::from_secs(now.plus(new.lifetime).secs());
    let idle_until = now.plus(new.idle).min(expires_at);
    let row = diesel::insert_into(auth_sessions::table)
        .values((
            auth_sessions::id.eq(new.id.0),
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
        .get_result(conn)
        .await?;

    let replaced = match new.replaces {
        Some((id, secret)) => revoke(conn, id, Some(secret), RevocationReason::Replaced)
            .await?
            .then_some(id),
        None => None,
    };
    Ok(Some(CreatedSession {
        session: row.try_into()?,
        counters,
        roles,
        replaced,
        over_limit: revoke_over_limit(conn, &new.user, new.epoch, new.max_per_user).await?,
    }))
}

/// Revokes the sessions of the user that were used least recently, so that `most` are left.
async fn revoke_over_limit(
    conn: &mut AsyncPgConnection,
    user: &UserId,
    epoch: i64,
    most: u32,
) -> Result<Vec<SessionId>, Failure> {
    // Locked afterwards: a lock here would take the sessions that stay as well.
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
    let surplus = surplus.load::<Uuid>(conn).await?;
    if surplus.is_empty() {
        return Ok(Vec::new());
    }
    let rows = auth_sessions::table
        .filter(auth_sessions::id.eq_any(surplus))
        .order(auth_sessions::id)
        .select(auth_sessions::id)
        .for_no_key_update();
    let rows = rows.load(conn).await?;
    revoke_locked(conn, rows, RevocationReason::OverLimit).await
}

async fn revoke(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    secret: Option<SecretHash>,
    why: RevocationReason,
) -> Result<bool, Failure> {
    struct ById;
    struct ByIdAndSecret;

    let row = auth_sessions::table
        .find(id.0)
        .filter(auth_sessions::revoked_at.is_null());
    let update = diesel::update(row).set(revocation(why));
    let changed = match secret {
        Some(hash) => {
            let update = update.filter(auth_sessions::secret_hash.eq(hash.0.to_vec()));
            Prepared::<ByIdAndSecret, _>::new(update).execute(conn).await?
        }
        None => Prepared::<ById, _>::new(update).execute(conn).await?,
    };
    Ok(changed == 1)
}

/// Revokes rows that were locked in the order of their ids, so that two who revoke the same ones do
/// not wait for each other.
pub(super) async fn revoke_locked(
    conn: &mut AsyncPgConnection,
    rows: Vec<Uuid>,
    why: RevocationReason,
) -> Result<Vec<SessionId>, Failure> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = auth_sessions::table
        .filter(auth_sessions::id.eq_any(rows))
        .filter(auth_sessions::revoked_at.is_null());
    let ended = diesel::update(rows)
        .set(revocation(why))
        .returning(auth_sessions::id)
        .load(conn)
        .await?;
    Ok(ended.into_iter().map(SessionId).collect())
}

#[diesel::dsl::auto_type]
fn revocation(why: RevocationReason) -> _ {
    let word: Option<&'static str> = Some(why.as_str());
    (
        auth_sessions::revoked_at.eq(auth_now().nullable()),
        auth_sessions::revoked_why.eq(word),
    )
}
