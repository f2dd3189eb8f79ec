//! Runs the benchmarks and writes what they print into `docs/performance.md`: `scripts/bench`, or
//! `scripts/bench http store` for chosen ones.
//!
//! The page itself names the commands. After `<!-- measured by NAME: COMMAND -->` comes the output
//! of COMMAND, up to `<!-- end of NAME -->`. Text outside such a pair is written by hand and stays.
//! The part called `goals` has no command: it gathers the figures with goals of the last runs.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use bench::{Failed, failed};

const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- measured by ";
const GOAL: &str = "goal: ";

fn main() -> Result<ExitCode, Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = root.join(PAGE);
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut text = fs::read_to_string(&page)?;
    let parts = parts(&text);
    if let Some(unknown) = wanted.iter().find(|name| parts.iter().all(|part| part.0 != **name)) {
        return Err(Failed(format!("{PAGE} has no part called {unknown}")));
    }
    let on = machine(&root)?;
    let mut all_met = true;
    for (name, command) in parts {
        if wanted.is_empty() || wanted.contains(&name) {
            let (printed, is_met) = run(&root, &name, &command)?;
            all_met &= is_met;
            // Written at once, so that what comes later may fail or be stopped.
            text = replaced(&text, &name, &format!("`{command}`,\n{on}:\n\n```text\n{printed}```"))?;
            text = replaced(&text, "goals", &goals(&text))?;
            fs::write(&page, &text)?;
        }
    }
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The parts that have a command, by name.
fn parts(text: &str) -> Vec<(String, String)> {
    let marks = text
        .lines()
        .filter_map(|line| line.strip_prefix(BEGIN)?.strip_suffix(" -->"));
    marks
        .filter_map(|mark| mark.split_once(": "))
        .map(|(name, command)| (name.to_owned(), command.to_owned()))
        .collect()
}

/// What a command prints, shown as it comes; and whether it ended well.
fn run(root: &Path, name: &str, command: &str) -> Result<(String, bool), Failed> {
    println!("== {name}: {command}");
    let begun = Instant::now();
    let mut child = Command::new("bash")
        .args(["-c", command])
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut printed = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            writeln!(printed, "{}", line.trim_end()).map_err(failed)?;
        }
    }
    let is_met = child.wait()?.success();
    println!("== {name}: {:.0} s", begun.elapsed().as_secs_f64());
    Ok((printed, is_met))
}

/// The page with another text between the marks of a part.
fn replaced(text: &str, name: &str, with: &str) -> Result<String, Failed> {
    let missing = || Failed(format!("{PAGE}: the marks of {name} are not whole"));
    let begin = [format!("{BEGIN}{name}: "), format!("{BEGIN}{name} ")]
        .iter()
        .find_map(|mark| text.find(mark.as_str()))
        .ok_or_else(missing)?;
    let (before, rest) = text.split_at(begin);
    let (mark, rest) = rest.split_once('\n').ok_or_else(missing)?;
    let end = format!("<!-- end of {name} -->");
    let (_, after) = rest.split_once(end.as_str()).ok_or_else(missing)?;
    Ok(format!("{before}{mark}\n\n{with}\n\n{end}{after}"))
}

/// A table of all figures on the page that have a goal.
fn goals(text: &str) -> String {
    let mut table = "| measured by | figure | | goal | |\n|---|---|--:|---|---|".to_owned();
    let mut part = "";
    for line in text.lines() {
        if let Some(mark) = line.strip_prefix(BEGIN) {
            part = mark.split([':', ' ']).next().unwrap_or_default();
        }
        let figure = line.strip_prefix(GOAL).and_then(|line| line.rsplit_once(": "));
        let parsed = figure.and_then(|(what, rest)| {
            let (figure, rest) = rest.split_once(" (")?;
            let (goal, verdict) = rest.split_once(") ")?;
            Some((what, figure, goal, verdict))
        });
        if let Some((what, figure, goal, verdict)) = parsed {
            table.push_str(&format!("\n| `{part}` | {what} | {figure} | {goal} | {verdict} |"));
        }
    }
    table
}

/// When, what and on what.
fn machine(root: &Path) -> Result<String, Failed> {
    let told = |program: &str, args: &[&str]| -> Result<String, Failed> {
        let output = Command::new(program).args(args).current_dir(root).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = told("git", &["describe", "--always", "--dirty"])?;
    let date = told("date", &["-u", "+%Y-%m-%d"])?;
    let compiler = told("rustc", &["--version"])?;
    let compiler = compiler.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let cores = std::thread::available_parallelism()?;
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor that does not tell its name", |(_, model)| model);
    Ok(format!("{date}, commit {commit}, {compiler}, {cores} cores of {model}"))
}
