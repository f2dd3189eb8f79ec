use super::age::EARLIEST;
use crate::account::AccountError;
use crate::clock::Timestamp;
use crate::config::ConfigError;
use crate::keys::{KeyError, MAX_TOKEN_BYTES};
use crate::password::HashError;
use crate::session::SessionError;
use crate::store::OpenError;
#[cfg(feature = "redis")]
use crate::store::redis;

/// Why no [`Auth`](crate::Auth) could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database cannot be opened.
    #[error("`auth.store`: {0}")]
    Store(#[from] OpenError),
    /// The Redis of `auth.store` cannot be used.
    #[cfg(feature = "redis")]
    #[error("`auth.store`: {0}")]
    Redis(#[from] redis::OpenError),
    /// Redis keeps no accounts, and the application brings none.
    #[error(
        "`auth.store` is a Redis, which keeps sessions only: give the fairing your users with `.accounts(…)`, or use a \
         database that keeps accounts"
    )]
    RedisNeedsAccounts,
    /// A token with every role would be too long to be accepted.
    #[error(
        "an access token with all {count} roles of `{role_enum}` is {length} bytes long, and one of more than {MAX_TOKEN_BYTES} is \
         refused: give the roles shorter names, or have fewer of them"
    )]
    Roles {
        /// The enum.
        role_enum: &'static str,
        /// How many roles it has.
        count: usize,
        /// How long the token would be, in bytes.
        length: usize,
    },
    /// The password hasher does not work.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The accounts cannot be read.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The revocations cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The clock says a time before this program was built.
    #[error("the system's clock says {0}, which is before this program was built ({EARLIEST}); set it")]
    Clock(Timestamp),
    /// A release was started on a database with the accounts of a demo.
    #[error(
        "the database of `auth.store` holds {0} demo accounts, whose passwords were printed; a release does not start on it: use another database"
    )]
    DemoAccounts(i64),
    /// The runtime is shutting down.
    #[error("the database could not be opened: {0}")]
    Interrupted(String),
}
