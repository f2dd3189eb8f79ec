//! Which server answers.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tracing::warn;

/// The server that answered last, and how often another took its place: after a failover, or the
/// same one after a restart. What was read of the former need not be all that the latter knows.
#[derive(Debug)]
pub(super) struct Origin {
    known: Mutex<Option<String>>,
    changes: watch::Sender<u64>,
}

impl Default for Origin {
    fn default() -> Origin {
        Origin {
            known: Mutex::new(None),
            changes: watch::Sender::new(0),
        }
    }
}

impl Origin {
    /// Notes that a server of this identity answered.
    pub(super) fn met(&self, identity: String) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = known.as_ref().is_some_and(|known| *known != identity);
        *known = Some(identity);
        if is_new {
            warn!("another database server answers, or the same one after a restart: all revocations are read again");
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// Notes that the connections lead to a server that cannot be used.
    #[cfg(feature = "postgres")]
    pub(super) fn left(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// A number that is another after each such change.
    pub(super) fn number(&self) -> u64 {
        *self.changes.borrow()
    }

    /// Hears of the changes from now on.
    #[cfg(feature = "postgres")]
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
