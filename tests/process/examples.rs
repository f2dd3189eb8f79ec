//! The examples, with the tests that some bring.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tests::example;

/// Crates that an example uses in an older version than the workspace, because another crate of the
/// example requires it. Each has the name and the version.
const OLDER: [(&str, &str); 1] = [("name = \"sha2\"", "version = \"0.10.")]; // `oauth2` 5

#[test]
fn the_smallest_application_takes_less_than_60_lines() {
    let source = include_str!("../../examples/minimal/src/main.rs");
    assert!(source.lines().count() < 60);
}

#[test]
fn each_example_passes_its_tests() {
    let tested = example::cargo("test").arg("--quiet").output().expect("cargo runs");
    let said = String::from_utf8_lossy(&tested.stdout);
    let errors = String::from_utf8_lossy(&tested.stderr);
    assert!(tested.status.success(), "{said}\n{errors}");
    // `minimal` has a test beside its route, `oauth2-login` a sign-in from end to end, and `saas`
    // its access matrix.
    let passed: u32 = said
        .split("test result: ok. ")
        .skip(1)
        .filter_map(|result| result.split(' ').next()?.parse::<u32>().ok())
        .sum();
    assert!(passed >= 3, "{said}");
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

/// Of what the workspace has, the examples take a version that the workspace takes; what they alone
/// need is their own.
#[test]
fn examples_compile_against_the_versions_of_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = packages(&root.join("Cargo.lock"));
    let known: BTreeSet<&str> = workspace.iter().map(|package| name(package)).collect();
    let own = packages(&root.join("examples/Cargo.lock"));
    let strange: Vec<&String> = own
        .difference(&workspace)
        .filter(|package| package.contains("source = ") && known.contains(name(package)))
        .filter(|package| {
            let excused = |&(called, version): &(&str, &str)| called == name(package) && package.contains(version);
            !OLDER.iter().any(excused)
        })
        .collect();
    assert!(
        strange.is_empty(),
        "examples/Cargo.lock is out of step: copy Cargo.lock there and run `cargo update --workspace` in that folder\n{strange:#?}"
    );
}
