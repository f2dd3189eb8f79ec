//! Routes, answers, and handlers that are called as functions.

use std::fs;

use crate::assert_same;
use crate::twins::{each, run};

#[test]
fn the_routes_and_their_answers_are_the_same() {
    let [plain, guarded] = each(|twin| {
        let mut rustc = twin.compiler("rustc", "app");
        run(rustc.args(["--edition=2021", "--test", "-Cdebuginfo=0", "-o", "tests"]));
        let mut tests = std::process::Command::new(twin.folder.join("tests"));
        let report = twin.folder.join("report");
        run(tests
            .current_dir(&twin.folder)
            .env("REPORT", &report)
            .env("ROCKET_LOG_LEVEL", "off")
            .env("ROCKET_PROFILE", "debug"));
        fs::read_to_string(report).expect("the tests wrote what they saw")
    });
    assert_same("routes and answers", &plain, &guarded);
    let routes = plain.lines().filter(|line| line.starts_with('(')).count();
    assert!(routes >= 150, "{routes} routes");
}
