//! The database of `auth.store`, which the library and the application share: SQLite or PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use auth_core::config::{Migrate, Pooler};
use auth_core::store::{Engine, OpenError, connect_postgres, sqlite_file};
use auth_core::{AccountError, Config};
use diesel::prelude::{ConnectionError, SqliteConnection};
use diesel_async::pooled_connection::deadpool::{BuildError, Object, Pool, PoolError};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::OnceCell;
use tokio::time::timeout;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

type Sqlite = SyncConnectionWrapper<SqliteConnection>;

/// Why the database gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The URL cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There can be no pool.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The database is away.
    #[error(transparent)]
    Connection(#[from] PoolError),
    /// Every connection is in use.
    #[error("no connection is free")]
    Busy,
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    /// Every query would have to be a transaction of its own.
    #[error("`auth.postgres.pooler` is \"transaction\", for which this example is not written")]
    Pooler,
    /// The tables could not be made.
    #[error("the tables cannot be brought up to date: {0}")]
    Migration(String),
}

impl From<DbError> for AccountError {
    fn from(error: DbError) -> AccountError {
        use diesel::result::DatabaseErrorKind::UniqueViolation;
        use diesel::result::Error::DatabaseError;
        match error {
            DbError::Query(DatabaseError(UniqueViolation, _)) => AccountError::AlreadyExists,
            other => AccountError::Unavailable(Box::new(other)),
        }
    }
}

/// Connections to the database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub pools: Pools,
    migrate: bool,
    migrated: Arc<OnceCell<()>>,
}

/// The connections of one engine.
#[derive(Clone)]
pub enum Pools {
    Sqlite(Pool<Sqlite>),
    Postgres(Pool<AsyncPgConnection>),
}

/// Runs a query on a connection. Diesel compiles it for both engines.
macro_rules! query {
    ($db:expr, |$conn:ident| $query:expr) => {{
        $db.up_to_date().await?;
        match &$db.pools {
            $crate::db::Pools::Sqlite(pool) => {
                let $conn = &mut *$crate::db::soon(pool.get()).await?;
                $query.await.map_err($crate::db::DbError::from)
            }
            $crate::db::Pools::Postgres(pool) => {
                let $conn = &mut *$crate::db::soon(pool.get()).await?;
                $query.await.map_err($crate::db::DbError::from)
            }
        }
    }};
}
pub(crate) use query;

/// A connection, if one is free within two seconds.
pub async fn soon<T>(connection: impl Future<Output = Result<T, PoolError>>) -> Result<T, DbError> {
    let free = timeout(Duration::from_secs(2), connection).await;
    Ok(free.map_err(|_| DbError::Busy)??)
}

impl Db {
    /// Prepares connections to the database that `config` names. The first query connects.
    pub fn of(config: &Config) -> Result<Db, DbError> {
        let url = config.store_url();
        let pools = match Engine::of_url(url)? {
            Engine::Sqlite => {
                let path = sqlite_file(url)?.to_string_lossy().into_owned();
                let mut manager = ManagerConfig::default();
                manager.custom_setup = Box::new(|path| {
                    let path = path.to_owned();
                    Box::pin(async move {
                        let mut conn = Sqlite::establish(&path).await?;
                        conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON")
                            .await
                            .map_err(ConnectionError::CouldntSetupConfiguration)?;
                        Ok(conn)
                    })
                });
                let manager = AsyncDieselConnectionManager::new_with_config(path, manager);
                Pools::Sqlite(Pool::builder(manager).max_size(4).build()?)
            }
            Engine::Postgres => {
                let pooler = config.postgres.pooler;
                if pooler == Pooler::Transaction {
                    return Err(DbError::Pooler);
                }
                let mut manager = ManagerConfig::default();
                // With TLS and timeouts as the library has them.
                manager.custom_setup = Box::new(move |url| {
                    let url = url.to_owned();
                    Box::pin(async move {
                        let connected = connect_postgres(&url, pooler).await;
                        connected.map_err(|error| ConnectionError::BadConnection(error.to_string()))
                    })
                });
                let manager = AsyncDieselConnectionManager::new_with_config(url, manager);
                Pools::Postgres(Pool::builder(manager).max_size(8).build()?)
            }
            _ => return Err(OpenError::UnknownScheme.into()),
        };
        Ok(Db {
            pools,
            migrate: config.migrate == Migrate::Auto,
            migrated: Arc::default(),
        })
    }

    /// Makes the tables, before the first query and unless `auth.migrate` is `"manual"`.
    pub async fn up_to_date(&self) -> Result<(), DbError> {
        if self.migrate {
            self.migrated.get_or_try_init(|| self.migrate()).await?;
        }
        Ok(())
    }

    /// Makes the tables.
    pub async fn migrate(&self) -> Result<(), DbError> {
        // On a connection that ends here.
        match &self.pools {
            Pools::Sqlite(pool) => migrate(Object::take(pool.get().await?)),
            Pools::Postgres(pool) => {
                let mut conn = Object::take(pool.get().await?);
                // Of nodes that start at once, one makes the tables. The lock ends with the
                // connection.
                // A migration may take longer than a request.
                conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = '2min'")
                    .await?;
                conn.batch_execute("SELECT pg_advisory_lock(7236829)").await?;
                migrate(conn)
            }
        }
    }
}

fn migrate<C: AsyncConnection>(conn: C) -> Result<(), DbError>
where
    AsyncMigrationHarness<C>: MigrationHarness<C::Backend>,
{
    let made = AsyncMigrationHarness::new(conn)
        .run_pending_migrations(MIGRATIONS)
        .map(drop);
    made.map_err(|error| DbError::Migration(error.to_string()))
}
