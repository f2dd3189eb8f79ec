//! Stored sessions: the contract every store keeps, and the stores that keep it.

pub(crate) mod accounts;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod application;
pub(crate) mod contract;
pub(crate) mod engine;
mod error;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod factor_row;
pub(crate) mod factors;
pub(crate) mod maintenance;
mod measured;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod origin;
pub(crate) mod own_accounts;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod prepared;
pub(crate) mod presented;
#[cfg(feature = "redis")]
pub(crate) mod redis;
pub(crate) mod revocation_log;
#[cfg(any(feature = "sqlite", test))]
mod rotation;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod row;
pub(crate) mod session_store;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod ticket_row;
pub(crate) mod tickets;
pub(crate) mod types;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) use self::accounts::same_roles;
pub(crate) use self::accounts::{AccountCount, ManagedAccounts, PasswordChange};
#[cfg(feature = "postgres")]
pub use self::application::connect_postgres;
#[cfg(feature = "sqlite")]
pub use self::application::sqlite_file;
pub(crate) use self::contract::Store;
pub use self::engine::Engine;
pub(crate) use self::engine::Pooler;
pub use self::error::{OpenError, StoreError};
pub(crate) use self::factors::{FactorStore, StoredFactors, StoredTotp, TotpTry, TryLimit};
pub(crate) use self::maintenance::Maintenance;
pub(crate) use self::measured::MeasuredStore;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub(crate) use self::own_accounts::OwnAccounts;
pub(crate) use self::own_accounts::{account_of, change_own_password, set_own_password_by_ticket};
pub(crate) use self::presented::{
    MAX_GENERATION, PresentedToken, Rejection, RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy,
};
pub(crate) use self::revocation_log::RevocationLog;
pub(crate) use self::session_store::SessionStore;
pub(crate) use self::tickets::{
    MAX_TICKET_DATA, MAX_TICKET_PURPOSE, NewTicket, StoredTicket, TicketKey, TicketOwner, TicketStore,
};
pub(crate) use self::types::{
    ChangedUser, Changes, CreatedSession, KeptSession, NewEpoch, NewSession, RenewedSession, Revocation,
    RevocationReason, SecretHash, Session, SessionSecret, UserCounters,
};

/// How many sessions above a user's limit one sign-in ends. Only a user from before there was a
/// limit has more.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
const OVER_LIMIT_BATCH: i64 = 500;
