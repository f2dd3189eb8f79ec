//! Where the database is and how the store behaves.

use std::fmt;
use std::time::Duration;

use super::url::Target;
use crate::secret::SecretString;
use crate::store::Pooler;

/// Settings of a [`PostgresStore`](super::PostgresStore).
///
/// ```
/// use auth_core::__internal::postgres::PostgresConfig;
///
/// let config = PostgresConfig { pool_size: 20, ..PostgresConfig::new("postgres://app@db.internal/app?sslmode=verify-full") };
/// assert!(config.keeps_accounts && config.listen);
/// ```
#[derive(Clone)]
pub struct PostgresConfig {
    /// `postgres://user:password@host:5432/database`. What `sslmode` in it does:
    ///
    /// - `disable`: plain text;
    /// - `prefer` (default): TLS if the server offers it, without asking who the server is;
    /// - `require`: TLS or nothing, without asking who the server is unless `sslrootcert` says who
    ///   may sign its certificate;
    /// - `verify-ca`: and one of the roots signed the server's certificate;
    /// - `verify-full`: and the certificate names the host. The one to use over a network.
    ///
    /// The roots are the operating system's, or those in the PEM file that `sslrootcert` names.
    pub url: SecretString,
    /// Whether the accounts are those of the built-in table, so that creating and rotating a
    /// session read them in the same transaction. Default: `true`.
    pub keeps_accounts: bool,
    /// Whether opening brings the schema up to date. Default: `true`. With `false`, a missing or
    /// old schema is an error.
    pub migrate: bool,
    /// The most connections at once, not counting the one that listens. Default:
    /// [`PostgresConfig::default_pool_size`].
    pub pool_size: usize,
    /// Whether [`RevocationLog::changes`](crate::store::RevocationLog::changes) tells what other
    /// processes change, by `LISTEN` on a connection of its own. Default: `true`. Without effect
    /// behind a [`Pooler::Transaction`].
    pub listen: bool,
    /// The pooler between this program and the server. Default: [`Pooler::None`].
    pub pooler: Pooler,
    /// How long a call waits for a connection, and how long one statement may take, before it gives
    /// up with [`StoreError`](crate::store::StoreError). A call as a whole takes at most an eighth
    /// more, so that a refresh is refused well within 2.5 s. Default: 1.5 s.
    pub wait: Duration,
}

impl PostgresConfig {
    /// The defaults, with the database at `url`.
    pub fn new(url: impl Into<String>) -> PostgresConfig {
        PostgresConfig {
            url: SecretString::new(url),
            keeps_accounts: true,
            migrate: true,
            pool_size: PostgresConfig::default_pool_size(),
            listen: true,
            pooler: Pooler::None,
            wait: Duration::from_millis(1500),
        }
    }

    /// Four for each core, from 8 to 32: a connection mostly waits for the database's disk.
    pub fn default_pool_size() -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (cores * 4).clamp(8, 32)
    }

    /// Whether the URL leaves it to the server at another host whether and to whom passwords go in
    /// plain text.
    pub(crate) fn is_exposed(&self) -> bool {
        Target::of_url(self.url.expose(), self.wait).is_ok_and(|target| target.is_exposed())
    }

    /// How long a call may take as a whole.
    pub(super) fn limit(&self) -> Duration {
        self.wait + self.wait / 8
    }
}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may hold a password.
        f.debug_struct("PostgresConfig")
            .field("keeps_accounts", &self.keeps_accounts)
            .field("migrate", &self.migrate)
            .field("pool_size", &self.pool_size)
            .field("listen", &self.listen)
            .field("pooler", &self.pooler)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}
