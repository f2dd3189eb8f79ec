//! Refreshes over HTTP: `cargo run --profile bench -p bench --bin refresh`, or with `-- sqlite` or
//! `-- postgres` for one of the two.
//!
//! 32 browsers, each with a cookie and a connection of its own, refresh as fast as the server
//! answers. Each checks every answer for the next cookie. In turns the benchmark measures the
//! database alone: on SQLite one `UPDATE … RETURNING` per commit in a loop, on PostgreSQL `pgbench`
//! with the same statement.

use std::time::Duration;

use bench::alone::{one_statement_per_commit, open};
use bench::browser::Browser;
use bench::goal::Figures;
use bench::goal::Goal::AtLeast;
use bench::load::load;
use bench::pgbench::{self, Logged};
use bench::served::{Kind, Served, serve_if_asked};
use bench::turns::median;
use bench::{Client, Failed, is_wanted, sign_in_many};
use tests::postgres::Cluster;

const TIME: Duration = Duration::from_secs(2);
const ROUNDS: usize = 7;

fn main() -> Result<(), Failed> {
    serve_if_asked()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Figures::default();
    runtime.block_on(async {
        if is_wanted(1, "sqlite") {
            let ratio = sqlite().await?;
            figures.print("SQLite, refreshes over HTTP, times one per commit", ratio, AtLeast(2.0));
        }
        if is_wanted(1, "postgres") {
            let ratio = postgres().await?;
            figures.print("PostgreSQL, refreshes over HTTP, of pgbench", ratio, AtLeast(0.5));
        }
        figures.end()
    })
}

async fn sqlite() -> Result<f64, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("auth.db");
    let served = Served::start(Kind::Ours, &format!("sqlite://{}", path.display()), None)?;
    let mut browsers = Browser::all(&served);
    // The loop has a database of its own, so that it does not wait for the server's writer.
    let own = folder.path().join("loop.db");
    let mut client = Client::sign_in(&*open(&own)?).await?;
    let (mut limit, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        limit.push(one_statement_per_commit(&own, &mut client, TIME)?);
        let done = load(served.listening.port, browsers, TIME).await?;
        ours.push(done.per_second);
        browsers = done.askers;
    }
    let limit_is = "one UPDATE … RETURNING per commit, in a loop";
    Ok(print("SQLite, synchronous=FULL", limit_is, limit, ours))
}

async fn postgres() -> Result<f64, Failed> {
    let cluster = Cluster::start();
    let url = cluster.fresh_database();
    let served = Served::start(Kind::Ours, &url, None)?;
    let mut browsers = Browser::all(&served);
    let store = pgbench::open(&url).await?;
    let statement = Logged::of_one_rotation(&cluster, &url).await?;
    let (mut limit, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let theirs = sign_in_many(&store, 32).await?;
        pgbench::prepare_clients(&cluster, &url, &theirs);
        limit.push(statement.per_second(&url, 32, TIME)?);
        let done = load(served.listening.port, browsers, TIME).await?;
        ours.push(done.per_second);
        browsers = done.askers;
    }
    let limit_is = "pgbench, the same statement, 32 clients";
    Ok(print("PostgreSQL, fsync=on", limit_is, limit, ours))
}

/// Prints both, and answers with how many times the limit ours is.
fn print(database: &str, by_itself: &str, limit: Vec<f64>, ours: Vec<f64>) -> f64 {
    let (limit, ours) = (median(limit), median(ours));
    println!("{database:<46}per second   ratio");
    println!("{by_itself:<46}{limit:>10.0}    1.00");
    println!("{:<46}{ours:>10.0}   {:>5.2}\n", "over HTTP, 32 browsers", ours / limit);
    ours / limit
}
