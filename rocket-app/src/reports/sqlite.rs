use std::time::Duration;

use auth_core::config::Migrate;
use auth_core::store::sqlite_file;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::report::{Report, ReportError, reports, unavailable};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// How long a request waits for a connection, and a connection for a lock.
const WAIT: Duration = Duration::from_secs(2);

/// The table in the SQLite file.
#[derive(Clone)]
pub(super) struct Table(Pool<ConnectionManager<SqliteConnection>>);

#[derive(Debug)]
struct WaitForLocks;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for WaitForLocks {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let wait = format!("PRAGMA busy_timeout = {}", WAIT.as_millis());
        conn.batch_execute(&wait).map_err(diesel::r2d2::Error::QueryError)
    }
}

impl Table {
    pub(super) async fn open(store: &str, migrate: Migrate) -> Result<Table, ReportError> {
        let path = sqlite_file(store)?;
        let path = std::path::absolute(path).map_err(unavailable)?;
        // `mode=rw`: the library has made the file; one that was deleted since is not made anew.
        let path = path
            .to_string_lossy()
            .replace('%', "%25")
            .replace('?', "%3f")
            .replace('#', "%23");
        let path = format!("file://{path}?mode=rw");
        blocking(move || {
            let builder = Pool::builder()
                .max_size(4)
                .min_idle(Some(0))
                .connection_timeout(WAIT)
                .connection_customizer(Box::new(WaitForLocks));
            let pool = builder.build(ConnectionManager::new(path)).map_err(unavailable)?;
            if migrate == Migrate::Auto {
                pool.get()
                    .map_err(unavailable)?
                    .run_pending_migrations(MIGRATIONS)
                    .map_err(ReportError::Unavailable)?;
            }
            Ok(Table(pool))
        })
        .await
    }

    pub(super) async fn find(&self, id: i32) -> Result<Option<Report>, ReportError> {
        let pool = self.0.clone();
        blocking(move || {
            let mut conn = pool.get().map_err(unavailable)?;
            reports::table.find(id).first(&mut conn).optional().map_err(unavailable)
        })
        .await
    }

    pub(super) async fn put(&self, report: Report) -> Result<(), ReportError> {
        let pool = self.0.clone();
        blocking(move || {
            let mut conn = pool.get().map_err(unavailable)?;
            diesel::replace_into(reports::table)
                .values(&report)
                .execute(&mut conn)
                .map_err(unavailable)?;
            Ok(())
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReportError> + Send + 'static,
) -> Result<T, ReportError> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)?
}
