//! Reports, each of which belongs to one user: the demo's own table, beside the library's.

use std::time::Duration;

use auth_core::UserId;
use auth_core::store::sqlite::{InvalidUrl, SqliteStore};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use serde::Serialize;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a request waits for a connection, and a connection for a lock.
const WAIT: Duration = Duration::from_secs(2);

diesel::table! {
    /// The reports.
    reports (id) {
        /// The report's number.
        id -> Integer,
        /// The id of the user it belongs to.
        owner -> Text,
        /// What it is about.
        title -> Text,
    }
}

/// One report.
#[derive(Clone, Debug, Queryable, Insertable, Serialize)]
pub struct Report {
    /// Its number.
    pub id: i32,
    /// The id of the user it belongs to.
    pub owner: String,
    /// What it is about.
    pub title: String,
}

/// The table of reports. Cheap to clone.
#[derive(Clone)]
pub struct Reports(Pool<ConnectionManager<SqliteConnection>>);

/// Why reports cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// `auth.store` is no SQLite file.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// The database does not answer.
    #[error("the reports cannot be reached: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[derive(Debug)]
struct WaitForLocks;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for WaitForLocks {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let wait = format!("PRAGMA busy_timeout = {}", WAIT.as_millis());
        conn.batch_execute(&wait).map_err(diesel::r2d2::Error::QueryError)
    }
}

impl Reports {
    /// Opens the table in the database of `store`, and makes it where it is missing.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when the database cannot be opened or migrated.
    pub async fn open(store: &str) -> Result<Reports, ReportError> {
        let path = SqliteStore::parse_url(store)?.to_string_lossy().into_owned();
        blocking(move || {
            let builder = Pool::builder()
                .max_size(4)
                .min_idle(Some(0))
                .connection_timeout(WAIT)
                .connection_customizer(Box::new(WaitForLocks));
            let pool = builder.build(ConnectionManager::new(path)).map_err(unavailable)?;
            pool.get()
                .map_err(unavailable)?
                .run_pending_migrations(MIGRATIONS)
                .map_err(ReportError::Unavailable)?;
            Ok(Reports(pool))
        })
        .await
    }

    /// The report of this number.
    ///
    /// # Errors
    ///
    /// [`ReportError::Unavailable`].
    pub async fn find(&self, id: i32) -> Result<Option<Report>, ReportError> {
        let pool = self.0.clone();
        blocking(move || {
            let mut conn = pool.get().map_err(unavailable)?;
            reports::table.find(id).first(&mut conn).optional().map_err(unavailable)
        })
        .await
    }

    /// Adds a report, or gives the one of this number a new owner.
    ///
    /// # Errors
    ///
    /// [`ReportError::Unavailable`].
    pub async fn put(&self, id: i32, owner: &UserId, title: &str) -> Result<(), ReportError> {
        let (pool, report) = (
            self.0.clone(),
            Report {
                id,
                owner: owner.to_string(),
                title: title.to_owned(),
            },
        );
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

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ReportError {
    ReportError::Unavailable(Box::new(error))
}
