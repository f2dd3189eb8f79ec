//! [`FactorStore`] on its two tables.
//!
//! What takes several locks takes the user's row of `auth_users` first, the row of `auth_totp`
//! second and recovery codes last.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::PostgresStore;
use super::schema::{auth_now, auth_recovery_codes, auth_totp, later};
use super::span_of;
use super::users::lock;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::factor_row::TotpRow;
use crate::store::{FactorStore, SecretHash, StoreError, StoredFactors, TotpTry, TryLimit};

#[async_trait]
impl FactorStore for PostgresStore {
    async fn find_factors(&self, user: &UserId) -> Result<StoredFactors, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .run(move |conn| {
                let user = user.clone();
                Box::pin(async move { Ok(find(conn, &user).await?) })
            })
            .await
    }

    async fn start_totp(&self, user: &UserId, epoch: i64, sealed: &str) -> Result<bool, StoreError> {
        let (user, sealed) = (user.clone(), sealed.to_owned());
        self.0
            .pool
            .transact(move |conn| {
                let (user, sealed) = (user.clone(), sealed.clone());
                Box::pin(async move { Ok(start(conn, &user, epoch, sealed).await?) })
            })
            .await
    }

    async fn try_totp(&self, user: &UserId, limit: TryLimit) -> Result<TotpTry, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .run(move |conn| {
                let user = user.clone();
                Box::pin(async move { Ok(count_try(conn, &user, limit).await?) })
            })
            .await
    }

    async fn confirm_totp(
        &self,
        user: &UserId,
        epoch: i64,
        sealed: &str,
        step: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        let (user, sealed) = (user.clone(), sealed.to_owned());
        self.0
            .pool
            .transact(move |conn| {
                let (user, sealed, codes) = (user.clone(), sealed.clone(), codes.clone());
                Box::pin(async move { Ok(confirm(conn, &user, epoch, &sealed, step, &codes).await?) })
            })
            .await
    }

    async fn use_totp_step(
        &self,
        user: &UserId,
        sealed: &str,
        step: i64,
        resealed: Option<String>,
    ) -> Result<bool, StoreError> {
        let (user, sealed) = (user.clone(), sealed.to_owned());
        self.0
            .pool
            .run(move |conn| {
                let (user, sealed) = (user.clone(), sealed.clone());
                let new = resealed.clone().unwrap_or_else(|| sealed.clone());
                Box::pin(async move { Ok(use_step(conn, &user, &sealed, step, new).await?) })
            })
            .await
    }

    async fn use_recovery_code(&self, user: &UserId, code: SecretHash) -> Result<bool, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let user = user.clone();
                Box::pin(async move { Ok(use_code(conn, &user, code).await?) })
            })
            .await
    }

    async fn replace_recovery_codes(
        &self,
        user: &UserId,
        epoch: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let (user, codes) = (user.clone(), codes.clone());
                Box::pin(async move {
                    if lock(conn, &user).await?.0.epoch != epoch || !lock_confirmed(conn, &user).await? {
                        return Ok(false);
                    }
                    replace_codes(conn, &user, &codes).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn delete_factors(&self, user: &UserId, epoch: Option<i64>) -> Result<bool, StoreError> {
        let user = user.clone();
        self.0
            .pool
            .transact(move |conn| {
                let user = user.clone();
                Box::pin(async move {
                    let current = lock(conn, &user).await?.0.epoch;
                    if epoch.is_some_and(|epoch| epoch != current) {
                        return Ok(false);
                    }
                    Ok(delete(conn, &user).await?)
                })
            })
            .await
    }
}

const COLUMNS: (auth_totp::secret, auth_totp::created_at, auth_totp::confirmed_at) =
    (auth_totp::secret, auth_totp::created_at, auth_totp::confirmed_at);

async fn find(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<StoredFactors> {
    let totp = auth_totp::table.find(user.as_str()).select(COLUMNS);
    let totp = totp.first::<TotpRow>(conn).await.optional()?;
    let left = auth_recovery_codes::table
        .filter(auth_recovery_codes::user_id.eq(user.as_str()))
        .filter(auth_recovery_codes::used_at.is_null())
        .count();
    let left = left.get_result::<i64>(conn).await?;
    Ok(StoredFactors {
        totp: totp.map(Into::into),
        recovery_codes: u32::try_from(left).unwrap_or_default(),
    })
}

async fn start(conn: &mut AsyncPgConnection, user: &UserId, epoch: i64, sealed: String) -> QueryResult<bool> {
    if lock(conn, user).await?.0.epoch != epoch {
        return Ok(false);
    }
    let unconfirmed = auth_totp::table
        .find(user.as_str())
        .filter(auth_totp::confirmed_at.is_null());
    diesel::delete(unconfirmed).execute(conn).await?;
    let started = diesel::insert_into(auth_totp::table)
        .values((
            auth_totp::user_id.eq(user.as_str()),
            auth_totp::secret.eq(sealed),
            auth_totp::created_at.eq(auth_now()),
        ))
        .on_conflict_do_nothing();
    Ok(started.execute(conn).await? == 1)
}

async fn count_try(conn: &mut AsyncPgConnection, user: &UserId, limit: TryLimit) -> QueryResult<TotpTry> {
    let row = auth_totp::table.find(user.as_str());
    let may_try = auth_totp::tries
        .lt(i64::from(limit.tries))
        .or(auth_totp::tried_at.le(later(-span_of(limit.wait))));
    let counted = diesel::update(row.filter(may_try))
        .set((
            auth_totp::tries.eq(auth_totp::tries + 1),
            auth_totp::tried_at.eq(auth_now()),
        ))
        .returning(COLUMNS)
        .get_result::<TotpRow>(conn)
        .await
        .optional()?;
    if let Some(row) = counted {
        return Ok(TotpTry::Counted(row.into()));
    }
    let times = row.select((auth_totp::tried_at, auth_now()));
    let times = times.first::<(i64, i64)>(conn).await.optional()?;
    Ok(times.map_or(TotpTry::NoTotp, |(tried_at, now)| TotpTry::TooMany {
        retry_after: Timestamp::from_millis(tried_at)
            .plus(limit.wait)
            .since(Timestamp::from_millis(now)),
    }))
}

async fn confirm(
    conn: &mut AsyncPgConnection,
    user: &UserId,
    epoch: i64,
    sealed: &str,
    step: i64,
    codes: &[SecretHash],
) -> QueryResult<bool> {
    if lock(conn, user).await?.0.epoch != epoch {
        return Ok(false);
    }
    let row = auth_totp::user_id
        .eq(user.as_str())
        .and(auth_totp::secret.eq(sealed))
        .and(auth_totp::confirmed_at.is_null());
    let confirmed = diesel::update(auth_totp::table.filter(row)).set((
        auth_totp::confirmed_at.eq(auth_now().nullable()),
        auth_totp::last_step.eq(step),
        auth_totp::tries.eq(0),
    ));
    if confirmed.execute(conn).await? == 0 {
        return Ok(false);
    }
    replace_codes(conn, user, codes).await?;
    Ok(true)
}

async fn use_step(
    conn: &mut AsyncPgConnection,
    user: &UserId,
    sealed: &str,
    step: i64,
    resealed: String,
) -> QueryResult<bool> {
    let row = auth_totp::user_id
        .eq(user.as_str())
        .and(auth_totp::secret.eq(sealed))
        .and(auth_totp::confirmed_at.is_not_null())
        .and(auth_totp::last_step.lt(step));
    let used = diesel::update(auth_totp::table.filter(row)).set((
        auth_totp::last_step.eq(step),
        auth_totp::tries.eq(0),
        auth_totp::secret.eq(resealed),
    ));
    Ok(used.execute(conn).await? == 1)
}

async fn use_code(conn: &mut AsyncPgConnection, user: &UserId, code: SecretHash) -> QueryResult<bool> {
    if !lock_confirmed(conn, user).await? {
        return Ok(false);
    }
    let open = auth_recovery_codes::user_id
        .eq(user.as_str())
        .and(auth_recovery_codes::code_hash.eq(code.0.to_vec()))
        .and(auth_recovery_codes::used_at.is_null());
    let used = diesel::update(auth_recovery_codes::table.filter(open))
        .set(auth_recovery_codes::used_at.eq(auth_now().nullable()))
        .execute(conn)
        .await?;
    if used == 1 {
        diesel::update(auth_totp::table.find(user.as_str()))
            .set(auth_totp::tries.eq(0))
            .execute(conn)
            .await?;
    }
    Ok(used == 1)
}

/// Locks the user's confirmed authenticator app; says whether there is one.
async fn lock_confirmed(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<bool> {
    let row = auth_totp::table
        .find(user.as_str())
        .filter(auth_totp::confirmed_at.is_not_null())
        .select(auth_totp::user_id)
        .for_no_key_update();
    Ok(row.first::<String>(conn).await.optional()?.is_some())
}

async fn replace_codes(conn: &mut AsyncPgConnection, user: &UserId, codes: &[SecretHash]) -> QueryResult<()> {
    delete_codes(conn, user).await?;
    let rows: Vec<_> = codes
        .iter()
        .map(|code| {
            (
                auth_recovery_codes::user_id.eq(user.as_str()),
                auth_recovery_codes::code_hash.eq(code.0.to_vec()),
            )
        })
        .collect();
    diesel::insert_into(auth_recovery_codes::table)
        .values(rows)
        .execute(conn)
        .await
        .map(drop)
}

async fn delete_codes(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<()> {
    diesel::delete(auth_recovery_codes::table.filter(auth_recovery_codes::user_id.eq(user.as_str())))
        .execute(conn)
        .await
        .map(drop)
}

/// Also what deleting an account does, in its own transaction. The user's row must be locked.
pub(super) async fn delete(conn: &mut AsyncPgConnection, user: &UserId) -> QueryResult<bool> {
    let deleted = diesel::delete(auth_totp::table.find(user.as_str()))
        .returning(auth_totp::confirmed_at.is_not_null())
        .get_result::<bool>(conn)
        .await
        .optional()?;
    delete_codes(conn, user).await?;
    Ok(deleted.unwrap_or_default())
}
