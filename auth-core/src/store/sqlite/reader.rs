//! A few connections that read; the writer does not wait for them, nor they for it.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error, Pool};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::open::{DatabaseFile, set_up_reader};
use super::place::Place;
use crate::store::StoreError;

/// How many reads run at once. They are short; more would only compete for the same file.
const CONNECTIONS: u32 = 4;

pub(super) struct Reader {
    pool: Pool<ConnectionManager<SqliteConnection>>,
    /// As many permits as connections: a read waits here, on no thread, instead of in the pool, on
    /// one.
    permits: Arc<Semaphore>,
    wait: Duration,
    place: Arc<Place>,
}

impl Reader {
    /// Opens no connection yet.
    pub(super) fn new(file: &DatabaseFile, wait: Duration, busy: Duration) -> Reader {
        let pool = Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(0))
            .connection_timeout(wait)
            .test_on_check_out(false)
            .connection_customizer(Box::new(ReadOnly {
                busy,
                place: Arc::clone(file.place()),
            }))
            .build_unchecked(ConnectionManager::new(file.url()));
        Reader {
            pool,
            permits: Arc::new(Semaphore::new(CONNECTIONS as usize)),
            wait,
            place: Arc::clone(file.place()),
        }
    }

    /// Runs `read` on a thread where it may block.
    pub(super) async fn run<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let (pool, permits, place) = (self.pool.clone(), Arc::clone(&self.permits), Arc::clone(&self.place));
        let reading = async move {
            let permit = permits.acquire_owned().await.map_err(|_| StoreError::Closed)?;
            spawn_blocking(move || {
                // Held to the end of the read, also when the caller has given up by then.
                let _permit = permit;
                // Before as well: a connection that cannot be had is waited for.
                place.check()?;
                let read = pool
                    .get()
                    .map_err(|error| StoreError::Database(Box::new(error)))
                    .and_then(|mut conn| read(&mut conn));
                place.check()?;
                read
            })
            .await
            .map_err(|_| StoreError::Database("a read panicked".into()))?
        };
        timeout(self.wait, reading).await.unwrap_or(Err(StoreError::Timeout))
    }

    /// Refuses reads from now on.
    pub(super) fn stop(&self) {
        self.permits.close();
    }
}

#[derive(Debug)]
struct ReadOnly {
    busy: Duration,
    place: Arc<Place>,
}

impl CustomizeConnection<SqliteConnection, Error> for ReadOnly {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), Error> {
        // What was just opened must be the file that the writer has.
        let is_ours = self.place.check();
        is_ours.map_err(|_| Error::QueryError(diesel::result::Error::NotFound))?;
        set_up_reader(conn, self.busy).map_err(Error::QueryError)
    }
}
