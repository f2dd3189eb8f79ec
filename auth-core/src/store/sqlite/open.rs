//! Files and connections: how the database is created, found and opened.

use std::error::Error;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::config::names_no_file;
use super::place::Place;
use crate::store::OpenError;

/// An existing database file: a URL that SQLite opens from any working directory and never creates.
#[derive(Clone, Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    url: String,
    place: Arc<Place>,
}

impl DatabaseFile {
    fn new(path: PathBuf, url: String) -> DatabaseFile {
        let place = Arc::new(Place::new(&path));
        DatabaseFile { path, url, place }
    }

    /// The file at `path`, which must be there; `None` when it is not.
    pub(super) fn find(path: &Path) -> Result<Option<DatabaseFile>, OpenError> {
        let (path, url) = resolve(path)?;
        match std::fs::metadata(&path) {
            Ok(_) => Ok(Some(DatabaseFile::new(path, url))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OpenError::File { path, source }),
        }
    }

    /// The file at `path`, created for its owner alone if it is not there.
    pub(super) fn find_or_create(path: &Path) -> Result<DatabaseFile, OpenError> {
        let (path, url) = resolve(path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // SQLite gives the files it puts beside the database the same mode.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(_) => Ok(DatabaseFile::new(path, url)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(DatabaseFile::new(path, url)),
            Err(_) if path.parent().is_some_and(|directory| !directory.is_dir()) => Err(OpenError::NoDirectory(path)),
            Err(source) => Err(OpenError::File { path, source }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it was opened, and whether it still is there.
    pub(super) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// How messages name it.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// A connection that writes and commits durably.
    pub(super) fn connect(&self, busy_timeout: Duration) -> Result<SqliteConnection, OpenError> {
        let failed = |source| OpenError::Database {
            database: self.name(),
            source,
        };
        if let Some(why) = read_only(&self.path) {
            return Err(failed(why.into()));
        }
        let mut conn = SqliteConnection::establish(&self.url).map_err(|error| failed(Box::new(error)))?;
        set_up_writer(&mut conn, busy_timeout).map_err(failed)?;
        Ok(conn)
    }
}

/// Why this process cannot write the database, where the file or its folder is the reason: SQLite
/// keeps two more files beside it, and only says at the first write that the database is read-only.
#[cfg(target_os = "linux")]
fn read_only(path: &Path) -> Option<String> {
    use rustix::fs::{Access, access};

    let folder = path.parent()?;
    let in_folder = Access::WRITE_OK | Access::EXEC_OK;
    if let Err(why) = access(folder, in_folder) {
        return Some(format!(
            "the folder `{}` cannot be written ({}), and SQLite keeps two more files in it",
            folder.display(),
            io::Error::from(why).kind()
        ));
    }
    let why = access(path, Access::READ_OK | Access::WRITE_OK).err()?;
    Some(format!("the file cannot be written ({})", io::Error::from(why).kind()))
}

#[cfg(not(target_os = "linux"))]
fn read_only(_: &Path) -> Option<String> {
    None
}

/// The settings of a connection that reads; a write on it fails.
pub(super) fn set_up_reader(conn: &mut SqliteConnection, busy_timeout: Duration) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", busy_timeout.as_millis()))?;
    conn.batch_execute("PRAGMA query_only = ON")
}

fn set_up_writer(conn: &mut SqliteConnection, busy_timeout: Duration) -> Result<(), Box<dyn Error + Send + Sync>> {
    // First, so that the following statements wait for a lock as well.
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", busy_timeout.as_millis()))?;
    use_write_ahead_log(conn, busy_timeout)?;
    // A commit is on the disk before it is acknowledged; in WAL mode the default would only promise
    // consistency.
    conn.batch_execute("PRAGMA synchronous = FULL")?;
    // In pages of 4 KiB, four times the default. With many rows a commit writes pages all over the
    // file, and each checkpoint, which copies them back, makes one commit in a hundred slow.
    conn.batch_execute("PRAGMA wal_autocheckpoint = 4000")?;
    conn.batch_execute("PRAGMA foreign_keys = ON")?;
    Ok(())
}

/// Readers and the writer do not wait for each other in this mode. It is kept in the file.
fn use_write_ahead_log(conn: &mut SqliteConnection, patience: Duration) -> Result<(), Box<dyn Error + Send + Sync>> {
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }

    let deadline = Instant::now() + patience;
    loop {
        // When two processes switch a new file at once, SQLite tells one of them "locked" without
        // waiting.
        match diesel::sql_query("PRAGMA journal_mode = WAL").get_result::<Mode>(conn) {
            Ok(mode) if mode.journal_mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(mode) => return Err(format!("the journal mode is `{}`, not WAL", mode.journal_mode).into()),
            Err(error) if Instant::now() >= deadline => return Err(error.into()),
            Err(_) => sleep(Duration::from_millis(10)),
        }
    }
}

/// The absolute path, and the URL that makes SQLite open it.
fn resolve(path: &Path) -> Result<(PathBuf, String), OpenError> {
    if names_no_file(path) {
        return Err(OpenError::NotAFile(path.to_owned()));
    }
    let path = std::path::absolute(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })?;
    let Some(text) = path.to_str().filter(|text| !text.contains('\0')) else {
        return Err(OpenError::UnusablePath(path));
    };
    // `mode=rw`: a file that was removed is an error, not a new and empty database.
    // https://www.sqlite.org/uri.html
    let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let text = if cfg!(windows) {
        format!("/{}", text.replace('\\', "/"))
    } else {
        text
    };
    let url = format!("file://{text}?mode=rw");
    Ok((path, url))
}
