//! A million of everything: `cargo run --profile bench -p bench --bin scale`.
//!
//! On SQLite with `synchronous=FULL` it measures a million revoked sessions in the set of a server:
//! memory, time to start, time of a check. It compares a million rows with ten thousand, and cleans
//! a million away while others refresh. It measures the rows on PostgreSQL, too.
//! Takes about five minutes; `-- revocations`, `-- rows`, `-- postgres` and `-- cleaning` are its
//! parts.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use auth_core::__internal::{Clock, Revocations, SystemClock};
use auth_core::config::KeyConfig;
use auth_core::keys::generate_secret;
use auth_core::{Auth, Config, SecretString, SessionId, UserId};
use bench::goal::Figures;
use bench::goal::Goal::AtMost;
use bench::rows::{Inserted, Rows, refreshing, rows_in};
use bench::served::{access_token, issuers};
use bench::server::{build, quantile, secrets};
use bench::turns::{Contestant, medians};
use bench::{Failed, failed, is_wanted};
use rocket::figment::Figment;
use tempfile::TempDir;
use tests::postgres::Cluster;

const MILLION: u32 = 1_000_000;
const FEW: u32 = 10_000;
const TIME: Duration = Duration::from_secs(3);
const ROUNDS: usize = 5;

/// How long those who refresh are watched while a million rows are cleaned away, which takes
/// longer.
const CLEANING: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut figures = Figures::default();
    if is_wanted(1, "revocations") {
        figures.print("MiB of a million revoked sessions", memory(), AtMost(64.0));
        revocations(&folder, &mut figures).await?;
    }
    if is_wanted(1, "rows") {
        let ratio = rows(&folder).await?;
        let what = "SQLite, p99 of refreshes of a million rows, times ten thousand";
        figures.print(what, ratio, AtMost(1.5));
    }
    if is_wanted(1, "postgres") {
        let ratio = rows_of_postgres().await?;
        let what = "PostgreSQL, p99 of refreshes of a million rows, times ten thousand";
        figures.print(what, ratio, AtMost(1.5));
    }
    if is_wanted(1, "cleaning") {
        let ratio = cleaning(&folder).await?;
        let what = "p99 of refreshes while a million rows are cleaned away, times idle";
        figures.print(what, ratio, AtMost(2.0));
    }
    figures.end()
}

/// What a million entries take.
fn memory() -> f64 {
    let set = Revocations::default();
    let now = SystemClock.now();
    let counted = measure(|| (0..MILLION).for_each(|_| set.revoke(SessionId::random(), now)));
    let mib = counted.bytes_current as f64 / f64::from(1 << 20);
    println!("{} revoked sessions in the set: {mib:.1} MiB", set.len());
    mib
}

/// How long a server takes to start with a million revocations, and what a check costs then.
async fn revocations(folder: &TempDir, figures: &mut Figures) -> Result<(), Failed> {
    let config = config(&folder.path().join("revoked.db"))?;
    let few = open(&config).await?;
    Rows::new(MILLION)
        .revoked_at(few.now())
        .insert(&few, config.store_url())
        .await?;
    // Its set is empty: it was started before.
    let (access, _) = issuers(&config)?;
    let begun = Instant::now();
    let many = build(config).await?;
    many.load_revocations().await.map_err(failed)?;
    figures.print("seconds to start with them", begun.elapsed().as_secs_f64(), AtMost(3.0));

    let tokens = (0..1000).map(|_| access_token(&access, &UserId::random()));
    let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
    let check = |auth: &Auth, token: Option<&String>| {
        let identity = auth.verify_access(black_box(token.map_or("", String::as_str)));
        assert!(black_box(identity).is_ok());
    };
    let (mut first, mut second) = (tokens.iter().cycle(), tokens.iter().cycle());
    let took = medians(
        &mut [
            Contestant::new("empty", || check(&few, first.next())),
            Contestant::new("a million", || check(&many, second.next())),
        ],
        101,
        2000,
    );
    if let [empty, million] = took[..] {
        println!(
            "a token is checked in {empty:.0} ns with an empty set, in {million:.0} ns with these: {:.2}",
            million / empty
        );
        figures.print(
            "a check with them, times with an empty set",
            million / empty,
            AtMost(1.2),
        );
    }
    Ok(())
}

/// The slowest of a hundred refreshes among a million rows, beside ten thousand.
async fn rows(folder: &TempDir) -> Result<f64, Failed> {
    let (few, many) = (
        config(&folder.path().join("few.db"))?,
        config(&folder.path().join("many.db"))?,
    );
    let (small, large) = (open(&few).await?, open(&many).await?);
    let of_few = Rows::new(FEW).insert(&small, few.store_url()).await?;
    let of_many = Rows::new(MILLION).insert(&large, many.store_url()).await?;
    by_rows([(&small, of_few), (&large, of_many)]).await
}

async fn rows_of_postgres() -> Result<f64, Failed> {
    let cluster = Cluster::start();
    let (few, many) = (cluster.fresh_database(), cluster.fresh_database());
    let (small, large) = (open(&config_of(&few)?).await?, open(&config_of(&many)?).await?);
    let of_few = Rows::new(FEW).insert_into_postgres(&small, &cluster, &few).await?;
    let of_many = Rows::new(MILLION).insert_into_postgres(&large, &cluster, &many).await?;
    by_rows([(&small, of_few), (&large, of_many)]).await
}

async fn by_rows(databases: [(&Auth, Inserted); 2]) -> Result<f64, Failed> {
    let [(small, mut of_few), (large, mut of_many)] = databases;
    let (mut with_few, mut with_many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with_few.extend(refreshing(small, &mut of_few, TIME).await?);
        with_many.extend(refreshing(large, &mut of_many, TIME).await?);
    }
    Ok(compare(
        "refreshes, 32 at a time",
        [("of 10,000 rows", with_few), ("of 1,000,000 rows", with_many)],
    ))
}

/// The same while a million rows are cleaned away.
async fn cleaning(folder: &TempDir) -> Result<f64, Failed> {
    let config = config(&folder.path().join("cleaned.db"))?;
    let auth = open(&config).await?;
    let mut rows = Rows::new(FEW).insert(&auth, config.store_url()).await?;
    let past = auth.now().minus(Duration::from_secs(24 * 3600));
    Rows::new(MILLION)
        .numbered_from(FEW)
        .ended_at(past)
        .insert(&auth, config.store_url())
        .await?;
    let mut idle = Vec::new();
    for _ in 0..ROUNDS {
        idle.extend(refreshing(&auth, &mut rows, TIME).await?);
    }
    let cleaner = auth.clone();
    let cleaning = tokio::spawn(async move { cleaner.sessions().delete_expired().await });
    let (begun, mut meanwhile) = (Instant::now(), Vec::new());
    while begun.elapsed() < CLEANING && !cleaning.is_finished() {
        meanwhile.extend(refreshing(&auth, &mut rows, TIME).await?);
    }
    let left = rows_in(config.store_url())? - i64::from(FEW);
    let deleted = i64::from(MILLION) - left;
    println!(
        "{deleted} rows were cleaned away in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    cleaning.abort();
    Ok(compare(
        "refreshes, 32 at a time",
        [("idle", idle), ("while cleaning", meanwhile)],
    ))
}

/// Prints both, and answers with how many times the first one's p99 the second one's is.
fn compare(what: &str, measured: [(&str, Vec<Duration>); 2]) -> f64 {
    println!("{what:<28}{:>10}{:>12}{:>12}{:>9}", "of them", "p50", "p99", "ratio");
    let (mut first, mut last) = (None, 1.0);
    for (name, mut took) in measured {
        let (p50, p99) = (quantile(&mut took, 0.5), quantile(&mut took, 0.99));
        let ratio = p99.as_secs_f64() / first.get_or_insert(p99).as_secs_f64();
        let millis = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "  {name:<26}{:>10}{:>9.2} ms{:>9.2} ms{ratio:>9.2}",
            took.len(),
            millis(p50),
            millis(p99)
        );
        last = ratio;
    }
    last
}

/// Settings for a server on this file.
fn config(path: &Path) -> Result<Config, Failed> {
    config_of(&format!("sqlite://{}", path.display()))
}

fn config_of(store: &str) -> Result<Config, Failed> {
    let figment = Figment::from(rocket::Config::release_default())
        .select("debug")
        .merge(("auth.store", store));
    let mut config = Config::read(&figment, &secrets()?).map_err(failed)?;
    // The same keys for every server on it.
    config.tokens.access_keys = vec![KeyConfig::from_secret(generate_secret()?)];
    Ok(config)
}

/// A server with one user.
async fn open(config: &Config) -> Result<Auth, Failed> {
    let auth = build(config.clone()).await?;
    let password = SecretString::new(bench::server::ANN.1);
    auth.accounts()
        .create(bench::server::ANN.0, password, [rocket_app::role::AppRole::Admin])
        .await
        .map_err(failed)?;
    Ok(auth)
}
