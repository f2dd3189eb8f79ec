//! The schema: which version a database has, and how it gets the current one.

use std::error::Error;
use std::time::Duration;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::open::DatabaseFile;
use super::schema::{auth_schema, sqlite_master};
use crate::store::OpenError;

/// The version that the newest migration sets in `auth_schema`.
pub(super) const SCHEMA_VERSION: i64 = 5;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Brings the schema up to date; answers how many migrations that took.
///
/// It runs in one transaction that holds the write lock from the start. Of two processes that start
/// at once the second finds the work done, and an interrupted migration leaves nothing.
pub(super) fn migrate(file: &DatabaseFile, busy_timeout: Duration) -> Result<usize, OpenError> {
    let mut conn = file.connect(busy_timeout)?;
    conn.immediate_transaction(|conn| {
        let found = version(conn)?;
        if found > SCHEMA_VERSION {
            return Err(Failure::TooNew(found));
        }
        let applied = conn.run_pending_migrations(MIGRATIONS).map_err(Failure::Other)?.len();
        Ok(applied)
    })
    .map_err(|failure| match failure {
        Failure::TooNew(found) => OpenError::SchemaTooNew {
            database: file.name(),
            found,
            known: SCHEMA_VERSION,
        },
        Failure::Other(source) => OpenError::Migration {
            database: file.name(),
            source,
        },
    })
}

/// Refuses a database whose schema is not of the version this program needs.
pub(super) fn check(file: &DatabaseFile, busy_timeout: Duration) -> Result<(), OpenError> {
    let unusable = |source| OpenError::Database {
        database: file.name(),
        source,
    };
    let mut conn = SqliteConnection::establish(file.url()).map_err(|error| unusable(Box::new(error)))?;
    // Reading is enough: a database that is refused is left as it was found.
    super::open::set_up_reader(&mut conn, busy_timeout).map_err(|error| unusable(Box::new(error)))?;
    let found = version(&mut conn).map_err(|error| unusable(Box::new(error)))?;
    OpenError::judge_version(&file.name(), found, SCHEMA_VERSION)
}

enum Failure {
    TooNew(i64),
    Other(Box<dyn Error + Send + Sync>),
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Failure {
        Failure::Other(Box::new(error))
    }
}

/// The version of the schema; 0 when there is none.
fn version(conn: &mut SqliteConnection) -> QueryResult<i64> {
    let tables = sqlite_master::table
        .filter(sqlite_master::name.eq("auth_schema"))
        .count();
    if tables.get_result::<i64>(conn)? == 0 {
        return Ok(0);
    }
    let version = auth_schema::table.select(auth_schema::version).first(conn).optional()?;
    Ok(version.unwrap_or(0))
}
