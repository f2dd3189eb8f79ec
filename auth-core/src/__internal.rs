//! What the benchmarks, the fuzz targets and the tests of this workspace name besides the public
//! interface. It changes in any version.

pub use crate::account::NewAccount;
pub use crate::account::{InvalidEmail, check_email, normalise_email};
pub use crate::audit::sink::Audit;
pub use crate::clock::{Clock, InvalidTimestamp, ManualClock, SystemClock};
pub use crate::config::environment::Environment;
pub use crate::ids::{InvalidSessionId, InvalidUserId};
pub use crate::keys::error::BadKey;
pub use crate::keys::fingerprint::same_hmac_key;
pub use crate::keys::key::TokenType;
pub use crate::keys::ring::{InvalidSignature, KeyRing, MAX_TOKEN_BYTES};
pub use crate::keys::rings::KeyRings;
pub use crate::keys::signing::{SigningFailed, UnknownAlgorithm};
pub use crate::metrics::metric::{Label, Metric, MetricKind};
pub use crate::metrics::table::METRICS;
pub use crate::password::comparison::{PasswordCheck, Unusable};
pub use crate::password::hasher::Hasher;
pub use crate::password::pepper::Pepper;
pub use crate::password::policy::{check_new_password, check_new_password_of};
pub use crate::password::pool::{HashLoad, HashPermit};
pub use crate::role::{
    Decision, PolicyAnswers, PolicyTerm, RoleEnum, RoleTable, RoleTerm, Rule, Ruling, ScopedTerm, Terms, UnknownRole,
};
pub use crate::secret::{NoEntropy, SecretBytes, SecretVec};
pub use crate::session::parts::AuthParts;
pub use crate::session::revocation_list::Revocations;
pub use crate::store::accounts::{ManagedAccounts, PasswordChange};
pub use crate::store::contract::Store;
pub use crate::store::factors::{FactorStore, StoredFactors, StoredTotp, TotpTry, TryLimit};
pub use crate::store::maintenance::Maintenance;
pub use crate::store::own_accounts::OwnAccounts;
pub use crate::store::presented::{PresentedToken, Rejection, RotatedSession, Rotation, RotationPolicy};
pub use crate::store::revocation_log::RevocationLog;
pub use crate::store::session_store::SessionStore;
pub use crate::store::tickets::{
    MAX_TICKET_DATA, MAX_TICKET_PURPOSE, NewTicket, StoredTicket, TicketKey, TicketOwner, TicketStore,
};
pub use crate::store::types::{
    ChangedUser, Changes, CreatedSession, KeptSession, NewEpoch, NewSession, RenewedSession, Revocation, SecretHash,
    SessionSecret, UserCounters,
};
pub use crate::token::{AccessTokens, NewAccess, RefreshClaims, RefreshTokens, TokenIssuer};
#[cfg(feature = "__fuzzing")]
pub use crate::web::fuzzing;
#[cfg(feature = "rocket")]
pub use crate::web::{AccessRule, PolicyFailure, endpoints, factor_endpoints, flow_endpoints, well_known};

/// The store of one SQLite file.
#[cfg(feature = "sqlite")]
pub mod sqlite {
    pub use crate::store::sqlite::{InvalidUrl, SqliteConfig, SqliteStore};
}

/// The store of a PostgreSQL.
#[cfg(feature = "postgres")]
pub mod postgres {
    pub use crate::store::postgres::{InvalidUrl, PostgresConfig, PostgresStore};
}

/// The sessions of a Redis.
#[cfg(feature = "redis")]
pub mod redis {
    pub use crate::store::redis::{InvalidUrl, OpenError, RedisConfig, RedisStore};
}
