//! What a guard costs over HTTP: `cargo run --profile bench -p bench --bin http`.
//!
//! 32 connections ask for the same small route in turns: without a guard, with this library's, and
//! with one written by hand on `jsonwebtoken`. The server is a process of its own, whose processor
//! time is read as well. It has one worker, so that on two cores it is what limits, and not the
//! loader.

use std::time::Duration;

use bench::Failed;
use bench::goal::Figures;
use bench::goal::Goal::{AtLeast, AtMost};
use bench::load::{Same, load};
use bench::served::{Kind, Served, serve_if_asked};
use bench::turns::median;

const CONNECTIONS: usize = 32;
const TIME: Duration = Duration::from_secs(1);
const ROUNDS: usize = 15;

/// A route to measure.
struct Route<'a> {
    name: &'static str,
    server: &'a Served,
    path: &'static str,
    per_second: Vec<f64>,
    cpu: Vec<f64>,
}

fn main() -> Result<(), Failed> {
    serve_if_asked()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(compare())
}

async fn compare() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let store = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let ours = Served::start(Kind::Ours, &store("ours.db"), Some(1))?;
    let plain = Served::start(Kind::Plain, &store("plain.db"), Some(1))?;
    let route = |name, server, path| Route {
        name,
        server,
        path,
        per_second: Vec::new(),
        cpu: Vec::new(),
    };
    let mut routes = [
        route("Rocket alone, no guard", &plain, "/open"),
        route("Rocket alone, same headers", &plain, "/headers"),
        route("by hand, as documented", &plain, "/documented"),
        route("by hand, all prepared", &plain, "/prepared"),
        route("this library, public", &ours, "/open"),
        route("this library, a role", &ours, "/guarded"),
        route("this library, a scoped role", &ours, "/orgs/7"),
    ];
    for round in 0..ROUNDS {
        for turn in 0..routes.len() {
            let index = (round + turn) % routes.len();
            if let Some(route) = routes.get_mut(index) {
                route.measure().await?;
            }
        }
    }
    let [open, headers, documented, prepared, public, role, scoped] = &routes;
    println!("{CONNECTIONS} connections                 requests/s   ratio   processor, each   of it the guard");
    for route in &routes {
        let (per_second, cpu) = (median(route.per_second.clone()), median(route.cpu.clone()));
        let (ratio, guard) = (route.requests_beside(open), median(route.guard(open)));
        println!(
            "{:<28}{per_second:>15.0}{ratio:>8.2}{cpu:>15.2} µs{guard:>15.2} µs",
            route.name
        );
    }
    println!(
        "beside a public route of this library, a role takes {:.2} µs",
        median(role.guard(public))
    );
    println!(
        "beside a role, a role in a scope takes {:.2} µs and the application's query",
        median(scoped.guard(role))
    );
    let mut figures = Figures::default();
    figures.print(
        "requests of the route without a guard",
        role.requests_beside(open),
        AtLeast(0.9),
    );
    figures.print(
        "requests of the route without a guard, with the same headers",
        role.requests_beside(headers),
        AtLeast(0.9),
    );
    for by_hand in [documented, prepared] {
        let what = format!("times the requests of the guard {}", by_hand.name);
        figures.print(&what, role.requests_beside(by_hand), AtLeast(1.3));
        let what = format!("times the processor time of the guard {}", by_hand.name);
        let cpu = ratios(&role.guard(open), &by_hand.guard(open));
        figures.print(&what, cpu, AtMost(0.25));
    }
    figures.end()
}

impl Route<'_> {
    async fn measure(&mut self) -> Result<(), Failed> {
        let asker = Same::get(self.path, &self.server.listening.access, 200);
        let before = self.server.cpu()?;
        let done = load(self.server.listening.port, vec![asker; CONNECTIONS], TIME).await?;
        let cpu = self.server.cpu()? - before;
        self.per_second.push(done.per_second);
        self.cpu.push(cpu.as_secs_f64() * 1e6 / done.took.len() as f64);
        Ok(())
    }

    /// How many times the requests of another route, in the same round.
    fn requests_beside(&self, other: &Route<'_>) -> f64 {
        ratios(&self.per_second, &other.per_second)
    }

    /// The processor time of each round beyond that of a route without a guard in the same round.
    fn guard(&self, without: &Route<'_>) -> Vec<f64> {
        let rounds = self.cpu.iter().zip(&without.cpu);
        rounds.map(|(with, without)| with - without).collect()
    }
}

/// The ratio in the middle, of those of each round.
fn ratios(ours: &[f64], theirs: &[f64]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
}
