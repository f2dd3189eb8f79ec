//! `docs/security-tests.md`, held against the sources: no row without a test, no test that is not there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of the page: what is required, and what stands behind it.
fn rows(page: &str) -> Vec<(&str, &str)> {
    let cells = |line| str::split_once(str::trim_matches(line, ['|', ' ']), " | ");
    let lines = page.lines().filter(|line| line.starts_with("| "));
    let rows = lines.map(|line| cells(line).unwrap_or_else(|| panic!("two cells in {line}")));
    rows.filter(|(_, tests)| *tests != "shown by").collect()
}

/// The names of a row's tests; words that are no names are part of what is said of them.
fn tests_of(cell: &str) -> Vec<&str> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.collect()
}

/// The source file that holds the test of this path.
fn file_of(test: &str) -> Option<PathBuf> {
    let mut parts: Vec<&str> = test.split("::").collect();
    parts.pop();
    let folder = match parts.first()? {
        &"auth_core" => "auth-core/src".to_owned(),
        &"auth_macros" => "auth-macros/src".to_owned(),
        &"tests" => "tests/src".to_owned(),
        target => format!("tests/{target}"),
    };
    let modules = parts[1..].iter().filter(|module| **module != "tests");
    let base = modules.fold(root().join(folder), |path, module| path.join(module));
    [base.with_extension("rs"), base.join("mod.rs"), base.join("main.rs")]
        .into_iter()
        .find(|file| file.is_file())
}

/// The names of the functions in `source` that are tests.
fn tests_in(source: &str) -> BTreeSet<&str> {
    let mut tests = BTreeSet::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line
            .split_once("fn ")
            .filter(|(before, _)| matches!(*before, "" | "async "))
        {
            if is_test {
                tests.extend(rest.split('(').next());
            }
            is_test = false;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            is_test = false;
        }
    }
    tests
}

/// What is wrong with a row, if anything.
fn faults(required: &str, cell: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let tests = tests_of(cell);
    if tests.is_empty() {
        faults.push(format!("no test shows: {required}"));
    }
    if cell.contains("TODO") {
        faults.push(format!("not done: {required}: {cell}"));
    }
    for test in tests {
        let name = test.rsplit("::").next().unwrap_or(test);
        let is_there = file_of(test)
            .and_then(|file| fs::read_to_string(file).ok())
            .is_some_and(|source| tests_in(&source).contains(name));
        if !is_there {
            faults.push(format!("there is no test `{test}`, which should show: {required}"));
        }
    }
    faults
}

#[test]
fn every_requirement_has_a_test_that_exists() {
    let page = read("docs/security-tests.md");
    let rows = rows(&page);
    assert!(rows.len() > 80, "the page is read: {} rows", rows.len());
    let faults: Vec<String> = rows
        .iter()
        .flat_map(|(required, cell)| faults(required, cell))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_row_without_a_test_or_with_one_that_is_not_there_is_found() {
    let page = "| requirement | shown by |\n|---|---|\n| a | nothing |\n| b | `e2e::csrf::no_such_test` |\n\
                | c | `tests::requirements::every_requirement_has_a_test_that_exists` |\n\
                | d | `tests::requirements::faults` |\n| e | `e2e::nowhere::x` |\n\
                | f | `e2e::csrf::cross_origin_sharing_is_off` TODO-merge(x) |";
    let found: Vec<usize> = rows(page)
        .iter()
        .map(|(required, cell)| faults(required, cell).len())
        .collect();
    assert_eq!(found, [1, 1, 0, 1, 1, 1]);
}

#[test]
fn deny_toml_bans_what_the_requirements_name() {
    let deny = read("deny.toml");
    for banned in ["jsonwebtoken@<10.3.0", "crate = \"rsa\"", "deny = [\"rust_crypto\"]"] {
        assert!(deny.contains(banned), "{banned}");
    }
    // What is banned is not there: the lock file has every feature's dependencies.
    let lock = read("Cargo.lock");
    assert!(!lock.contains("name = \"rsa\"\n"));
    let versions = lock.split("name = \"jsonwebtoken\"\nversion = \"").skip(1);
    let majors: Vec<u32> = versions
        .map(|rest| rest.split('.').next().and_then(|n| n.parse().ok()).expect("a number"))
        .collect();
    assert!(
        !majors.is_empty() && majors.iter().all(|major| *major >= 11),
        "{majors:?}"
    );
}

#[test]
fn the_gate_checks_dependencies_and_each_ban_has_its_reason() {
    assert!(read(".ci/run").contains("scripts/test") && read("scripts/test").contains("step scripts/deny\n"));
    assert!(read("scripts/deny").contains("checks=(licenses bans sources)"));
    let deny = read("deny.toml");
    let bans: Vec<&str> = deny
        .lines()
        .filter(|line| line.trim().starts_with("{ crate = "))
        .collect();
    assert!(
        !bans.is_empty() && bans.iter().all(|line| line.contains("reason = \"")),
        "{bans:?}"
    );
    let exceptions: Vec<&str> = deny.lines().filter(|line| line.contains("\"allow\"")).collect();
    assert!(exceptions.iter().all(|line| line.contains("# ")), "{exceptions:?}");
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace = read("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for member in ["auth-core", "auth-macros", "bench", "rocket-app", "tests"] {
        assert!(workspace.contains(&format!("\"{member}\"")), "{member}");
        assert!(
            read(&format!("{member}/Cargo.toml")).contains("[lints]\nworkspace = true"),
            "{member}"
        );
    }
    assert_eq!(workspace.matches("members = [").count(), 1);
}
