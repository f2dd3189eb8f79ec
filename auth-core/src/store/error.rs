//! Why a store fails, or cannot be opened.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::account::AccountError;

/// Why a call to a store failed; the request is answered with 503.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing came back within the time a request may wait.
    #[error("the session store did not answer in time")]
    Timeout,
    /// The store is shutting down, or its thread is gone.
    #[error("the session store is closed")]
    Closed,
    /// The database refused or failed.
    #[error("the session store failed: {0}")]
    Database(#[source] Box<dyn Error + Send + Sync>),
    /// The database is no longer the one that was opened: its file was deleted or replaced, or its
    /// server only reads. What is acknowledged there would be lost.
    #[error("{0}")]
    Displaced(&'static str),
    /// A row holds what this version cannot read.
    #[error("the session store holds a row this version cannot read: {0}")]
    Corrupt(String),
}

// None of these texts can contain a stored or bound value. The engines' messages name tables,
// columns and constraints only; PostgreSQL puts values into the detail, which is not shown. Diesel
// puts no bind parameters into its errors.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[doc(hidden)]
impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> StoreError {
        StoreError::Database(Box::new(error))
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> AccountError {
        AccountError::Unavailable(Box::new(error))
    }
}

/// Why a store could not be opened. `database` is the file, or the URL without what is secret in
/// it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL is for no engine there is.
    #[error(
        "the database must be a URL: `sqlite://path/to/file.db`, `sqlite:file.db` or `postgres://user@host/database`"
    )]
    UnknownScheme,
    /// The URL is one of SQLite, which this program was built without.
    #[error("this program was built without the feature `sqlite` of `auth-core`: build it with it, or use `postgres:`")]
    WithoutSqlite,
    /// The URL is one of PostgreSQL, which this program was built without.
    #[error("this program was built without the feature `postgres`: build it with it, or use `sqlite:`")]
    WithoutPostgres,
    /// The URL is one of Redis, which this program was built without.
    #[error("this program was built without the feature `redis` of `auth-core`: build it with it, or use `sqlite:`")]
    WithoutRedis,
    /// The SQLite URL cannot be used.
    #[cfg(feature = "sqlite")]
    #[error(transparent)]
    Url(#[from] super::sqlite::InvalidUrl),
    /// The PostgreSQL URL cannot be used.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    PostgresUrl(#[from] super::postgres::InvalidUrl),
    /// The path names a database in memory, or nothing.
    #[error("`{0}` is not a database file: sessions must outlive the process, so they need a file")]
    NotAFile(PathBuf),
    /// There is no such file, and opening was not to make it.
    #[error(
        "there is no database file `{0}`: the server makes it, or the `migrate` command; if a server runs on it, its file was \
         deleted or moved"
    )]
    NoFile(PathBuf),
    /// The path cannot be handed to SQLite.
    #[error("the path of the database file is not UTF-8, or contains NUL: {0:?}")]
    UnusablePath(PathBuf),
    /// The directory of the database file is missing.
    #[error("the directory of the database file `{0}` does not exist; create it first")]
    NoDirectory(PathBuf),
    /// The file cannot be created or opened.
    #[error("the database file `{path}` cannot be opened or created: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The certificates of `sslrootcert` cannot be used.
    #[error("the root certificates for `{database}` cannot be used: {problem}")]
    Certificates {
        /// The database.
        database: String,
        /// Which, and why.
        problem: String,
    },
    /// The database is there, or should be, but cannot be worked with.
    #[error("the database `{database}` cannot be used: {source}")]
    Database {
        /// The database.
        database: String,
        /// What the engine says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database was migrated by a later version of this program.
    #[error(
        "the schema of `{database}` is version {found}, but this program knows only up to {known}: run the newer program"
    )]
    SchemaTooNew {
        /// The database.
        database: String,
        /// The version of the schema in the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// There is no schema yet, and opening was not to create it.
    #[error("`{0}` has no schema yet: run the `migrate` command, or set `auth.migrate` to \"auto\"")]
    SchemaMissing(String),
    /// The schema is of an earlier version, and opening was not to change it.
    #[error(
        "the schema of `{database}` is version {found}, this program needs {known}: run the `migrate` command, or set \
         `auth.migrate` to \"auto\""
    )]
    SchemaTooOld {
        /// The database.
        database: String,
        /// The version of the schema in the database.
        found: i64,
        /// The version this program needs.
        known: i64,
    },
    /// A migration failed; nothing of it remains.
    #[error("the migration of `{database}` failed, nothing was changed: {source}")]
    Migration {
        /// The database.
        database: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A pooler lends another connection for each transaction, but the configuration names no such
    /// pooler.
    #[error(
        "`{0}` is behind a pooler that lends another connection for each transaction: set `auth.postgres.pooler` to \
         \"transaction\", or connect to the database itself"
    )]
    TransactionPooler(String),
    /// The operating system gives no thread to write with.
    #[error("the writer thread could not be started: {0}")]
    Thread(io::Error),
}

impl OpenError {
    /// Whether a schema of version `found` is the one that this program needs; 0 is none.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(super) fn judge_version(database: &str, found: i64, needed: i64) -> Result<(), OpenError> {
        let (database, known) = (database.to_owned(), needed);
        match found {
            0 => Err(OpenError::SchemaMissing(database)),
            _ if found < needed => Err(OpenError::SchemaTooOld { database, found, known }),
            _ if found > needed => Err(OpenError::SchemaTooNew { database, found, known }),
            _ => Ok(()),
        }
    }
}
