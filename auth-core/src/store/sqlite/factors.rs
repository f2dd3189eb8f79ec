//! [`FactorStore`] on its two tables.

use async_trait::async_trait;
use diesel::prelude::*;

use super::SqliteStore;
use super::schema::{auth_recovery_codes, auth_totp};
use super::users::counters_of;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::factor_row::TotpRow;
use crate::store::{FactorStore, SecretHash, StoreError, StoredFactors, TotpTry, TryLimit};

#[async_trait]
impl FactorStore for SqliteStore {
    async fn find_factors(&self, user: &UserId) -> Result<StoredFactors, StoreError> {
        let user = user.clone();
        self.0.reader.run(move |conn| Ok(find(conn, &user)?)).await
    }

    async fn start_totp(&self, user: &UserId, epoch: i64, sealed: &str) -> Result<bool, StoreError> {
        let (user, sealed) = (user.clone(), sealed.to_owned());
        let started = self.0.writer.run(move |conn, now| {
            if counters_of(conn, &user)?.epoch != epoch {
                return Ok(false);
            }
            Ok(start(conn, now, &user, sealed)?)
        });
        started.await
    }

    async fn try_totp(&self, user: &UserId, limit: TryLimit) -> Result<TotpTry, StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| Ok(count_try(conn, now, &user, limit)?))
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
        let confirmed = self.0.writer.run(move |conn, now| {
            if counters_of(conn, &user)?.epoch != epoch || !confirm(conn, now, &user, &sealed, step)? {
                return Ok(false);
            }
            replace_codes(conn, &user, &codes)?;
            Ok(true)
        });
        confirmed.await
    }

    async fn use_totp_step(
        &self,
        user: &UserId,
        sealed: &str,
        step: i64,
        resealed: Option<String>,
    ) -> Result<bool, StoreError> {
        let (user, sealed) = (user.clone(), sealed.to_owned());
        let used = self.0.writer.run(move |conn, _| {
            let row = auth_totp::user_id
                .eq(user.as_str())
                .and(auth_totp::secret.eq(&sealed))
                .and(auth_totp::confirmed_at.is_not_null())
                .and(auth_totp::last_step.lt(step));
            let used = diesel::update(auth_totp::table.filter(row)).set((
                auth_totp::last_step.eq(step),
                auth_totp::tries.eq(0),
                auth_totp::secret.eq(resealed.as_ref().unwrap_or(&sealed)),
            ));
            Ok(used.execute(conn)? == 1)
        });
        used.await
    }

    async fn use_recovery_code(&self, user: &UserId, code: SecretHash) -> Result<bool, StoreError> {
        let user = user.clone();
        self.0
            .writer
            .run(move |conn, now| Ok(use_code(conn, now, &user, code)?))
            .await
    }

    async fn replace_recovery_codes(
        &self,
        user: &UserId,
        epoch: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        let user = user.clone();
        let replaced = self.0.writer.run(move |conn, _| {
            let confirmed = auth_totp::table
                .find(user.as_str())
                .filter(auth_totp::confirmed_at.is_not_null())
                .count();
            if counters_of(conn, &user)?.epoch != epoch || confirmed.get_result::<i64>(conn)? == 0 {
                return Ok(false);
            }
            replace_codes(conn, &user, &codes)?;
            Ok(true)
        });
        replaced.await
    }

    async fn delete_factors(&self, user: &UserId, epoch: Option<i64>) -> Result<bool, StoreError> {
        let user = user.clone();
        let deleted = self.0.writer.run(move |conn, _| {
            let current = counters_of(conn, &user)?.epoch;
            if epoch.is_some_and(|epoch| epoch != current) {
                return Ok(false);
            }
            Ok(delete(conn, &user)?)
        });
        deleted.await
    }
}

const COLUMNS: (auth_totp::secret, auth_totp::created_at, auth_totp::confirmed_at) =
    (auth_totp::secret, auth_totp::created_at, auth_totp::confirmed_at);

fn find(conn: &mut SqliteConnection, user: &UserId) -> QueryResult<StoredFactors> {
    let totp = auth_totp::table.find(user.as_str()).select(COLUMNS);
    let left = auth_recovery_codes::table
        .filter(auth_recovery_codes::user_id.eq(user.as_str()))
        .filter(auth_recovery_codes::used_at.is_null())
        .count();
    Ok(StoredFactors {
        totp: totp.first::<TotpRow>(conn).optional()?.map(Into::into),
        recovery_codes: u32::try_from(left.get_result::<i64>(conn)?).unwrap_or_default(),
    })
}

fn start(conn: &mut SqliteConnection, now: Timestamp, user: &UserId, sealed: String) -> QueryResult<bool> {
    let unconfirmed = auth_totp::table
        .find(user.as_str())
        .filter(auth_totp::confirmed_at.is_null());
    diesel::delete(unconfirmed).execute(conn)?;
    let started = diesel::insert_or_ignore_into(auth_totp::table).values((
        auth_totp::user_id.eq(user.as_str()),
        auth_totp::secret.eq(sealed),
        auth_totp::created_at.eq(now.millis()),
    ));
    Ok(started.execute(conn)? == 1)
}

fn count_try(conn: &mut SqliteConnection, now: Timestamp, user: &UserId, limit: TryLimit) -> QueryResult<TotpTry> {
    let row = auth_totp::table.find(user.as_str());
    let may_try = auth_totp::tries
        .lt(i64::from(limit.tries))
        .or(auth_totp::tried_at.le(now.minus(limit.wait).millis()));
    let counted = diesel::update(row.filter(may_try))
        .set((
            auth_totp::tries.eq(auth_totp::tries + 1),
            auth_totp::tried_at.eq(now.millis()),
        ))
        .returning(COLUMNS)
        .get_result::<TotpRow>(conn)
        .optional()?;
    if let Some(row) = counted {
        return Ok(TotpTry::Counted(row.into()));
    }
    let tried_at = row.select(auth_totp::tried_at).first::<i64>(conn).optional()?;
    Ok(tried_at.map_or(TotpTry::NoTotp, |tried_at| TotpTry::TooMany {
        retry_after: Timestamp::from_millis(tried_at).plus(limit.wait).since(now),
    }))
}

fn confirm(conn: &mut SqliteConnection, now: Timestamp, user: &UserId, sealed: &str, step: i64) -> QueryResult<bool> {
    let row = auth_totp::user_id
        .eq(user.as_str())
        .and(auth_totp::secret.eq(sealed))
        .and(auth_totp::confirmed_at.is_null());
    let confirmed = diesel::update(auth_totp::table.filter(row)).set((
        auth_totp::confirmed_at.eq(now.millis()),
        auth_totp::last_step.eq(step),
        auth_totp::tries.eq(0),
    ));
    Ok(confirmed.execute(conn)? == 1)
}

fn use_code(conn: &mut SqliteConnection, now: Timestamp, user: &UserId, code: SecretHash) -> QueryResult<bool> {
    let open = auth_recovery_codes::user_id
        .eq(user.as_str())
        .and(auth_recovery_codes::code_hash.eq(code.0.as_slice()))
        .and(auth_recovery_codes::used_at.is_null());
    let used = diesel::update(auth_recovery_codes::table.filter(open))
        .set(auth_recovery_codes::used_at.eq(now.millis()))
        .execute(conn)?;
    if used == 1 {
        diesel::update(auth_totp::table.find(user.as_str()))
            .set(auth_totp::tries.eq(0))
            .execute(conn)?;
    }
    Ok(used == 1)
}

fn replace_codes(conn: &mut SqliteConnection, user: &UserId, codes: &[SecretHash]) -> QueryResult<()> {
    diesel::delete(auth_recovery_codes::table.filter(auth_recovery_codes::user_id.eq(user.as_str()))).execute(conn)?;
    for code in codes {
        diesel::insert_into(auth_recovery_codes::table)
            .values((
                auth_recovery_codes::user_id.eq(user.as_str()),
                auth_recovery_codes::code_hash.eq(code.0.as_slice()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Also what deleting an account does, in its own transaction.
pub(super) fn delete(conn: &mut SqliteConnection, user: &UserId) -> QueryResult<bool> {
    diesel::delete(auth_recovery_codes::table.filter(auth_recovery_codes::user_id.eq(user.as_str()))).execute(conn)?;
    let deleted = diesel::delete(auth_totp::table.find(user.as_str()))
        .returning(auth_totp::confirmed_at.is_not_null())
        .get_result::<bool>(conn)
        .optional()?;
    Ok(deleted.unwrap_or_default())
}
