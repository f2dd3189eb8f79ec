//! Faults on real processes: after any kill, no honest user is logged out and nothing revoked comes
//! back.
//!
//! `cargo test -p tests --test faults` runs the form of the gate, `FAULTS=full` before it the long
//! one. Names after `--` choose scenarios; `--list` names them. See `README.md` beside this file.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod front;
mod judgement;
mod ledger;
mod library;
mod load;
mod people;
mod proxy;
mod report;
mod scenarios;
mod site;
mod table;
mod visitors;
mod wire;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use report::Row;
use scenarios::{Form, SCENARIOS, Scenario};

/// The options of the command line, as in Rust's own test programs.
#[derive(Default)]
struct Wanted {
    list: bool,
    exact: bool,
    threads: Option<usize>,
    names: Vec<String>,
    skipped: Vec<String>,
}

impl Wanted {
    fn read(arguments: impl Iterator<Item = String>) -> Wanted {
        let mut wanted = Wanted::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => wanted.list = true,
                "--exact" => wanted.exact = true,
                "--skip" => wanted.skipped.extend(arguments.next()),
                "--test-threads" => wanted.threads = arguments.next().and_then(|count| count.parse().ok()),
                "--format" | "--color" | "--logfile" => drop(arguments.next()),
                // Other options are about things that there is only one way to do here.
                option if option.starts_with('-') => {}
                name => wanted.names.push(name.to_owned()),
            }
        }
        wanted
    }

    fn includes(&self, scenario: &Scenario) -> bool {
        let is = |name: &String| {
            if self.exact {
                scenario.name == name
            } else {
                scenario.name.contains(name.as_str())
            }
        };
        (self.names.is_empty() || self.names.iter().any(is)) && !self.skipped.iter().any(is)
    }
}

fn main() -> ExitCode {
    let wanted = Wanted::read(std::env::args().skip(1));
    let chosen: Vec<&Scenario> = SCENARIOS.iter().filter(|scenario| wanted.includes(scenario)).collect();
    if wanted.list {
        chosen.iter().for_each(|scenario| println!("{}: test", scenario.name));
        return ExitCode::SUCCESS;
    }
    let form = Form::of_environment();
    let threads = wanted.threads.unwrap_or(form.pick(3, 1)).max(1);
    println!("\nrunning {} tests, {threads} at a time", chosen.len());
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Option<Row>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((n, scenario)) = take(&next, &chosen) {
                    let row = run(scenario, form);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((n, row));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(n, _)| *n);
    let rows = done.into_iter().map(|(n, row)| (chosen[n].name, row)).collect();
    summary(rows)
}

fn take<'a>(next: &AtomicUsize, chosen: &[&'a Scenario]) -> Option<(usize, &'a Scenario)> {
    let n = next.fetch_add(1, Ordering::Relaxed);
    chosen.get(n).map(|scenario| (n, *scenario))
}

/// Runs one; says so. `None`: it panicked.
fn run(scenario: &Scenario, form: Form) -> Option<Row> {
    let begun = Instant::now();
    let row = catch_unwind(|| (scenario.run)(form)).ok();
    let is_good = row.as_ref().is_some_and(|row| row.problems().is_empty());
    let verdict = if is_good { "ok" } else { "FAILED" };
    println!(
        "test {} ... {verdict} ({:.1} s)",
        scenario.name,
        begun.elapsed().as_secs_f64()
    );
    row
}

fn summary(rows: Vec<(&str, Option<Row>)>) -> ExitCode {
    report::print(&rows);
    let mut failed = 0;
    for (name, row) in &rows {
        let problems = match row {
            Some(row) => row.problems(),
            None => vec!["the scenario panicked; see above".to_owned()],
        };
        failed += usize::from(!problems.is_empty());
        for problem in problems {
            println!("FAILED {name}: {problem}");
        }
    }
    println!("{} passed, {failed} failed", rows.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
