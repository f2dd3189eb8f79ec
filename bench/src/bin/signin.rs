//! Sign-ins: `cargo run --profile bench -p bench --bin signin`.
//!
//! Eight clients sign in as fast as the server answers. The comparison is threads that only check
//! the same password with bcrypt, as many as there are permits. It also measures a guarded route
//! that another user calls meanwhile.

use std::thread;
use std::time::{Duration, Instant};

use bench::goal::Figures;
use bench::goal::Goal::{AtLeast, AtMost};
use bench::load::{Answer, Asks, Same, load};
use bench::served::{Kind, Served, serve_if_asked};
use bench::server::{ANN, quantile};
use bench::turns::median;
use bench::{Failed, failed};
use serde_json::json;

const TIME: Duration = Duration::from_secs(10);
const ROUNDS: usize = 3;
const CLIENTS: usize = 8;

/// The default cost of new hashes.
const COST: u32 = 12;

fn main() -> Result<(), Failed> {
    serve_if_asked()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let store = format!("sqlite://{}", folder.path().join("auth.db").display());
    let demo = Served::start(Kind::Demo, &store, None)?;
    let port = demo.listening.port;
    let guarded = Same::get("/api/admin", &demo.listening.access, 200);
    // As many as the demo hashes at once.
    let permits = thread::available_parallelism()?.get();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    let (mut idle, mut meanwhile) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(hashes_per_second(permits)?);
        idle.extend(load(port, vec![guarded.clone()], TIME).await?.took);
        ours.push(signing_in(port).await?);
        let other = load(port, vec![guarded.clone()], TIME);
        let (_, other) = tokio::try_join!(signing_in(port), other)?;
        meanwhile.extend(other.took);
    }
    let (bare, ours) = (median(bare), median(ours));
    println!("bcrypt, cost {COST}, on {permits} threads   {bare:>6.2} a second   1.00");
    println!(
        "sign-ins, {CLIENTS} clients at once   {ours:>6.2} a second   {:.2}",
        ours / bare
    );
    let (idle, meanwhile) = (quantile(&mut idle, 0.99), quantile(&mut meanwhile, 0.99));
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "a guarded route, p99: {:.2} ms idle, {:.2} ms meanwhile: {:.2}",
        millis(idle),
        millis(meanwhile),
        millis(meanwhile) / millis(idle)
    );
    let mut figures = Figures::default();
    figures.print("sign-ins, of bare bcrypt", ours / bare, AtLeast(0.95));
    figures.print(
        "p99 of a guarded route meanwhile, times idle",
        millis(meanwhile) / millis(idle),
        AtMost(3.0),
    );
    figures.end()
}

/// A client that signs in again and again. A sign-in that the server turns away because of a long
/// queue does not count.
#[derive(Clone)]
struct SignIn {
    request: Vec<u8>,
    signed_in: u32,
}

impl SignIn {
    fn new() -> SignIn {
        let body = json!({ "email": ANN.0, "password": ANN.1, "delivery": "body" }).to_string();
        let head =
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length:";
        SignIn {
            request: format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes(),
            signed_in: 0,
        }
    }
}

impl Asks for SignIn {
    fn ask(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.request);
    }

    fn check(&mut self, answer: &Answer<'_>) -> Result<(), Failed> {
        match answer.status {
            200 => self.signed_in += 1,
            503 => {}
            other => return Err(Failed(format!("answered with {other}"))),
        }
        Ok(())
    }
}

/// Sign-ins per second of all who did.
async fn signing_in(port: u16) -> Result<f64, Failed> {
    let begun = Instant::now();
    let done = load(port, vec![SignIn::new(); CLIENTS], TIME).await?;
    let signed_in: u32 = done.askers.iter().map(|asker| asker.signed_in).sum();
    Ok(f64::from(signed_in) / begun.elapsed().as_secs_f64())
}

fn hashes_per_second(threads: usize) -> Result<f64, Failed> {
    let hash = bcrypt::hash(ANN.1, COST).map_err(failed)?;
    let begun = Instant::now();
    let counts: Vec<_> = (0..threads)
        .map(|_| {
            let hash = hash.clone();
            thread::spawn(move || {
                let mut count = 0;
                while begun.elapsed() < TIME && bcrypt::verify(ANN.1, &hash).is_ok() {
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut all = 0;
    for count in counts {
        all += count.join().map_err(|_| Failed("a thread panicked".to_owned()))?;
    }
    Ok(f64::from(all) / begun.elapsed().as_secs_f64())
}
