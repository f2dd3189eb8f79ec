//! The schema: which version a database has, and how it gets the current one.

use std::error::Error;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pg::AsyncPgConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::task::spawn_blocking;

use super::connect::Connector;
use super::schema::auth_schema;
use crate::store::OpenError;

/// The version that the newest migration sets in `auth_schema`.
const SCHEMA_VERSION: i64 = 5;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What migrating processes lock, so that they take turns: a text as a number.
const LOCK: i64 = i64::from_be_bytes(*b"authmigr");

/// A migration may take its time, and wait for another process that migrates.
const LIMITS: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = '2min';
    SET LOCAL idle_in_transaction_session_timeout = '2min';
    SET LOCAL client_min_messages = warning;";

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_advisory_xact_lock(key: BigInt) -> Text;
    fn to_regclass(name: Text) -> Nullable<Oid>;
}

/// Diesel's migrations are written for connections that block.
type Blocking = AsyncConnectionWrapper<AsyncPgConnection>;

type Failure = Box<dyn Error + Send + Sync>;

/// Brings the schema up to date; answers how many migrations that took.
///
/// It runs in one transaction that begins by taking a lock. Of two processes that start at once the
/// second finds the work done, and an interrupted migration leaves nothing. A schema that is up to
/// date needs neither the lock nor the right to create tables.
pub(super) async fn migrate(connector: &Connector) -> Result<usize, OpenError> {
    let found = read_version(connector).await?;
    if found >= SCHEMA_VERSION {
        return OpenError::judge_version(connector.name(), found, SCHEMA_VERSION).map(|()| 0);
    }
    let applied = on_connection(connector, |conn| {
        // What a function returns that returns nothing cannot be read, so it is counted.
        let lock = diesel::select(pg_advisory_xact_lock(LOCK)).execute(conn);
        lock.map_err(Failure::from)?;
        if version(conn)? > SCHEMA_VERSION {
            // A newer program was faster; the check that follows says so.
            return Ok(0);
        }
        Ok(conn.run_pending_migrations(MIGRATIONS)?.len())
    });
    applied.await?.map_err(|source| OpenError::Migration {
        database: connector.name().to_owned(),
        source,
    })
}

/// Refuses a database whose schema is not of the version this program needs. Changes nothing.
pub(super) async fn check(connector: &Connector) -> Result<(), OpenError> {
    let found = read_version(connector).await?;
    OpenError::judge_version(connector.name(), found, SCHEMA_VERSION)
}

async fn read_version(connector: &Connector) -> Result<i64, OpenError> {
    let read = on_connection(connector, version).await?;
    read.map_err(|source| unusable(connector, source))
}

/// The version of the schema; 0 when there is none.
fn version(conn: &mut Blocking) -> Result<i64, Failure> {
    let exists = diesel::select(to_regclass("auth_schema").is_not_null());
    if !exists.get_result::<bool>(conn)? {
        return Ok(0);
    }
    let version = auth_schema::table.select(auth_schema::version).first(conn).optional()?;
    Ok(version.unwrap_or(0))
}

/// Runs `work` in a transaction on a connection of its own, on a thread where it may block.
async fn on_connection<T, W>(connector: &Connector, work: W) -> Result<Result<T, Failure>, OpenError>
where
    T: Send + 'static,
    W: FnOnce(&mut Blocking) -> Result<T, Failure> + Send + 'static,
{
    let (pg, driver) = connector.in_time(connector.unlimited()).await?;
    let worked = spawn_blocking(move || {
        let done = Blocking::from(pg).transaction(|conn| {
            conn.batch_execute(LIMITS)?;
            work(conn)
        });
        drop(driver);
        done
    });
    worked.await.map_err(|panicked| unusable(connector, panicked.into()))
}

fn unusable(connector: &Connector, source: Failure) -> OpenError {
    OpenError::Database {
        database: connector.name().to_owned(),
        source,
    }
}
