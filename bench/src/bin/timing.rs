//! How long a failed sign-in takes, by the reason: `cargo run --profile bench -p bench --bin
//! timing`.
//!
//! An unknown e-mail, a wrong password and a disabled account must not be told apart by their time.
//! Takes about four minutes; on a machine that does something else besides the medians are still
//! good, as the sign-ins take turns.

use std::time::{Duration, Instant};

use bench::Failed;
use bench::server::{ANN, ED, Server, client, quantile, sign_in};

/// How many sign-ins of each kind.
const ROUNDS: usize = 200;

/// By how much the medians may differ.
const ALLOWED: f64 = 0.05;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let server = Server::start(&[("throttle.account_per_minute", 0), ("throttle.source_per_minute", 0)]).await?;
    let client = client()?;
    let kinds = [
        ("unknown e-mail", "nobody@example.com", "not the password"),
        ("wrong password", ANN.0, "not the password"),
        ("disabled account", ED.0, ED.1),
    ];
    let mut took: [Vec<Duration>; 3] = Default::default();
    for round in 0..ROUNDS {
        for turn in 0..kinds.len() {
            // Each kind stands first, second and last equally often.
            let kind = (round + turn) % kinds.len();
            let (_, email, password) = kinds[kind];
            let begun = Instant::now();
            let (status, _) = sign_in(&client, &server.base, email, password).await?;
            took[kind].push(begun.elapsed());
            if status != 401 {
                return Err(Failed(format!("a sign-in was answered with {status}")));
            }
        }
    }
    let medians = took.map(|mut took| quantile(&mut took, 0.5).as_secs_f64() * 1000.0);
    println!("{ROUNDS} failed sign-ins of each kind, in turns     median");
    for ((kind, ..), median) in kinds.iter().zip(medians) {
        println!("{kind:<44}{median:>7.1} ms");
    }
    let (least, most) = (
        medians.iter().copied().fold(f64::MAX, f64::min),
        medians.iter().copied().fold(0.0, f64::max),
    );
    let difference = most / least - 1.0;
    println!("they differ by at most {:.2} %", difference * 100.0);
    if difference < ALLOWED {
        Ok(())
    } else {
        Err(Failed("the reasons can be told apart by their time".to_owned()))
    }
}
