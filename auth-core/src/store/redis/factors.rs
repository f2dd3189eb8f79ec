//! [`FactorStore`] with keys in Redis, which stay until the factor or the account is deleted.

use std::time::Duration;

use async_trait::async_trait;

use super::RedisStore;
use super::row::hex;
use super::scripts::{
    CONFIRM_TOTP, DELETE_FACTORS, FIND_FACTORS, REPLACE_RECOVERY_CODES, START_TOTP, TRY_TOTP, USE_RECOVERY_CODE,
    USE_TOTP_STEP, millis,
};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{FactorStore, SecretHash, StoreError, StoredFactors, StoredTotp, TotpTry, TryLimit};

#[async_trait]
impl FactorStore for RedisStore {
    async fn find_factors(&self, user: &UserId) -> Result<StoredFactors, StoreError> {
        let mut call = self.0.names.call(&FIND_FACTORS);
        call.arg(user.as_str());
        let row = self.0.link.run::<(String, i64, bool, u32)>(&call).await?;
        let (sealed, created_at, is_confirmed, recovery_codes) = row;
        let totp = (!sealed.is_empty()).then_some(StoredTotp {
            sealed,
            created_at: Timestamp::from_millis(created_at),
            is_confirmed,
        });
        Ok(StoredFactors { totp, recovery_codes })
    }

    async fn start_totp(&self, user: &UserId, epoch: i64, sealed: &str) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&START_TOTP);
        call.arg(user.as_str()).arg(epoch).arg(sealed);
        self.0.link.run(&call).await
    }

    async fn try_totp(&self, user: &UserId, limit: TryLimit) -> Result<TotpTry, StoreError> {
        let mut call = self.0.names.call(&TRY_TOTP);
        call.arg(user.as_str()).arg(limit.tries).arg(millis(limit.wait));
        let (word, time, is_confirmed, sealed) = self.0.link.run::<(String, i64, bool, String)>(&call).await?;
        match word.as_str() {
            "counted" => Ok(TotpTry::Counted(StoredTotp {
                sealed,
                created_at: Timestamp::from_millis(time),
                is_confirmed,
            })),
            "wait" => Ok(TotpTry::TooMany {
                retry_after: Duration::from_millis(u64::try_from(time).unwrap_or_default()),
            }),
            "none" => Ok(TotpTry::NoTotp),
            _ => Err(StoreError::Corrupt("an unknown answer to a try".to_owned())),
        }
    }

    async fn confirm_totp(
        &self,
        user: &UserId,
        epoch: i64,
        sealed: &str,
        step: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&CONFIRM_TOTP);
        call.arg(user.as_str()).arg(epoch).arg(sealed).arg(step);
        for code in codes {
            call.arg(hex(code));
        }
        self.0.link.run(&call).await
    }

    async fn use_totp_step(
        &self,
        user: &UserId,
        sealed: &str,
        step: i64,
        resealed: Option<String>,
    ) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&USE_TOTP_STEP);
        call.arg(user.as_str())
            .arg(sealed)
            .arg(step)
            .arg(resealed.as_deref().unwrap_or(sealed));
        self.0.link.run(&call).await
    }

    async fn use_recovery_code(&self, user: &UserId, code: SecretHash) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&USE_RECOVERY_CODE);
        call.arg(user.as_str()).arg(hex(code));
        self.0.link.run(&call).await
    }

    async fn replace_recovery_codes(
        &self,
        user: &UserId,
        epoch: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&REPLACE_RECOVERY_CODES);
        call.arg(user.as_str()).arg(epoch);
        for code in codes {
            call.arg(hex(code));
        }
        self.0.link.run(&call).await
    }

    async fn delete_factors(&self, user: &UserId, epoch: Option<i64>) -> Result<bool, StoreError> {
        let mut call = self.0.names.call(&DELETE_FACTORS);
        call.arg(user.as_str())
            .arg(epoch.map(|epoch| epoch.to_string()).unwrap_or_default());
        self.0.link.run(&call).await
    }
}
