//! Refreshes per second at the store, against what the database itself gives: `cargo run --release -p bench --bin store`, or
//! with `-- sqlite` or `-- postgres` for one of the two.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::clock::SystemClock;
use auth_core::store::SessionStore;
use auth_core::store::postgres::{PostgresConfig, PostgresStore};
use auth_core::store::sqlite::{SqliteConfig, SqliteStore};
use bench::pgbench::{self, Logged};
use bench::{Client, Failed, is_wanted, refreshes_per_second, sign_in_many};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use tests::postgres::Cluster;

/// How long each figure is taken for, and how often; the median counts.
const TIME: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    if is_wanted(1, "sqlite") {
        let folder = tempfile::tempdir().map_err(|error| Failed(error.to_string()))?;
        sqlite(&folder.path().join("auth.db")).await?;
    }
    if is_wanted(1, "postgres") {
        postgres().await?;
    }
    Ok(())
}

async fn sqlite(path: &Path) -> Result<(), Failed> {
    let config = SqliteConfig {
        keeps_accounts: false,
        ..SqliteConfig::new(path)
    };
    let store = SqliteStore::open(config, Arc::new(SystemClock)).map_err(|error| Failed(error.to_string()))?;
    let store: Arc<dyn SessionStore> = Arc::new(store);
    let mut one = sign_in_many(&store, 1).await?;
    let mut many = sign_in_many(&store, 32).await?;
    let mut plain = sign_in_many(&store, 1).await?;
    let (mut loops, mut alone, mut together) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        loops.push(one_statement_per_commit(path, &mut plain[0])?);
        alone.push(refreshes_per_second(&store, &mut one, TIME).await?);
        together.push(refreshes_per_second(&store, &mut many, TIME).await?);
    }
    let (loops, alone, together) = (median(loops), median(alone), median(together));
    println!("SQLite, synchronous=FULL                      per second   ratio");
    println!("one UPDATE … RETURNING per commit, in a loop  {loops:>10.0}    1.00");
    println!(
        "store, one refresh after the other            {alone:>10.0}   {:>5.2}",
        alone / loops
    );
    println!(
        "store, 32 in flight                           {together:>10.0}   {:>5.2}",
        together / loops
    );
    Ok(())
}

async fn postgres() -> Result<(), Failed> {
    let cluster = Cluster::start();
    let url = cluster.fresh_database();
    let store = open_postgres(&url).await?;
    let mut one = sign_in_many(&store, 1).await?;
    let mut many = sign_in_many(&store, 32).await?;

    // One rotation whose statement the server writes down.
    let database = url.rsplit('/').next().unwrap_or_default();
    cluster.psql(
        database,
        &format!("ALTER DATABASE {database} SET log_statement = 'all'"),
    );
    let logged = open_postgres(&url).await?;
    let marked = sign_in_many(&logged, 1).await?;
    logged.rotate(pgbench::marked(&marked[0]), bench::POLICY).await?;
    logged.close().await;
    cluster.psql(database, &format!("ALTER DATABASE {database} RESET log_statement"));
    let statement = Logged::rotation(&cluster)?;

    let (mut limits, mut alone, mut together) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let theirs = sign_in_many(&store, 32).await?;
        cluster.psql(database, "DROP TABLE IF EXISTS bench_clients");
        cluster.psql(database, &pgbench::clients_table(&theirs));
        limits.push(statement.per_second(&url, 32, TIME)?);
        alone.push(refreshes_per_second(&store, &mut one, TIME).await?);
        together.push(refreshes_per_second(&store, &mut many, TIME).await?);
    }
    let (limits, alone, together) = (median(limits), median(alone), median(together));
    println!("\nPostgreSQL, fsync=on                          per second   ratio");
    println!("pgbench, the same statement, 32 clients       {limits:>10.0}    1.00");
    println!(
        "store, one refresh after the other            {alone:>10.0}   {:>5.2}",
        alone / limits
    );
    println!(
        "store, 32 in flight                           {together:>10.0}   {:>5.2}",
        together / limits
    );
    Ok(())
}

async fn open_postgres(url: &str) -> Result<Arc<dyn SessionStore>, Failed> {
    let config = PostgresConfig {
        keeps_accounts: false,
        // As many as clients, as pgbench has it.
        pool_size: 32,
        ..PostgresConfig::new(url)
    };
    let store = PostgresStore::open(config).await;
    Ok(Arc::new(store.map_err(|error| Failed(error.to_string()))?))
}

/// The plain way: a connection of one's own with the same settings, and a transaction for each statement.
fn one_statement_per_commit(path: &Path, client: &mut Client) -> Result<f64, Failed> {
    #[derive(QueryableByName)]
    struct Head {
        #[diesel(sql_type = BigInt)]
        head: i64,
    }
    let failed = |error: &dyn std::fmt::Display| Failed(error.to_string());
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| failed(&error))?;
    conn.batch_execute("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        .map_err(|error| failed(&error))?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < TIME {
        let update = diesel::sql_query(
            "UPDATE auth_sessions SET parent = head, head = head + 1, head_at = ? \
             WHERE id = ? AND secret_hash = ? AND head = ? RETURNING head",
        );
        let head: Head = update
            .bind::<BigInt, _>(1_800_000_000_000 + i64::from(count))
            .bind::<Text, _>(client.presented.session.to_string())
            .bind::<Binary, _>(client.presented.secret.0.to_vec())
            .bind::<BigInt, _>(client.presented.seq)
            .get_result(&mut conn)
            .map_err(|error| failed(&error))?;
        client.presented.seq = head.head;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
