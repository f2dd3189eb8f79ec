//! What 200 sign-ins at once do to all other users: `cargo run --profile bench -p bench --bin
//! flood`.
//!
//! The clients are in the same process and want the same cores: what is measured is worse than what
//! a server sees.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bench::server::{ANN, Server, client, quantile, sign_in};
use bench::{Failed, failed};
use tokio::task::JoinSet;

/// How many sign-ins at once, and how often.
const AT_ONCE: usize = 200;
const ROUNDS: usize = 5;

/// How many requests the idle figure is taken from.
const IDLE: usize = 5000;

/// The pause between two requests of a user who is signed in during the flood.
const PAUSE: Duration = Duration::from_millis(1);

/// How long a client may wait for the answer that turns it away, and how many times slower other
/// requests may be.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(2);
const ALLOWED: f64 = 3.0;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut failed = false;
    for (what, limits) in [
        (
            "without limits on failures",
            &[("throttle.account_per_minute", 0), ("throttle.source_per_minute", 0)][..],
        ),
        ("with the default limits", &[]),
    ] {
        println!("{AT_ONCE} sign-ins at once, {ROUNDS} times, {what}");
        failed |= !flood(limits).await?;
        println!();
    }
    if failed {
        return Err(Failed("out of bounds".to_owned()));
    }
    Ok(())
}

async fn flood(limits: &'static [(&'static str, u32)]) -> Result<bool, Failed> {
    let server = Server::start(limits).await?;
    let (_, access) = sign_in(&client()?, &server.base, ANN.0, ANN.1).await?;
    let access = access.ok_or(Failed("ann cannot sign in".to_owned()))?;
    let probe = Probe {
        client: client()?,
        url: format!("{}/api/admin", server.base),
        access,
    };
    probe.ask(Duration::from_secs(1), usize::MAX, || false).await?;
    let mut idle = probe.ask(Duration::MAX, IDLE, || false).await?;

    let (mut answers, mut turned_away, mut flooded) = (BTreeMap::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let over = Arc::new(AtomicBool::new(false));
        let probing = {
            let (probe, over) = (probe.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                probe
                    .ask(Duration::MAX, usize::MAX, || over.load(Ordering::Relaxed))
                    .await
            })
        };
        let mut signing_in = JoinSet::new();
        let client = client()?;
        for number in 0..AT_ONCE {
            let (client, base) = (client.clone(), server.base.clone());
            signing_in.spawn(async move {
                let begun = Instant::now();
                let email = format!("user{number}of{round}@example.com");
                sign_in(&client, &base, &email, "wrong")
                    .await
                    .map(|(status, _)| (status, begun.elapsed()))
            });
        }
        while let Some(answer) = signing_in.join_next().await {
            let (status, took) = answer.map_err(failed)??;
            *answers.entry(status).or_insert(0_usize) += 1;
            if status != 401 {
                turned_away.push(took);
            }
        }
        over.store(true, Ordering::Relaxed);
        flooded.extend(probing.await.map_err(failed)??);
    }

    let load = server.auth.hash_load();
    let slowest = turned_away.iter().copied().max().unwrap_or_default();
    println!("  answers by status                    {answers:?}");
    println!("  hashes at once, of {} permits         {:>6}", load.permits, load.peak);
    println!(
        "  turned away within                   {:>6.2} s",
        slowest.as_secs_f64()
    );
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let (idle_p99, flooded_p99) = (quantile(&mut idle, 0.99), quantile(&mut flooded, 0.99));
    println!(
        "  guarded route, idle     p50 {:>6.2} ms   p99 {:>6.2} ms",
        millis(quantile(&mut idle, 0.5)),
        millis(idle_p99)
    );
    println!(
        "  guarded route, flooded  p50 {:>6.2} ms   p99 {:>6.2} ms   ({} requests)",
        millis(quantile(&mut flooded, 0.5)),
        millis(flooded_p99),
        flooded.len()
    );
    let ratio = flooded_p99.as_secs_f64() / idle_p99.as_secs_f64();
    println!("  p99, flooded to idle                 {ratio:>6.2}");
    let only_401_429_503 = answers.keys().all(|status| [401, 429, 503].contains(status));
    Ok(only_401_429_503 && load.peak <= load.permits && slowest <= TURNED_AWAY_WITHIN && ratio <= ALLOWED)
}

/// A signed-in user who goes on using the application.
#[derive(Clone)]
struct Probe {
    client: reqwest::Client,
    url: String,
    access: String,
}

impl Probe {
    /// Sends some hundred requests a second until the time is up, so many were sent, or it is over.
    async fn ask(&self, time: Duration, count: usize, over: impl Fn() -> bool) -> Result<Vec<Duration>, Failed> {
        let (started, mut took) = (Instant::now(), Vec::new());
        while started.elapsed() < time && took.len() < count && !over() {
            let begun = Instant::now();
            let asked = self.client.get(&self.url).bearer_auth(&self.access).send().await;
            let answer = asked.map_err(failed)?;
            let status = answer.status();
            answer.bytes().await.map_err(failed)?;
            took.push(begun.elapsed());
            tokio::time::sleep(PAUSE).await;
            if !status.is_success() {
                return Err(Failed(format!("the guarded route answered {status}")));
            }
        }
        Ok(took)
    }
}
