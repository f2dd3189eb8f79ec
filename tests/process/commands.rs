//! A script or test runs every command in the README, in `docs/` and in the contributors' pages, or
//! the page says why none does. These tests check that the named script really runs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In the line before a block of commands: what runs it instead of `scripts/docs`, a file of this
/// repository.
const RUN: &str = "<!-- run by ";

/// In the line before a block of commands: why nothing does.
const NOT_RUN: &str = "<!-- not run: ";

/// In the line before a block of commands: a short form of it, for `scripts/docs`.
const RUN_AS: &str = "<!-- run as ";

/// A block of commands.
struct Block {
    page: String,
    /// The number of its first line, the fence.
    number: usize,
    /// What stands behind the three backticks.
    fence: String,
    /// The line before it.
    before: String,
    lines: Vec<String>,
}

impl Block {
    /// Its commands, each with the number of its first line, without what follows `#`.
    fn commands(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut goes_on = false;
        let begins = move |(_, line): &(usize, &String)| !std::mem::replace(&mut goes_on, line.ends_with('\\'));
        let lines = (self.number + 1..).zip(&self.lines).filter(begins);
        lines.filter_map(|(number, line)| {
            let line = match self.fence.as_str() {
                "console" => line.strip_prefix("$ ")?,
                _ => line,
            };
            let command = line.split("  #").next().unwrap_or(line).trim();
            (!command.is_empty() && !command.starts_with('#')).then_some((number, command))
        })
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|problem| panic!("{path}: {problem}"))
}

/// The pages for contributors, which are outside `docs/`.
const CONTRIBUTORS: [&str; 4] = [
    "CONTRIBUTING.md",
    "tests/README.md",
    "tests/faults/README.md",
    "fuzz/README.md",
];

/// The README, the pages in `docs/` and `docs/guide/`, and those for contributors.
fn pages() -> Vec<String> {
    let names = ["docs", "docs/guide"].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(root().join(folder)).expect("the docs").flatten();
        entries.map(move |entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
    });
    let pages = names.filter(|name| name.ends_with(".md"));
    pages
        .chain(["README.md"].into_iter().chain(CONTRIBUTORS).map(str::to_owned))
        .collect()
}

/// The blocks of commands of all pages.
fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in pages() {
        let content = text(&page);
        let mut before = "";
        let mut lines = (1..).zip(content.lines());
        while let Some((number, line)) = lines.next() {
            if let Some(fence) = line.strip_prefix("```") {
                let inside = lines.by_ref().map(|(_, line)| line.to_owned());
                let inside = inside.take_while(|line| line != "```").collect();
                if ["sh", "console"].contains(&fence.split(' ').next().unwrap_or_default()) {
                    blocks.push(Block {
                        page: page.clone(),
                        number,
                        fence: fence.to_owned(),
                        before: before.to_owned(),
                        lines: inside,
                    });
                }
            }
            before = line;
        }
    }
    assert!(blocks.len() >= 10, "only {} blocks were found", blocks.len());
    blocks
}

/// Whether `runner` runs a command of a block. It does if its text holds the command, if it is a
/// part of the tests, or if it reads the block out of the page by its fence.
fn runs(runner: &str, block: &Block, command: &str) -> bool {
    let tests = text("tests/Cargo.toml");
    let part_of_the_tests = command
        .strip_prefix("cargo test -p tests --test ")
        .is_some_and(|name| tests.contains(&format!("[[test]]\nname = \"{name}\"\n")));
    let reads_the_block = || {
        let by_its_fence = block.fence.contains(' ') && runner.contains(&format!("```{}\\n", block.fence));
        by_its_fence && runner.contains(&block.page)
    };
    runner.contains(command) || (part_of_the_tests && runner.contains("cargo test --workspace")) || reads_the_block()
}

#[test]
fn every_command_in_the_docs_is_run_or_says_why_not() {
    let listed = Command::new(root().join("scripts/docs"))
        .arg("--list")
        .output()
        .expect("scripts/docs runs");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).expect("text");
    let listed: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(": ").next()).collect();
    for block in blocks() {
        let Block { page, number, .. } = &block;
        let says = |prefix| {
            let rest = block.before.strip_prefix(prefix);
            rest.and_then(|rest| rest.strip_suffix(" -->"))
        };
        if let Some(file) = says(RUN) {
            let runner = text(file);
            for (number, command) in block.commands() {
                assert!(
                    runs(&runner, &block, command),
                    "{page}:{number}: {file} does not run `{command}`"
                );
            }
        } else if let Some(why) = says(NOT_RUN) {
            assert!(why.len() > 10, "{page}:{number}: why does no test run this?");
        } else if says(RUN_AS).is_some() {
            let place = format!("{page}:{}", number + 1);
            assert!(listed.contains(place.as_str()), "{place} is not run by scripts/docs");
        } else {
            for (number, command) in block.commands() {
                let place = format!("{page}:{number}");
                assert!(
                    listed.contains(place.as_str()),
                    "{place}: scripts/docs does not run `{command}`"
                );
            }
        }
    }
}

#[test]
fn the_gate_runs_each_script_that_checks_something() {
    assert!(text(".ci/run").contains("scripts/test"));
    let gate = text("scripts/test");
    for script in [
        "api",
        "imports",
        "words",
        "docs",
        "features",
        "neighbours",
        "schemathesis",
        "smtp",
        "nginx",
        "verifying-elsewhere",
    ] {
        let step = format!("step scripts/{script}");
        assert!(
            gate.lines().any(|line| line.trim().trim_end_matches(" &&") == step),
            "scripts/test does not run scripts/{script}"
        );
    }
}

/// What the text between the blocks tells to run is there: scripts, tests, and programs of
/// `bench/`.
#[test]
fn commands_within_a_sentence_name_what_there_is() {
    let tests = text("tests/Cargo.toml");
    let bench = text("bench/Cargo.toml");
    let mut found = 0;
    for page in pages() {
        let content = text(&page);
        for command in content.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let mut words = command.split(' ').peekable();
            while let Some(word) = words.next() {
                let next = words.peek().copied().unwrap_or_default();
                let there = match word {
                    _ if word.starts_with("scripts/") => root().join(word).is_file(),
                    "--test" => tests.contains(&format!("name = \"{next}\"")),
                    "--bin" if command.contains("-p bench") => {
                        bench.contains(&format!("name = \"{next}\""))
                            || root().join(format!("bench/src/bin/{next}.rs")).is_file()
                            || root().join(format!("bench/src/bin/{next}/main.rs")).is_file()
                    }
                    _ => continue,
                };
                found += 1;
                assert!(there, "{page}: `{command}`: there is no {word} {next}");
            }
        }
    }
    assert!(found >= 20, "only {found} were found");
}
