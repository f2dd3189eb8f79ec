//! What a server weighs: `cargo run --profile bench -p bench --bin memory [millions of requests]`.
//!
//! Measures the resident memory of the idle demo, beside a server with a guard written by hand.
//! Then measures it after every million of mixed requests, five million by default. It must not
//! grow with them.

use std::time::Duration;

use bench::Failed;
use bench::browser::Browser;
use bench::goal::Figures;
use bench::goal::Goal::AtMost;
use bench::load::{Answer, Asks, Same, load};
use bench::served::{Kind, Served, serve_if_asked};

/// How long each part of the load runs before the memory is measured.
const TIME: Duration = Duration::from_secs(2);

fn main() -> Result<(), Failed> {
    serve_if_asked()?;
    let millions = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(weigh(millions.unwrap_or(5)))
}

async fn weigh(millions: u64) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let store = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let by_hand = Served::start(Kind::Plain, &store("plain.db"), None)?;
    let demo = Served::start(Kind::Demo, &store("demo.db"), None)?;
    let (theirs, ours) = (by_hand.resident()?, demo.resident()?);
    println!("idle, with a guard by hand {theirs:>7.1} MiB   1.00");
    println!("idle, the demo             {ours:>7.1} MiB{:>7.2}", ours / theirs);

    let mut figures = Figures::default();
    figures.print("idle, times a server with a guard by hand", ours / theirs, AtMost(1.5));

    let mut mixed = Mixed::all(&demo);
    let (mut asked, mut first, mut last) = (0, None, 0.0);
    for million in 1..=millions {
        while asked < million * 1_000_000 {
            let done = load(demo.listening.port, mixed, TIME).await?;
            asked += done.took.len() as u64;
            mixed = done.askers;
        }
        last = demo.resident()?;
        println!("after {million} million requests  {last:>7.1} MiB");
        first.get_or_insert(last);
    }
    if let Some(first) = first {
        // What fills up in the beginning (pools, the memory of tokens) does so within the first
        // million.
        figures.print(
            "after the last million, times after the first",
            last / first,
            AtMost(1.05),
        );
    }
    figures.end()
}

/// The requests of a client in turn: allowed, refused, unknown, and now and then the next cookie.
struct Mixed {
    requests: Vec<Same>,
    browser: Browser,
    next: usize,
}

impl Mixed {
    fn all(served: &Served) -> Vec<Mixed> {
        let good = served.listening.access.as_str();
        let forged = format!("{}AAAA", good.get(..good.len().saturating_sub(4)).unwrap_or_default());
        let requests = vec![
            Same::get("/api/admin", good, 200),
            Same::get("/api/editor", good, 200),
            Same::get("/api/admin", &forged, 401),
            Same::get("/api/auth/sessions", good, 200),
            Same::get("/nowhere", good, 404),
            Same::get("/api/admin", "x.y.z", 401),
        ];
        Browser::all(served)
            .into_iter()
            .map(|browser| Mixed {
                requests: requests.clone(),
                browser,
                next: 0,
            })
            .collect()
    }
}

impl Asks for Mixed {
    fn ask(&mut self, request: &mut Vec<u8>) {
        match self.requests.get_mut(self.next) {
            Some(same) => same.ask(request),
            None => self.browser.ask(request),
        }
    }

    fn check(&mut self, answer: &Answer<'_>) -> Result<(), Failed> {
        let checked = match self.requests.get_mut(self.next) {
            Some(same) => same.check(answer),
            None => self.browser.check(answer),
        };
        self.next = (self.next + 1) % (self.requests.len() + 1);
        checked
    }
}
