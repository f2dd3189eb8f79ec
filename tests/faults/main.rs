//! Faults on real processes: whatever is killed, nobody honest is logged out and nothing revoked comes back.
//!
//! `cargo test -p tests --test faults` runs the form of the gate, `FAULTS=full` before it the long one. Names after `--`
//! choose scenarios; `--list` names them. See `docs/testing.md`.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod ledger;
mod load;
mod people;
mod proxy;
mod report;
mod scenarios;
mod site;
mod wire;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::Instant;

use report::Row;
use scenarios::{Form, SCENARIOS, Scenario};

/// What the command line asks for, in the manner of Rust's own test programs.
#[derive(Default)]
struct Wanted {
    list: bool,
    exact: bool,
    names: Vec<String>,
    skipped: Vec<String>,
}

impl Wanted {
    fn read(arguments: impl Iterator<Item = String>) -> Wanted {
        let mut wanted = Wanted::default();
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => wanted.list = true,
                "--exact" => wanted.exact = true,
                "--skip" => wanted.skipped.extend(arguments.next()),
                "--test-threads" | "--format" | "--color" | "--logfile" => drop(arguments.next()),
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
    println!("\nrunning {} tests", chosen.len());
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for scenario in &chosen {
        let begun = Instant::now();
        let row = catch_unwind(|| (scenario.run)(form)).ok();
        let problems = match &row {
            Some(row) => row.problems(),
            None => vec!["the scenario panicked; see above".to_owned()],
        };
        let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
        println!(
            "test {} ... {verdict} ({:.1} s)",
            scenario.name,
            begun.elapsed().as_secs_f64()
        );
        failures.extend(problems.into_iter().map(|problem| (scenario.name, problem)));
        rows.push((scenario.name, row));
    }
    summary(&rows, &failures)
}

fn summary(rows: &[(&str, Option<Row>)], failures: &[(&str, String)]) -> ExitCode {
    report::print(rows);
    for (name, problem) in failures {
        println!("FAILED {name}: {problem}");
    }
    let is_failed = |name: &str| failures.iter().any(|(failed, _)| *failed == name);
    let failed = rows.iter().filter(|(name, _)| is_failed(name)).count();
    println!("{} passed, {failed} failed", rows.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
