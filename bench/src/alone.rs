//! SQLite by itself: what a connection and one statement per commit give.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
use auth_core::__internal::{Store, SystemClock};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use crate::{Client, Failed, failed};

/// The store on a file, without accounts of its own.
///
/// # Errors
///
/// The store's.
pub fn open(path: &Path) -> Result<Arc<dyn Store>, Failed> {
    let config = SqliteConfig {
        keeps_accounts: false,
        ..SqliteConfig::new(path)
    };
    let store = SqliteStore::open(config, Arc::new(SystemClock)).map_err(failed)?;
    Ok(Arc::new(store))
}

/// The plain way: a connection of one's own with the same settings, and a transaction for each
/// statement, in a loop for `time`.
///
/// # Errors
///
/// The database's.
pub fn one_statement_per_commit(path: &Path, client: &mut Client, time: Duration) -> Result<f64, Failed> {
    #[derive(QueryableByName)]
    struct Current {
        #[diesel(sql_type = BigInt)]
        current: i64,
    }
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(failed)?;
    conn.batch_execute("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        .map_err(failed)?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        let update = diesel::sql_query(
            "UPDATE auth_sessions SET previous = current, current = current + 1, current_since = ? \
             WHERE id = ? AND secret_hash = ? AND current = ? RETURNING current",
        );
        let answer: Current = update
            .bind::<BigInt, _>(1_800_000_000_000 + i64::from(count))
            .bind::<Text, _>(client.presented.session.to_string())
            .bind::<Binary, _>(client.presented.secret.0.to_vec())
            .bind::<BigInt, _>(client.presented.generation)
            .get_result(&mut conn)
            .map_err(failed)?;
        client.presented.generation = answer.current;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
