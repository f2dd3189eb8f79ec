//! The examples that bring tests of their own, run as a reader who copied one runs it: `cargo test`
//! in its folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const EXAMPLES: [&str; 4] = ["minimal", "oauth2-login", "own-users", "saas"];

/// Crates that an example uses in an older version than the workspace, because another crate of the
/// example requires it. Each has the example, the name and the version.
const OLDER: [(&str, &str, &str); 1] = [("oauth2-login", "name = \"sha2\"", "version = \"0.10.")]; // `oauth2` 5

/// Tests of one example. Dependencies go where the tests' own are.
fn its_own_tests_pass(example: &str) {
    let this = std::env::current_exe().expect("a test has a file");
    let target = this.ancestors().nth(3).expect("target/debug/deps");
    let tested = Command::new(env!("CARGO"))
        .args(["test", "--locked", "--quiet"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example))
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(
        tested.status.success() && said.contains("test result: ok."),
        "{said}\n{}",
        String::from_utf8_lossy(&tested.stderr)
    );
}

#[test]
fn the_smallest_application_guards_its_route_in_under_60_lines() {
    let source = include_str!("../../examples/minimal/src/main.rs");
    assert!(source.lines().count() < 60);
    its_own_tests_pass("minimal");
}

#[test]
fn a_sign_in_with_an_openid_connect_provider_passes_its_tests() {
    its_own_tests_pass("oauth2-login");
}

/// The packages of a lock file: the name, the version and the source; what a package depends on is
/// a matter of features.
fn packages(path: &Path) -> BTreeSet<String> {
    let lock = fs::read_to_string(path).expect("the lock file is there");
    let packages = lock.split("[[package]]").skip(1);
    packages
        .map(|package| package.trim().lines().take(4).collect::<Vec<_>>().join("\n"))
        .collect()
}

fn name(package: &str) -> &str {
    package.lines().next().unwrap_or_default()
}

/// Of what the workspace has, an example takes a version that the workspace takes; what it alone
/// needs is its own.
#[test]
fn examples_compile_against_the_versions_of_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = packages(&root.join("Cargo.lock"));
    let known: BTreeSet<&str> = workspace.iter().map(|package| name(package)).collect();
    for example in EXAMPLES {
        let lock = format!("examples/{example}/Cargo.lock");
        let own = packages(&root.join(&lock));
        let strange: Vec<&String> = own
            .difference(&workspace)
            .filter(|package| package.contains("source = ") && known.contains(name(package)))
            .filter(|package| {
                let excused = |&(of, called, version): &(&str, &str, &str)| {
                    of == example && called == name(package) && package.contains(version)
                };
                !OLDER.iter().any(excused)
            })
            .collect();
        assert!(
            strange.is_empty(),
            "{lock} is out of step: copy Cargo.lock there and run `cargo update --workspace` in that folder\n{strange:#?}"
        );
    }
}
