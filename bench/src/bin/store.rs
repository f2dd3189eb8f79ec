//! Refreshes per second at the store, against what the database itself gives: `cargo run --profile
//! bench -p bench --bin store`, or with `-- sqlite` or `-- postgres` for one of the two.

use std::path::Path;
use std::time::Duration;

use bench::alone::{one_statement_per_commit, open};
use bench::goal::Figures;
use bench::goal::Goal::AtLeast;
use bench::pgbench::{self, Logged};
use bench::turns::median;
use bench::{Failed, failed, is_wanted, refreshes_per_second, sign_in_many};
use tests::postgres::Cluster;

/// How long each figure is taken for, and how often; the median counts.
const TIME: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut figures = Figures::default();
    if is_wanted(1, "sqlite") {
        let folder = tempfile::tempdir().map_err(failed)?;
        let ratio = sqlite(&folder.path().join("auth.db")).await?;
        figures.print("SQLite, 32 in flight, times one per commit", ratio, AtLeast(5.0));
    }
    if is_wanted(1, "postgres") {
        let ratio = postgres().await?;
        figures.print("PostgreSQL, 32 in flight, of pgbench", ratio, AtLeast(0.8));
    }
    figures.end()
}

async fn sqlite(path: &Path) -> Result<f64, Failed> {
    let store = open(path)?;
    let mut one = sign_in_many(&store, 1).await?;
    let mut many = sign_in_many(&store, 32).await?;
    let mut plain = sign_in_many(&store, 1).await?;
    let (mut loops, mut alone, mut together) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        loops.push(one_statement_per_commit(path, &mut plain[0], TIME)?);
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
    Ok(together / loops)
}

async fn postgres() -> Result<f64, Failed> {
    let cluster = Cluster::start();
    let url = cluster.fresh_database();
    let store = pgbench::open(&url).await?;
    let mut one = sign_in_many(&store, 1).await?;
    let mut many = sign_in_many(&store, 32).await?;
    let statement = Logged::of_one_rotation(&cluster, &url).await?;

    let (mut limits, mut alone, mut together) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let theirs = sign_in_many(&store, 32).await?;
        pgbench::prepare_clients(&cluster, &url, &theirs);
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
    Ok(together / limits)
}
