//! From a configuration to a working [`Auth`], with or without Rocket.

use std::sync::Arc;

use tokio::task::{JoinError, spawn_blocking};

use crate::account::{AccountError, Accounts, ManagedAccounts};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::config::{Config, ConfigError, Migrate};
use crate::keys::{KeyError, KeyRings};
use crate::password::HashError;
use crate::role::RoleTable;
use crate::session::{Auth, AuthParts, SessionError};
#[cfg(feature = "postgres")]
use crate::store::postgres::{PostgresConfig, PostgresStore};
use crate::store::sqlite::{SqliteConfig, SqliteStore};
use crate::store::{Engine, OpenError, SessionStore};

/// No server of this version can run before this time, 2026-11-01: a clock that says so is wrong, and every token it
/// stamps would be.
const EARLIEST: Timestamp = Timestamp::from_secs(1_793_491_200);

/// Makes an [`Auth`]: opens the database, prepares the keys, and refuses what is unsafe.
///
/// The fairing uses it; a command-line tool or a worker can use it alone.
pub struct AuthBuilder {
    config: Config,
    roles: RoleTable,
    clock: Arc<dyn Clock>,
    accounts: Option<Arc<dyn Accounts>>,
    serves: bool,
}

/// Why no [`Auth`] could be made.
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
    /// The password hasher does not work.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The accounts cannot be read.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The revocations cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The clock says a time before this version was made.
    #[error("the system's clock says {0}, which is before this version was made; set it")]
    Clock(Timestamp),
    /// A release was started on a database with the accounts of a demo.
    #[error(
        "the database of `auth.store` holds {0} demo accounts, whose passwords were printed; a release does not start on it: use another database"
    )]
    DemoAccounts(i64),
    /// The runtime is shutting down.
    #[error("the database could not be opened: {0}")]
    Interrupted(#[from] JoinError),
}

impl AuthBuilder {
    /// A builder for `config` and the application's roles.
    pub fn new(config: Config, roles: RoleTable) -> AuthBuilder {
        AuthBuilder {
            config,
            roles,
            clock: Arc::new(SystemClock),
            accounts: None,
            serves: true,
        }
    }

    /// Uses the application's own users instead of the built-in table.
    #[must_use]
    pub fn accounts(mut self, accounts: Arc<dyn Accounts>) -> AuthBuilder {
        self.accounts = Some(accounts);
        self
    }

    /// Uses another clock than the system's; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> AuthBuilder {
        self.clock = clock;
        self
    }

    /// Makes an [`Auth`] that serves nobody: it needs no keys and minds no demo accounts. For command-line tools.
    #[must_use]
    pub fn for_operator(mut self) -> AuthBuilder {
        self.serves = false;
        self
    }

    /// Makes it. Must be called on a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that has to change, and never holds a secret.
    pub async fn build(self) -> Result<Auth, BuildError> {
        let now = self.clock.now();
        if now < EARLIEST {
            return Err(BuildError::Clock(now));
        }
        let keys = if self.serves {
            KeyRings::from_config(&self.config)?
        } else {
            KeyRings::random()?
        };
        let opened = self.open_store().await?;
        let managed = self.accounts.is_none().then_some(opened.managed);
        if let Some(accounts) = &managed {
            let demo = accounts.count().await?.demo;
            if demo > 0 && self.serves && !self.config.is_debug() {
                return Err(BuildError::DemoAccounts(demo));
            }
        }
        let accounts = self.accounts.unwrap_or(opened.accounts);
        let parts = AuthParts {
            config: self.config,
            roles: self.roles,
            clock: self.clock,
            keys,
            accounts,
            managed,
            store: opened.sessions,
        };
        // Making the hasher takes one hash.
        let auth = spawn_blocking(move || Auth::new(parts)).await??;
        auth.load_revocations().await?;
        Ok(auth)
    }

    async fn open_store(&self) -> Result<Opened, BuildError> {
        match Engine::of_url(self.config.store_url())? {
            Engine::Sqlite => self.open_sqlite().await.map(Opened::new),
            #[cfg(feature = "postgres")]
            Engine::Postgres => self.open_postgres().await.map(Opened::new),
            #[cfg(not(feature = "postgres"))]
            Engine::Postgres => Err(OpenError::WithoutPostgres.into()),
        }
    }

    async fn open_sqlite(&self) -> Result<SqliteStore, BuildError> {
        let config = SqliteConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: self.config.migrate == Migrate::Auto,
            ..SqliteConfig::new(SqliteStore::parse_url(self.config.store_url()).map_err(OpenError::from)?)
        };
        let clock = Arc::clone(&self.clock);
        Ok(spawn_blocking(move || SqliteStore::open(config, clock)).await??)
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(&self) -> Result<PostgresStore, BuildError> {
        let defaults = PostgresConfig::new(self.config.store_url());
        let config = PostgresConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: self.config.migrate == Migrate::Auto,
            pool_size: self.config.pool_size.unwrap_or(defaults.pool_size),
            // A command is over before it could hear of anything.
            listen: self.config.listen && self.serves,
            ..defaults
        };
        Ok(PostgresStore::open(config).await?)
    }
}

/// A store, as each of the things it is.
struct Opened {
    sessions: Arc<dyn SessionStore>,
    accounts: Arc<dyn Accounts>,
    managed: Arc<dyn ManagedAccounts>,
}

impl Opened {
    fn new<S: SessionStore + ManagedAccounts + Clone>(store: S) -> Opened {
        Opened {
            sessions: Arc::new(store.clone()),
            accounts: Arc::new(store.clone()),
            managed: Arc::new(store),
        }
    }
}
