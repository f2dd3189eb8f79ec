//! The rotation as the store sends it, run by `pgbench`: what PostgreSQL itself gives on this
//! machine.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
use auth_core::__internal::{PresentedToken, SecretHash, Store};
use tests::postgres::{Cluster, binary};

use crate::{Client, Failed, POLICY, failed};

/// A generation by which the statement's parameters are recognised; any is good for one rotation
/// (AHEAD).
const MARK: i64 = 7_654_321;

/// A statement as the server logged it, and the values of its parameters.
#[derive(Debug)]
pub struct Logged {
    sql: String,
    parameters: Vec<Option<String>>,
}

impl Logged {
    /// Carries out one rotation, and takes its statement from the server's log.
    ///
    /// # Errors
    ///
    /// The store's, or when there is no such statement.
    pub async fn of_one_rotation(cluster: &Cluster, url: &str) -> Result<Logged, Failed> {
        let database = database(url);
        cluster.psql(
            database,
            &format!("ALTER DATABASE {database} SET log_statement = 'all'"),
        );
        let store = open(url).await?;
        let client = Client::sign_in(&*store).await?;
        let marked = PresentedToken {
            generation: MARK,
            ..client.presented
        };
        store.rotate(marked, POLICY).await?;
        store.close().await;
        cluster.psql(database, &format!("ALTER DATABASE {database} RESET log_statement"));
        Logged::last_rotation(cluster)
    }

    fn last_rotation(cluster: &Cluster) -> Result<Logged, Failed> {
        let log = cluster.log();
        let start = log
            .rfind("UPDATE auth_sessions AS s SET")
            .ok_or(Failed("no rotation was logged".to_owned()))?;
        // The statement has several lines; the values follow in a record of their own.
        let (sql, values) = log[start..]
            .split_once("arameters: ")
            .and_then(|(before, values)| Some((before.rsplit_once('\n')?.0, values.lines().next()?)))
            .ok_or(Failed("the rotation was logged without its values".to_owned()))?;
        Ok(Logged {
            sql: sql.to_owned(),
            parameters: values
                .split(", $")
                .map(|value| value.split_once(" = ").map_or(value, |(_, value)| value))
                .map(|value| (value != "NULL").then(|| value.trim_matches('\'').to_owned()))
                .collect(),
        })
    }

    /// A script for `pgbench`: each of its clients rotates a session of its own, from the table
    /// `bench_clients`.
    fn script(&self) -> String {
        let mut sql = self.sql.clone();
        // From the last, so that `$1` is not found in `$12`.
        for (index, value) in self.parameters.iter().enumerate().rev() {
            let text = value.as_deref().unwrap_or_default();
            let number = text.parse::<i64>().ok();
            let written = match value {
                None => "NULL".to_owned(),
                Some(_) if text.len() == 36 && text.matches('-').count() == 4 => ":id::uuid".to_owned(),
                Some(_) if text.starts_with("\\x") => ":hash::bytea".to_owned(),
                Some(_) if text == "t" || text == "f" => format!("'{text}'::boolean"),
                Some(_) if number == Some(MARK) => ":seq::bigint".to_owned(),
                Some(_) if number.is_some() => format!("{text}::bigint"),
                Some(_) => format!("'{text}'::text"),
            };
            sql = sql.replace(&format!("${}", index + 1), &written);
        }
        format!(
            "\\if :seq < 0\n\
             SELECT id, hash FROM bench_clients WHERE n = :client_id \\gset\n\
             \\endif\n\
             \\set seq :seq + 1\n\
             {sql};\n"
        )
    }

    /// Rotations per second by `clients.len()` clients of `pgbench` with prepared statements.
    ///
    /// # Errors
    ///
    /// When `pgbench` fails.
    pub fn per_second(&self, url: &str, clients: usize, time: Duration) -> Result<f64, Failed> {
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("rotate.sql");
        std::fs::write(&script, self.script())?;
        let output = Command::new(binary("pgbench"))
            .args(["--no-vacuum", "--protocol=prepared", "--define=seq=-1", "--jobs=2"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={}", time.as_secs()))
            .arg("--file")
            .arg(&script)
            .arg(url)
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = || Failed(format!("pgbench: {said}{}", String::from_utf8_lossy(&output.stderr)));
        if !output.status.success() {
            return Err(failed());
        }
        let tps = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        tps.ok_or_else(failed)
    }
}

/// The store on this database, without accounts of its own, and with as many connections as
/// `pgbench` has clients.
///
/// # Errors
///
/// The store's.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, Failed> {
    let config = PostgresConfig {
        keeps_accounts: false,
        pool_size: 32,
        ..PostgresConfig::new(url)
    };
    let store = PostgresStore::open(config).await;
    Ok(Arc::new(store.map_err(failed)?))
}

/// Puts the sessions where the clients of `pgbench` find them.
pub fn prepare_clients(cluster: &Cluster, url: &str, clients: &[Client]) {
    cluster.psql(database(url), "DROP TABLE IF EXISTS bench_clients");
    cluster.psql(database(url), &clients_table(clients));
}

/// The name of the database at the end of this address.
pub(crate) fn database(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// A hash as PostgreSQL reads it behind `\x`.
pub(crate) fn hex(secret: &SecretHash) -> String {
    secret.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SQL that makes the table from which `pgbench` takes the sessions of its clients.
fn clients_table(clients: &[Client]) -> String {
    let row = |(n, client): (usize, &Client)| {
        let hash = hex(&client.presented.secret);
        format!("({n}, '{}', '\\x{hash}')", client.presented.session)
    };
    let rows: Vec<String> = clients.iter().enumerate().map(row).collect();
    format!(
        "CREATE TABLE bench_clients (n bigint PRIMARY KEY, id text, hash text); INSERT INTO bench_clients VALUES {}",
        rows.join(", ")
    )
}
