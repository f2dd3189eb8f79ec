//! What is required of the workspace itself: its dependencies, its lints, its gate.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
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

// security: Supply chain: Licences, sources and bans are checked in the gate; each exception has its reason
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

// security: Supply chain: No unsafe code in these crates
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
