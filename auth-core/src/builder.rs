//! From a configuration to a working [`Auth`], with or without Rocket.

use std::sync::Arc;

use serde_json::json;
use tokio::task::{JoinError, spawn_blocking};
#[cfg(feature = "postgres")]
use tracing::warn;
use uuid::Uuid;

use crate::account::{AccountError, Accounts};
use crate::audit::{Audit, AuditSink};
use crate::clock::{Clock, SystemClock, Timestamp};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::config::Migrate;
use crate::config::{Config, ConfigError};
use crate::ids::UserId;
use crate::keys::{KeyError, KeyRing, KeyRings, MAX_TOKEN_BYTES, check_secret};
use crate::password::{HashError, Pepper};
use crate::role::RoleTable;
use crate::session::{Auth, AuthParts, SessionError};
#[cfg(feature = "postgres")]
use crate::store::postgres::{PostgresConfig, PostgresStore};
#[cfg(feature = "redis")]
use crate::store::redis::{self, RedisConfig, RedisStore};
#[cfg(feature = "sqlite")]
use crate::store::sqlite::{SqliteConfig, SqliteStore};
use crate::store::{AccountStore, Engine, OpenError, SessionStore};

/// When this version was made, 2026-11-01, in seconds since the epoch; raised with each release.
const RELEASED: i64 = 1_793_491_200;

/// No server can run before it was built: a clock that says so is wrong, and every token it stamps would be.
///
/// A build that is to be reproducible must not ask what time it is. `SOURCE_DATE_EPOCH` is how those who build say it
/// (<https://reproducible-builds.org/specs/source-date-epoch/>); cargo rebuilds when it changes. Without it, or with one that is
/// earlier or no number, it is the release that counts.
const EARLIEST: Timestamp = earliest(option_env!("SOURCE_DATE_EPOCH"));

/// Makes an [`Auth`]: opens the database, prepares the keys, and refuses what is unsafe.
///
/// The fairing uses it; a command-line tool or a worker can use it alone.
pub struct AuthBuilder {
    config: Config,
    roles: RoleTable,
    clock: Arc<dyn Clock>,
    accounts: Option<Arc<dyn Accounts>>,
    sinks: Vec<Arc<dyn AuditSink>>,
    serves: bool,
    creates: bool,
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
            sinks: Vec::new(),
            serves: true,
            creates: true,
        }
    }

    /// Uses the application's own users instead of the built-in table.
    #[must_use]
    pub fn accounts(mut self, accounts: Arc<dyn Accounts>) -> AuthBuilder {
        self.accounts = Some(accounts);
        self
    }

    /// Hands every security event to `sink`, besides the log. May be called more than once.
    #[must_use]
    pub fn audit(mut self, sink: Arc<dyn AuditSink>) -> AuthBuilder {
        self.sinks.push(sink);
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

    /// Refuses a SQLite file that is missing instead of making it. For command-line tools that change what is there.
    #[must_use]
    pub fn of_existing_database(mut self) -> AuthBuilder {
        self.creates = false;
        self
    }

    /// Makes it. Must be called on a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that has to change, and never holds a secret.
    pub async fn build(self) -> Result<Auth, BuildError> {
        refuse_early(self.clock.now())?;
        if let Some(key) = &self.config.audit_pseudonym_key {
            check_secret(key.expose())
                .map_err(|weak| ConfigError::new("auth.audit_pseudonym_key", weak.to_string()))?;
        }
        let audit = Audit::new(self.config.audit_pseudonym_key.as_ref(), self.sinks.clone()).map_err(KeyError::from)?;
        let keys = if self.serves {
            KeyRings::from_config(&self.config)?
        } else {
            KeyRings::random()?
        };
        if self.serves {
            refuse_long_tokens(&keys.access, &self.config, &self.roles)?;
        }
        // An operator's tool needs it, too: it hashes passwords of new accounts.
        let pepper = Pepper::from_config(&self.config)?;
        let own_accounts = self.accounts.clone();
        let opened = self.open_store(own_accounts).await?;
        if let Some(accounts) = &opened.managed {
            let demo = accounts.count().await?.demo;
            if demo > 0 && self.serves && !self.config.is_debug() {
                return Err(BuildError::DemoAccounts(demo));
            }
        }
        let parts = AuthParts {
            config: self.config,
            roles: self.roles,
            clock: self.clock,
            keys,
            pepper,
            accounts: opened.accounts,
            managed: opened.managed,
            store: opened.sessions,
            audit,
        };
        // Making the hasher takes one hash.
        let auth = spawn_blocking(move || Auth::new(parts)).await??;
        auth.load_revocations().await?;
        Ok(auth)
    }

    #[cfg_attr(
        not(any(feature = "postgres", feature = "redis", feature = "sqlite")),
        expect(unused_variables, reason = "no store is compiled")
    )]
    async fn open_store(&self, own: Option<Arc<dyn Accounts>>) -> Result<Opened, BuildError> {
        match Engine::of_url(self.config.store_url())? {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => Ok(Opened::with_accounts(self.open_sqlite().await?, own)),
            #[cfg(not(feature = "sqlite"))]
            Engine::Sqlite => Err(OpenError::WithoutSqlite.into()),
            #[cfg(feature = "postgres")]
            Engine::Postgres => Ok(Opened::with_accounts(self.open_postgres().await?, own)),
            #[cfg(not(feature = "postgres"))]
            Engine::Postgres => Err(OpenError::WithoutPostgres.into()),
            #[cfg(feature = "redis")]
            Engine::Redis => {
                let accounts = own.ok_or(BuildError::RedisNeedsAccounts)?;
                Ok(Opened {
                    sessions: Arc::new(self.open_redis().await?),
                    accounts,
                    managed: None,
                })
            }
            #[cfg(not(feature = "redis"))]
            Engine::Redis => Err(OpenError::WithoutRedis.into()),
        }
    }

    #[cfg(feature = "sqlite")]
    async fn open_sqlite(&self) -> Result<SqliteStore, BuildError> {
        let config = SqliteConfig {
            keeps_accounts: self.accounts.is_none(),
            migrate: self.config.migrate == Migrate::Auto,
            create: self.creates,
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
            pool_size: self.config.postgres.pool_size.unwrap_or(defaults.pool_size),
            // A command is over before it could hear of anything.
            listen: self.config.postgres.listen && self.serves,
            pooler: self.config.postgres.pooler,
            ..defaults
        };
        if self.serves && !self.config.is_debug() && config.is_exposed() {
            warn!(
                "`auth.store` leads to another host without `sslmode`: TLS is used only if the server offers it, and no \
                 certificate is checked; write `?sslmode=verify-full`, or `?sslmode=disable` if the network is safe"
            );
        }
        Ok(PostgresStore::open(config).await?)
    }

    #[cfg(feature = "redis")]
    async fn open_redis(&self) -> Result<RedisStore, BuildError> {
        let config = RedisConfig::from_url(self.config.store_url()).map_err(redis::OpenError::from)?;
        Ok(RedisStore::open(config).await?)
    }
}

/// A store, as each of the things it is.
struct Opened {
    sessions: Arc<dyn SessionStore>,
    accounts: Arc<dyn Accounts>,
    managed: Option<Arc<dyn AccountStore>>,
}

impl Opened {
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    /// A store that keeps accounts as well, used unless the application has its own.
    fn with_accounts<S: SessionStore + AccountStore + Clone>(store: S, own: Option<Arc<dyn Accounts>>) -> Opened {
        let sessions: Arc<dyn SessionStore> = Arc::new(store.clone());
        match own {
            Some(accounts) => Opened {
                sessions,
                accounts,
                managed: None,
            },
            None => Opened {
                sessions,
                accounts: Arc::new(store.clone()),
                managed: Some(Arc::new(store)),
            },
        }
    }
}

fn refuse_early(now: Timestamp) -> Result<(), BuildError> {
    if now < EARLIEST {
        Err(BuildError::Clock(now))
    } else {
        Ok(())
    }
}

/// Refuses roles of which a user could hold so many that no token of theirs would be accepted.
fn refuse_long_tokens(ring: &KeyRing, config: &Config, roles: &RoleTable) -> Result<(), BuildError> {
    // Every claim at its longest.
    let longest = json!({
        "iss": config.issuer,
        "aud": config.audience,
        "sub": "x".repeat(UserId::MAX_LEN),
        "sid": Uuid::nil(),
        "jti": Uuid::nil(),
        "roles": roles.names(),
        "iat": i64::MAX,
        "exp": i64::MAX,
        "auth_time": i64::MAX,
        "epoch": i64::MAX,
        "rv": i64::MAX,
    });
    let length = ring.sign(&longest).map_err(SessionError::from)?.len();
    if length <= MAX_TOKEN_BYTES {
        return Ok(());
    }
    Err(BuildError::Roles {
        role_enum: roles.role_enum().name(),
        count: roles.names().len(),
        length,
    })
}

const fn earliest(source_date_epoch: Option<&str>) -> Timestamp {
    // `str::parse` is not const yet.
    let built = match source_date_epoch {
        Some(text) => match i64::from_str_radix(text, 10) {
            Ok(secs) => secs,
            Err(_) => RELEASED,
        },
        None => RELEASED,
    };
    Timestamp::from_secs(if built > RELEASED { built } else { RELEASED })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_one_millisecond_before_the_build_is_refused_and_the_moment_itself_is_not() {
        let before = EARLIEST.minus(std::time::Duration::from_millis(1));
        let refused = refuse_early(before).expect_err("too early").to_string();
        assert!(
            refused.contains(&before.to_string()) && refused.contains("set it"),
            "{refused}"
        );
        assert!(refuse_early(EARLIEST).is_ok());
    }

    #[test]
    fn the_build_is_dated_by_source_date_epoch_but_never_before_the_release() {
        for (given, secs) in [
            (None, RELEASED),
            (Some(""), RELEASED),
            (Some("soon"), RELEASED),
            (Some("0"), RELEASED),
            (Some("-5"), RELEASED),
            (Some("99999999999999999999"), RELEASED),
            (Some("1900000000"), 1_900_000_000),
        ] {
            assert_eq!(earliest(given), Timestamp::from_secs(secs), "{given:?}");
        }
    }
}
