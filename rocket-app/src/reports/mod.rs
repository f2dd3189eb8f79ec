//! Reports, each of which belongs to one user: the demo's own table, beside the library's, and its
//! connections to both.

#[cfg(feature = "postgres")]
mod postgres;
mod report;
mod sqlite;

use auth_core::config::Migrate;
use auth_core::store::{Engine, OpenError};
use auth_core::{Config, UserId};

pub use report::{Report, ReportError};

/// The table of reports. Cheap to clone.
#[derive(Clone)]
pub struct Reports(Table);

#[derive(Clone)]
enum Table {
    Sqlite(sqlite::Table),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Table),
}

impl Reports {
    /// Opens the table in the database of `auth.store`, and makes it where it is missing.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when the database cannot be opened or migrated, and when the table is missing and `auth.migrate` is
    /// `"manual"`.
    pub async fn open(config: &Config) -> Result<Reports, ReportError> {
        let store = config.store_url();
        let reports = Reports(match Engine::of_url(store)? {
            Engine::Sqlite => Table::Sqlite(sqlite::Table::open(store, config.migrate).await?),
            #[cfg(feature = "postgres")]
            Engine::Postgres => Table::Postgres(postgres::Table::open(config).await?),
            #[cfg(not(feature = "postgres"))]
            Engine::Postgres => return Err(OpenError::WithoutPostgres.into()),
            // Redis keeps sessions only.
            _ => return Err(OpenError::UnknownScheme.into()),
        });
        if config.migrate == Migrate::Manual {
            reports.check().await?;
        }
        Ok(reports)
    }

    /// Whether the table can be read. At a start, a busy database has more time than for a request.
    async fn check(&self) -> Result<(), ReportError> {
        let mut left = 15;
        loop {
            match self.find(0).await {
                Ok(_) => return Ok(()),
                Err(ReportError::TimedOut) if left > 0 => left -= 1,
                Err(problem) => return Err(ReportError::Unreadable(Box::new(problem))),
            }
        }
    }

    /// The report of this number.
    ///
    /// # Errors
    ///
    /// [`ReportError::Unavailable`].
    pub async fn find(&self, id: i32) -> Result<Option<Report>, ReportError> {
        match &self.0 {
            Table::Sqlite(table) => table.find(id).await,
            #[cfg(feature = "postgres")]
            Table::Postgres(table) => table.find(id).await,
        }
    }

    /// Adds a report, or gives the one of this number a new owner.
    ///
    /// # Errors
    ///
    /// [`ReportError::Unavailable`].
    pub async fn put(&self, id: i32, owner: &UserId, title: &str) -> Result<(), ReportError> {
        let report = Report {
            id,
            owner: owner.to_string(),
            title: title.to_owned(),
        };
        match &self.0 {
            Table::Sqlite(table) => table.put(report).await,
            #[cfg(feature = "postgres")]
            Table::Postgres(table) => table.put(report).await,
        }
    }
}
