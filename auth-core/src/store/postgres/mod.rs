//! Sessions and accounts in PostgreSQL: one database for any number of machines.
//!
//! Rotation is one statement on one connection of a bounded pool. Every wait is bounded, so a
//! database that hangs or is gone causes an error within seconds. Once it is back, the next call
//! finds it. "Now" is the database's clock. Version 14 or later.

mod accounts;
mod config;
mod connect;
mod factors;
mod lent;
mod listen;
mod maintenance;
mod migrate;
mod pool;
mod revocation_log;
mod rotate;
mod schema;
mod sessions;
mod tickets;
mod tls;
mod url;
mod users;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;

use self::connect::Connector;
use self::listen::Listener;
use self::pool::Pool;
use self::url::Target;
use super::{OpenError, Pooler};
use crate::clock::millis_of;

pub use self::config::PostgresConfig;
pub use self::url::InvalidUrl;

/// Sessions, and if wanted accounts, in a PostgreSQL database.
///
/// A clone is another handle of the same store. It implements [`Store`](super::Store),
/// [`Accounts`](crate::account::Accounts) and [`ManagedAccounts`](crate::store::ManagedAccounts).
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    name: String,
    keeps_accounts: bool,
    pool: Pool,
    connector: Arc<Connector>,
    /// When the server was last looked for where the address leads.
    looked: Mutex<Instant>,
    /// `None` where listening is turned off.
    listener: Option<Listener>,
}

impl PostgresStore {
    /// Connects, and migrates the schema as `config` says. Must be called on a Tokio runtime, as
    /// everything here.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), auth_core::store::OpenError> {
    /// use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
    ///
    /// let config = PostgresConfig::new("postgres://app@db.internal/app?sslmode=verify-full");
    /// let store = PostgresStore::open(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the URL cannot be used, the database refuses the connection, or a migration fails. Also
    /// when the schema is newer than this program or, with `migrate: false`, missing or old. No
    /// error holds the password.
    pub async fn open(config: PostgresConfig) -> Result<PostgresStore, OpenError> {
        let connector = connector(&config)?;
        lent::check(&connector).await?;
        if config.migrate {
            migrate::migrate(&connector).await?;
        }
        migrate::check(&connector).await?;
        let pool = Pool::new(Arc::clone(&connector), &config);
        Ok(PostgresStore(Arc::new(Inner {
            name: connector.name().to_owned(),
            keeps_accounts: config.keeps_accounts,
            pool,
            connector: Arc::clone(&connector),
            looked: Mutex::new(Instant::now()),
            listener: (config.listen && config.pooler == Pooler::None).then(|| Listener::new(connector)),
        })))
    }

    /// Brings the schema up to date; answers how many migrations that took.
    ///
    /// Safe to interrupt, to run again, and to run from several processes at once.
    ///
    /// # Errors
    ///
    /// As those of [`PostgresStore::open`].
    pub async fn migrate(config: &PostgresConfig) -> Result<usize, OpenError> {
        let connector = connector(config)?;
        lent::check(&connector).await?;
        migrate::migrate(&connector).await
    }

    /// A connection to the same database as the store makes its own: protected as `sslmode` says,
    /// and with the same timeouts. For an application that keeps its tables in the same database.
    ///
    /// Behind a [`Pooler::Transaction`] it has no timeouts, and remembers no statements: run
    /// everything on it in transactions.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the URL cannot be used, or the database does not let us in within some
    /// seconds.
    pub async fn connect(config: &PostgresConfig) -> Result<AsyncPgConnection, OpenError> {
        connector(config)?.for_application().await
    }

    /// Closes the connections; calls made later get
    /// [`StoreError::Closed`](super::StoreError::Closed). Optional: dropping the last handle does
    /// the same.
    pub fn close(&self) {
        self.0.pool.close();
        if let Some(listener) = &self.0.listener {
            listener.stop();
        }
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("database", &self.0.name)
            .finish_non_exhaustive()
    }
}

fn connector(config: &PostgresConfig) -> Result<Arc<Connector>, OpenError> {
    let target = Target::of_url(config.url.expose(), config.wait * 3 / 4)?;
    Ok(Arc::new(Connector::new(target, config.pooler, config.wait)?))
}

/// A span in milliseconds that can be added to a time without leaving the range of the database's
/// integers.
fn span_of(duration: Duration) -> i64 {
    millis_of(duration).min(1 << 60)
}
