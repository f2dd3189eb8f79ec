//! Where the database is and how the store behaves.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Settings of a [`SqliteStore`](super::SqliteStore).
///
/// ```
/// use auth_core::__internal::sqlite::SqliteConfig;
///
/// let config = SqliteConfig { migrate: false, ..SqliteConfig::new("app.db") };
/// assert!(config.keeps_accounts);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteConfig {
    /// The database file. A database in memory is refused: its sessions would not outlive the
    /// process, and each connection would see a database of its own.
    pub path: PathBuf,
    /// Whether the accounts are those of the built-in table, so that creating and rotating a
    /// session read them in the same transaction. Default: `true`.
    pub keeps_accounts: bool,
    /// Whether opening creates a missing file and brings the schema up to date. Default: `true`.
    /// With `false`, a missing or old schema is an error.
    pub migrate: bool,
    /// Whether opening makes a missing file. Default: `true`. With `false`, a missing file is an
    /// error. That is for tools that work on an existing database, and must not make an empty one
    /// after a file was moved.
    pub create: bool,
    /// How long a call waits for its answer before it gives up with
    /// [`StoreError::Timeout`](crate::store::StoreError). Default: 2 s.
    pub wait: Duration,
}

impl SqliteConfig {
    /// The defaults, with the database in `path`.
    pub fn new(path: impl Into<PathBuf>) -> SqliteConfig {
        SqliteConfig {
            path: path.into(),
            keeps_accounts: true,
            migrate: true,
            create: true,
            wait: Duration::from_secs(2),
        }
    }

    /// How long SQLite itself waits for a lock: shorter than the caller does, so that the caller
    /// learns the cause.
    pub(super) fn busy_timeout(&self) -> Duration {
        self.wait * 3 / 4
    }
}

/// A text that is no SQLite URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// It does not begin with `sqlite:`.
    #[error("a SQLite URL is `sqlite://path/to/file.db` or `sqlite:file.db`")]
    Scheme,
    /// It has a `?`. What would be an option elsewhere is a setting here, and a file name is
    /// unlikely to mean it.
    #[error("a SQLite URL takes no options after `?`")]
    Options,
    /// It names no file, or a database in memory.
    #[error("a SQLite URL must name a file; a database in memory would lose every session")]
    NotAFile,
}

/// The path in `sqlite://path/to/file.db` or `sqlite:file.db`. All that follows `sqlite://` is the
/// path, as it stands: a relative one begins at the working directory, an absolute one makes it
/// three slashes.
pub(super) fn parse_url(url: &str) -> Result<PathBuf, InvalidUrl> {
    let path = url.strip_prefix("sqlite:").ok_or(InvalidUrl::Scheme)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.contains('?') {
        return Err(InvalidUrl::Options);
    }
    if names_no_file(Path::new(path)) {
        return Err(InvalidUrl::NotAFile);
    }
    Ok(PathBuf::from(path))
}

/// Whether SQLite would take the path for something other than a file.
pub(super) fn names_no_file(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.to_str().is_some_and(|text| text.contains(":memory:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_scheme_and_a_path() {
        for (url, path) in [
            ("sqlite://path/to/file.db", "path/to/file.db"),
            ("sqlite:///var/lib/app.db", "/var/lib/app.db"),
            ("sqlite:file.db", "file.db"),
            ("sqlite:/var/lib/app.db", "/var/lib/app.db"),
            ("sqlite:100%25.db", "100%25.db"),
        ] {
            assert_eq!(parse_url(url), Ok(PathBuf::from(path)), "{url}");
        }
    }

    #[test]
    fn what_names_no_file_is_refused() {
        for (url, why) in [
            ("postgres://localhost/app", InvalidUrl::Scheme),
            ("file.db", InvalidUrl::Scheme),
            ("SQLITE:file.db", InvalidUrl::Scheme),
            ("sqlite:file.db?mode=memory", InvalidUrl::Options),
            ("sqlite:", InvalidUrl::NotAFile),
            ("sqlite://", InvalidUrl::NotAFile),
            ("sqlite::memory:", InvalidUrl::NotAFile),
            ("sqlite://:memory:", InvalidUrl::NotAFile),
            ("sqlite:file::memory:", InvalidUrl::NotAFile),
        ] {
            assert_eq!(parse_url(url), Err(why), "{url}");
        }
    }
}
