//! For an application that keeps tables of its own in the store's database.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;

#[cfg(feature = "postgres")]
use diesel_async::AsyncPgConnection;

#[cfg(feature = "postgres")]
use super::engine::Pooler;
use super::error::OpenError;
#[cfg(feature = "postgres")]
use super::postgres::{PostgresConfig, PostgresStore};
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteStore;

/// The file in a URL such as `sqlite://path/to/file.db` or `sqlite:file.db`.
///
/// Everything after `sqlite://` is the path, taken literally: a relative path begins at the working
/// directory, an absolute one makes it three slashes.
///
/// ```
/// use auth_core::store::sqlite_file;
///
/// assert_eq!(sqlite_file("sqlite:///var/lib/app.db")?.to_str(), Some("/var/lib/app.db"));
/// assert!(sqlite_file("sqlite::memory:").is_err());
/// # Ok::<(), auth_core::store::OpenError>(())
/// ```
///
/// # Errors
///
/// [`OpenError::Url`] when it is another scheme, has options after a `?`, or names no file.
#[cfg(feature = "sqlite")]
pub fn sqlite_file(url: &str) -> Result<PathBuf, OpenError> {
    Ok(SqliteStore::parse_url(url)?)
}

/// A connection to the PostgreSQL of `url`, as the store makes its own: protected as `sslmode`
/// says, and with the same timeouts.
///
/// Behind a [`Pooler::Transaction`](crate::config::Pooler::Transaction) it has no timeouts, and
/// remembers no statements: run everything on it in transactions.
///
/// The connection is one of `diesel-async`: an application that calls this depends on the same
/// major version.
///
/// # Errors
///
/// [`OpenError`]: the URL cannot be used, or the database does not let us in within some seconds.
#[cfg(feature = "postgres")]
pub async fn connect_postgres(url: &str, pooler: Pooler) -> Result<AsyncPgConnection, OpenError> {
    let config = PostgresConfig {
        pooler,
        ..PostgresConfig::new(url)
    };
    PostgresStore::connect(&config).await
}
