//! Sessions and accounts in one SQLite file: the default store.
//!
//! SQLite is compiled in; nothing has to be installed. One thread writes and commits what is
//! waiting together, so many refreshes share one flush to the disk. Several processes may use one
//! file on one machine; never put it on a network file system.

mod accounts;
mod config;
mod factors;
mod maintenance;
mod migrate;
mod open;
mod place;
mod reader;
mod revocation_log;
mod rotate;
mod schema;
mod sessions;
mod tickets;
mod users;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::open::DatabaseFile;
use self::reader::Reader;
use self::writer::Writer;
use super::OpenError;
use crate::clock::Clock;

pub use self::config::{InvalidUrl, SqliteConfig};

/// Sessions, and if wanted accounts, in a SQLite file.
///
/// A clone is another handle of the same store. The writing thread ends, after doing what is
/// waiting, when the last handle is dropped; [`SqliteStore::close`] also waits for that.
///
/// It implements [`Store`](super::Store), [`Accounts`](crate::account::Accounts) and
/// [`ManagedAccounts`](crate::store::ManagedAccounts). "Now" is the time of the clock it was opened
/// with.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    keeps_accounts: bool,
    clock: Arc<dyn Clock>,
    writer: Writer,
    reader: Reader,
}

impl SqliteStore {
    /// Opens the database, and creates and migrates it as `config` says.
    ///
    /// Blocks on the disk: call it before the server starts, or inside `spawn_blocking`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use auth_core::__internal::SystemClock;
    /// use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
    ///
    /// # let directory = std::env::temp_dir().join(format!("auth-core-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("app.db");
    /// let store = SqliteStore::open(SqliteConfig::new(&path), Arc::new(SystemClock))?;
    /// assert!(path.exists());
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the path names no usable file, the schema is newer than this program or (with `migrate:
    /// false`) missing or old, or a migration fails. Every error names the file.
    pub fn open(config: SqliteConfig, clock: Arc<dyn Clock>) -> Result<SqliteStore, OpenError> {
        let (wait, busy) = (config.wait, config.busy_timeout());
        let file = match DatabaseFile::find(&config.path)? {
            Some(file) => file,
            None if !config.create => return Err(OpenError::NoFile(config.path)),
            None if !config.migrate => return Err(OpenError::SchemaMissing(config.path.display().to_string())),
            None => DatabaseFile::find_or_create(&config.path)?,
        };
        if config.migrate {
            migrate::migrate(&file, busy)?;
        }
        migrate::check(&file, busy)?;
        let reader = Reader::new(&file, wait, busy);
        let path = file.path().to_owned();
        let writer = Writer::start(file, Arc::clone(&clock), wait, busy)?;
        let keeps_accounts = config.keeps_accounts;
        Ok(SqliteStore(Arc::new(Inner {
            path,
            keeps_accounts,
            clock,
            writer,
            reader,
        })))
    }

    /// Creates the database if it is missing and brings its schema up to date; answers how many
    /// migrations that took.
    ///
    /// Safe to interrupt, to run again, and to run from several processes at once. Blocks, as
    /// [`SqliteStore::open`] does.
    ///
    /// # Errors
    ///
    /// As those of [`SqliteStore::open`].
    pub fn migrate(config: &SqliteConfig) -> Result<usize, OpenError> {
        let file = DatabaseFile::find_or_create(&config.path)?;
        migrate::migrate(&file, config.busy_timeout())
    }

    /// The path in a URL such as `sqlite://path/to/file.db` or `sqlite:file.db`.
    ///
    /// Everything after `sqlite://` is the path, taken literally: a relative path begins at the
    /// working directory, an absolute one makes it three slashes.
    ///
    /// ```
    /// use auth_core::__internal::sqlite::SqliteStore;
    ///
    /// assert_eq!(SqliteStore::parse_url("sqlite:///var/lib/app.db")?.to_str(), Some("/var/lib/app.db"));
    /// assert!(SqliteStore::parse_url("sqlite::memory:").is_err());
    /// # Ok::<(), auth_core::__internal::sqlite::InvalidUrl>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is another scheme, has options after a `?`, or names no file.
    pub fn parse_url(url: &str) -> Result<PathBuf, InvalidUrl> {
        config::parse_url(url)
    }

    /// The database file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Does what is waiting, then ends the writing thread; calls made later get
    /// [`StoreError::Closed`](super::StoreError::Closed). Optional: dropping the last handle does
    /// the same without waiting.
    pub async fn close(&self) {
        self.0.reader.stop();
        let store = self.clone();
        // An error would say that joining panicked, and then the thread is gone as well.
        let _ = tokio::task::spawn_blocking(move || store.0.writer.stop()).await;
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}
