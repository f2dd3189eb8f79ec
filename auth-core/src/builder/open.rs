//! The store that `auth.store` names, opened.

use std::sync::Arc;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
use std::time::Duration;

#[cfg(feature = "sqlite")]
use tokio::task::spawn_blocking;
#[cfg(feature = "postgres")]
use tracing::warn;

use super::AuthBuilder;
use super::error::BuildError;
#[cfg(feature = "sqlite")]
use super::wait::interrupted;
use crate::account::Accounts;
use crate::config::Config;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::config::Migrate;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
use crate::store::OwnAccounts;
#[cfg(feature = "postgres")]
use crate::store::postgres::{PostgresConfig, PostgresStore};
#[cfg(feature = "redis")]
use crate::store::redis::{self, RedisConfig, RedisStore};
#[cfg(feature = "sqlite")]
use crate::store::sqlite::{SqliteConfig, SqliteStore};
use crate::store::{Engine, ManagedAccounts, OpenError, Store};

/// How long a call of an operator's command may take.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
const OPERATOR_WAIT: Duration = Duration::from_secs(30);

/// A store, as each of the things it is.
pub(super) struct Opened {
    pub(super) sessions: Arc<dyn Store>,
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) managed: Option<Arc<dyn ManagedAccounts>>,
}

impl AuthBuilder {
    pub(super) async fn open_store(&self, config: &Config) -> Result<Opened, BuildError> {
        match Engine::of_url(config.store_url())? {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => Ok(self.opened(self.open_sqlite(config).await?)),
            #[cfg(not(feature = "sqlite"))]
            Engine::Sqlite => Err(OpenError::WithoutSqlite.into()),
            #[cfg(feature = "postgres")]
            Engine::Postgres => Ok(self.opened(self.open_postgres(config).await?)),
            #[cfg(not(feature = "postgres"))]
            Engine::Postgres => Err(OpenError::WithoutPostgres.into()),
            #[cfg(feature = "redis")]
            Engine::Redis => {
                let accounts = self.accounts.clone().ok_or(BuildError::RedisNeedsAccounts)?;
                Ok(self.beside(accounts, Arc::new(self.open_redis(config).await?)))
            }
            #[cfg(not(feature = "redis"))]
            Engine::Redis => Err(OpenError::WithoutRedis.into()),
        }
    }

    /// A store that keeps accounts as well, used unless the application has its own.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    fn opened<S: Store + ManagedAccounts + Clone>(&self, store: S) -> Opened {
        match self.accounts.clone() {
            Some(accounts) => self.beside(accounts, Arc::new(store)),
            None => Opened {
                sessions: Arc::new(store.clone()),
                accounts: Arc::new(store.clone()),
                managed: Some(Arc::new(store)),
            },
        }
    }

    /// Sessions beside the application's own accounts.
    #[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
    fn beside(&self, accounts: Arc<dyn Accounts>, sessions: Arc<dyn Store>) -> Opened {
        let managed = self.account_store.clone().map(|accounts| {
            let sessions = Arc::clone(&sessions);
            Arc::new(OwnAccounts { accounts, sessions }) as Arc<dyn ManagedAccounts>
        });
        Opened {
            sessions,
            accounts,
            managed,
        }
    }

    #[cfg(feature = "sqlite")]
    async fn open_sqlite(&self, settings: &Config) -> Result<SqliteStore, BuildError> {
        let defaults = SqliteConfig::new(SqliteStore::parse_url(settings.store_url()).map_err(OpenError::from)?);
        let config = SqliteConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: settings.migrate == Migrate::Auto,
            create: self.creates,
            wait: if self.serves { defaults.wait } else { OPERATOR_WAIT },
            ..defaults
        };
        let clock = Arc::clone(&self.clock);
        Ok(spawn_blocking(move || SqliteStore::open(config, clock))
            .await
            .map_err(interrupted)??)
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(&self, settings: &Config) -> Result<PostgresStore, BuildError> {
        let defaults = PostgresConfig::new(settings.store_url());
        let config = PostgresConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: settings.migrate == Migrate::Auto,
            pool_size: settings.postgres.pool_size.unwrap_or(defaults.pool_size),
            // A command ends before a notification could reach it.
            listen: settings.postgres.listen && self.serves,
            pooler: settings.postgres.pooler,
            wait: if self.serves { defaults.wait } else { OPERATOR_WAIT },
            ..defaults
        };
        if self.serves && !settings.is_debug() && config.is_exposed() {
            warn!(
                "`auth.store` leads to another host without `sslmode`: TLS is used only if the server offers it, and no \
                 certificate is checked; write `?sslmode=verify-full`, or `?sslmode=disable` if the network is safe"
            );
        }
        Ok(PostgresStore::open(config).await?)
    }

    #[cfg(feature = "redis")]
    async fn open_redis(&self, settings: &Config) -> Result<RedisStore, BuildError> {
        let mut config = RedisConfig::from_url(settings.store_url()).map_err(redis::OpenError::from)?;
        if !self.serves {
            config.wait = OPERATOR_WAIT;
        }
        Ok(RedisStore::open(config).await?)
    }
}
