//! Makes many sessions, refreshes each ten times, and replays one of a hundred. Rows and files must
//! not grow, and exactly the replays must be detected.
//! `cargo run --profile bench -p bench --bin growth [sessions] [sqlite|postgres]`; 100,000 and both
//! by default.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
use auth_core::__internal::{Rejection, Rotation, RotationPolicy, Store, SystemClock};
use auth_core::audit::RotationOutcome;
use bench::{Client, Failed, POLICY, failed, is_wanted, sign_in_many};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tests::postgres::Cluster;

const REFRESHES: i64 = 10;
/// One of so many clients has a thief.
const STOLEN: usize = 100;
/// How many requests are under way at once.
const IN_FLIGHT: usize = 64;
/// How far the database may have grown since every session was refreshed once.
const GROWTH: f64 = 1.5;

/// A database, as its operator sees it.
trait Operator {
    fn name(&self) -> &'static str;
    fn rows(&self) -> Result<i64, Failed>;
    /// The size of everything that holds sessions, in bytes, after the housekeeping that the engine
    /// does by itself.
    fn size(&self) -> Result<u64, Failed>;
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let sessions = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse());
    let sessions = sessions.map_err(|_| Failed("the number of sessions is a number".to_owned()))?;
    println!("{sessions} sessions, {REFRESHES} refreshes each, one of {STOLEN} replayed");

    if is_wanted(2, "sqlite") {
        let folder = tempfile::tempdir().map_err(failed)?;
        let file = SqliteFile(folder.path().join("auth.db"));
        measure(file.open()?, &file, sessions).await?;
    }
    if is_wanted(2, "postgres") {
        let cluster = Cluster::start();
        let table = PostgresTable {
            url: cluster.fresh_database(),
            cluster: &cluster,
        };
        measure(table.open().await?, &table, sessions).await?;
    }
    Ok(())
}

async fn measure(store: Arc<dyn Store>, operator: &dyn Operator, sessions: usize) -> Result<(), Failed> {
    let started = Instant::now();
    let mut clients = sign_in_many(&store, sessions).await?;
    let mut after_first = 0;
    for round in 1..=REFRESHES {
        clients = refresh_all(&store, clients).await?;
        if round == 1 {
            after_first = operator.size()?;
        }
    }
    let after_last = operator.size()?;

    // Long after the grace, so that only the two newest tokens of a line are good: the first one
    // was copied.
    let without_grace = RotationPolicy {
        grace: Duration::ZERO,
        ..POLICY
    };
    let mut found = 0;
    for client in clients.iter().step_by(STOLEN) {
        let mut copied = client.presented;
        copied.generation = 0;
        match store.rotate(copied, without_grace).await? {
            Rotation::Judged(rotated) if rotated.outcome == RotationOutcome::Reused => found += 1,
            other => return Err(Failed(format!("a replayed token was not found out: {other:?}"))),
        }
    }
    let (mut ended, mut goes_on) = (0, 0);
    for client in &clients {
        match store.rotate(client.presented, POLICY).await? {
            Rotation::Judged(rotated) if rotated.outcome == RotationOutcome::Rotated => goes_on += 1,
            Rotation::Rejected(Rejection::Revoked) => ended += 1,
            other => return Err(Failed(format!("neither live nor revoked: {other:?}"))),
        }
    }

    let growth = after_last as f64 / after_first as f64;
    let rows = operator.rows()?;
    println!("\n{} ({:.0} s)", operator.name(), started.elapsed().as_secs_f64());
    println!("rows                            {rows}");
    println!("replays found                   {found}");
    println!("sessions ended / going on       {ended} / {goes_on}");
    println!("size after the first refreshes  {:.1} MiB", mebibytes(after_first));
    println!(
        "size after the last refreshes   {:.1} MiB ({growth:.2} times)",
        mebibytes(after_last)
    );

    let stolen = sessions.div_ceil(STOLEN);
    let exact = rows == sessions as i64 && found == stolen && ended == stolen && goes_on == sessions - stolen;
    if exact && growth <= GROWTH {
        Ok(())
    } else {
        Err(Failed(format!(
            "expected {sessions} rows, {stolen} ended, growth up to {GROWTH}"
        )))
    }
}

/// Every client refreshes once.
async fn refresh_all(store: &Arc<dyn Store>, clients: Vec<Client>) -> Result<Vec<Client>, Failed> {
    let share = clients.len().div_ceil(IN_FLIGHT).max(1);
    let working: Vec<_> = clients
        .chunks(share)
        .map(|clients| {
            let (store, mut clients) = (Arc::clone(store), clients.to_vec());
            tokio::spawn(async move {
                for client in &mut clients {
                    client.refresh(&*store).await?;
                }
                Ok::<_, Failed>(clients)
            })
        })
        .collect();
    let mut refreshed = Vec::with_capacity(clients.len());
    for clients in working {
        refreshed.extend(clients.await.map_err(failed)??);
    }
    Ok(refreshed)
}

struct SqliteFile(PathBuf);

impl SqliteFile {
    fn open(&self) -> Result<Arc<dyn Store>, Failed> {
        let config = SqliteConfig {
            keeps_accounts: false,
            ..SqliteConfig::new(&self.0)
        };
        Ok(Arc::new(
            SqliteStore::open(config, Arc::new(SystemClock)).map_err(failed)?,
        ))
    }

    fn connect(&self) -> Result<SqliteConnection, Failed> {
        let mut conn = SqliteConnection::establish(&self.0.to_string_lossy()).map_err(failed)?;
        conn.batch_execute("PRAGMA busy_timeout = 5000").map_err(failed)?;
        Ok(conn)
    }
}

impl Operator for SqliteFile {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn rows(&self) -> Result<i64, Failed> {
        count(&mut self.connect()?)
    }

    fn size(&self) -> Result<u64, Failed> {
        // The log is emptied into the file now and then; here at once, and what is left of it
        // counts as well.
        self.connect()?
            .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(failed)?;
        let wal = PathBuf::from(format!("{}-wal", self.0.display()));
        Ok(size_of_file(&self.0)? + size_of_file(&wal)?)
    }
}

struct PostgresTable<'c> {
    cluster: &'c Cluster,
    url: String,
}

impl PostgresTable<'_> {
    async fn open(&self) -> Result<Arc<dyn Store>, Failed> {
        let config = PostgresConfig {
            keeps_accounts: false,
            ..PostgresConfig::new(&self.url)
        };
        Ok(Arc::new(PostgresStore::open(config).await.map_err(failed)?))
    }

    fn ask(&self, sql: &str) -> String {
        self.cluster.psql(self.url.rsplit('/').next().unwrap_or_default(), sql)
    }

    fn number(&self, sql: &str) -> Result<i64, Failed> {
        self.ask(sql).parse().map_err(failed)
    }
}

impl Operator for PostgresTable<'_> {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn rows(&self) -> Result<i64, Failed> {
        self.number("SELECT count(*) FROM auth_sessions")
    }

    fn size(&self) -> Result<u64, Failed> {
        // What autovacuum does in its own time.
        self.ask("VACUUM auth_sessions");
        u64::try_from(self.number("SELECT pg_total_relation_size('auth_sessions')")?).map_err(failed)
    }
}

fn count(conn: &mut SqliteConnection) -> Result<i64, Failed> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let count: Count = diesel::sql_query("SELECT count(*) AS count FROM auth_sessions")
        .get_result(conn)
        .map_err(failed)?;
    Ok(count.count)
}

fn size_of_file(path: &Path) -> Result<u64, Failed> {
    Ok(std::fs::metadata(path).map_err(failed)?.len())
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
