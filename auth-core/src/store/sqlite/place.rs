//! Whether the files that are open are still those at their paths.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing::{error, info};

use crate::store::StoreError;

/// What SQLite puts beside the file itself, which is the first: its log, and what the processes
/// that use it share.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

const GONE: &str = "the database file was deleted or moved while the server runs: put it back, or restart the server";
const OTHER: &str =
    "another database file stands where the server opened its own: put that back, or restart the server";

/// The files of a database at their paths, and which ones they were when they were opened.
///
/// A deleted file stays open, and takes every write, until its last user closes it; then all of
/// them are gone. So a commit counts only if the file is still there afterwards. Only paths are
/// looked at: opening the file and closing it again would release the locks that SQLite holds on it
/// (<https://www.sqlite.org/howtocorrupt.html>).
#[derive(Debug)]
pub(super) struct Place {
    paths: [PathBuf; 3],
    /// `None` before the file was opened; for its companion files also while no writer has it open.
    opened: Mutex<[Option<Identity>; 3]>,
    /// Whether the log says already that they are gone.
    said: AtomicBool,
}

/// The file is not where it was opened, in words.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Displaced(pub(super) &'static str);

impl From<Displaced> for StoreError {
    fn from(Displaced(why): Displaced) -> StoreError {
        StoreError::Displaced(why)
    }
}

/// Which file stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Place {
    pub(super) fn new(file: &Path) -> Place {
        let beside = |suffix| {
            let mut path = OsString::from(file);
            path.push(suffix);
            PathBuf::from(path)
        };
        Place {
            paths: SUFFIXES.map(beside),
            opened: Mutex::default(),
            said: AtomicBool::new(false),
        }
    }

    /// Notes what stands there now, as what was just opened to be written. The file itself must be
    /// the one of the first time.
    pub(super) fn opened(&self) -> Result<(), Displaced> {
        self.check()?;
        let found = [0, 1, 2].map(|n| self.identity(n).ok().flatten());
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    /// Notes that the writer has closed the file: then SQLite may delete the files beside it.
    pub(super) fn closed(&self) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened[1] = None;
        opened[2] = None;
    }

    /// Whether every file that was opened is still where it was.
    ///
    /// # Errors
    ///
    /// [`Displaced`].
    pub(super) fn check(&self) -> Result<(), Displaced> {
        let opened = *self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = opened.into_iter().enumerate().find_map(|(n, opened)| {
            let opened = opened?;
            match self.identity(n) {
                Ok(Some(found)) if found == opened => None,
                Ok(Some(_)) => Some(OTHER),
                // What cannot be looked at cannot be told apart, either.
                Ok(None) | Err(_) => Some(GONE),
            }
        });
        let was_said = self.said.swap(wrong.is_some(), Ordering::Relaxed);
        match (wrong, was_said) {
            (Some(why), false) => error!("`{}`: {why}", self.paths[0].display()),
            (None, true) => info!("`{}` is where it was again", self.paths[0].display()),
            _ => {}
        }
        wrong.map_or(Ok(()), |why| Err(Displaced(why)))
    }

    fn identity(&self, n: usize) -> io::Result<Option<Identity>> {
        match std::fs::metadata(&self.paths[n]) {
            Ok(found) => Ok(Some(identity(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn identity(found: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;

    Identity {
        device: found.dev(),
        inode: found.ino(),
    }
}

/// Elsewhere an open file cannot be deleted; the check only finds whether there is one.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    Identity { device: 0, inode: 0 }
}
