//! Stored second factors: the secret of an authenticator app, and recovery codes.

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;
use super::types::SecretHash;
use crate::clock::Timestamp;
use crate::ids::UserId;

/// An authenticator app (TOTP, RFC 6238) as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTotp {
    /// The secret, encrypted. The store neither reads it nor has the key.
    pub sealed: String,
    /// When its enrolment began.
    pub created_at: Timestamp,
    /// Whether the user has shown a code of it. Before that it is no factor.
    pub is_confirmed: bool,
}

/// What a user has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFactors {
    /// The authenticator app, confirmed or not.
    pub totp: Option<StoredTotp>,
    /// How many recovery codes are not used.
    pub recovery_codes: u32,
}

/// How many codes may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryLimit {
    /// So many in a row.
    pub tries: u32,
    /// After those, one in this time.
    pub wait: Duration,
}

/// The answer to a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TotpTry {
    /// It is counted, and the code can be compared.
    Counted(StoredTotp),
    /// There were too many; nothing was changed.
    TooMany {
        /// How long to wait for the next.
        retry_after: Duration,
    },
    /// The user has no authenticator app.
    NoTotp,
}

/// Stores second factors.
///
/// # Contract
///
/// - **One authenticator app** at most for a user. It is a factor once it is confirmed.
/// - **A step is used once.** One statement compares and sets it; of any number of callers at once
///   one gets it.
/// - **A try is counted before the code is compared,** and a used step or recovery code sets the
///   count back.
/// - **A recovery code is used once.** Only its hash is kept.
/// - **What changes a user's factors takes the user's epoch**, and changes nothing under another.
///   A session that ended meanwhile changes no factors.
/// - **Factors go with the account**: the verbs of a
///   [`ManagedAccounts`](super::ManagedAccounts) that delete one delete them as well. Nothing else
///   does, a new password in particular.
#[async_trait]
pub trait FactorStore: Send + Sync + 'static {
    /// What a user has.
    async fn find_factors(&self, user: &UserId) -> Result<StoredFactors, StoreError>;

    /// Begins the enrolment of an authenticator app, in place of one that was not confirmed. Says
    /// whether it did: it does not where the user has a confirmed one, or another epoch.
    async fn start_totp(&self, user: &UserId, epoch: i64, sealed: &str) -> Result<bool, StoreError>;

    /// Counts a try, and answers with what to compare the code with.
    async fn try_totp(&self, user: &UserId, limit: TryLimit) -> Result<TotpTry, StoreError>;

    /// Makes the authenticator app of this secret a factor, uses the step of the code that showed
    /// it, and makes these recovery codes the user's. Says whether it did: it does not where the
    /// app was confirmed before or has another secret, or the user another epoch.
    async fn confirm_totp(
        &self,
        user: &UserId,
        epoch: i64,
        sealed: &str,
        step: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError>;

    /// Uses a step of the confirmed authenticator app of this secret, and keeps the secret as
    /// `resealed` from now on. Says whether it did: it does not where this step or a later one was
    /// used.
    async fn use_totp_step(
        &self,
        user: &UserId,
        sealed: &str,
        step: i64,
        resealed: Option<String>,
    ) -> Result<bool, StoreError>;

    /// Uses a recovery code; says whether it was good.
    async fn use_recovery_code(&self, user: &UserId, code: SecretHash) -> Result<bool, StoreError>;

    /// Replaces the recovery codes of a user with a confirmed authenticator app; says whether there
    /// is one. It changes nothing under another epoch.
    async fn replace_recovery_codes(
        &self,
        user: &UserId,
        epoch: i64,
        codes: Vec<SecretHash>,
    ) -> Result<bool, StoreError>;

    /// Deletes every factor of a user; says whether there was a confirmed one. With `epoch`, only
    /// while that is the user's epoch.
    async fn delete_factors(&self, user: &UserId, epoch: Option<i64>) -> Result<bool, StoreError>;
}
