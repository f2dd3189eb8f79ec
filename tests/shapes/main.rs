//! Attributes leave no trace but the decision. The test compiles an application of handlers in
//! realistic shapes twice: as it stands, and with every line of ours blank. Both have the same
//! routes, answers, calls, documentation and warnings.

#![allow(clippy::panic, reason = "a test that cannot go on says why")]

mod docs;
mod lints;
mod routes;
mod twins;

use std::collections::HashMap;

/// Fails with the lines that one of the two texts has more often than the other.
fn assert_same(what: &str, plain: &str, guarded: &str) {
    let mut counts: HashMap<&str, i32> = HashMap::new();
    for line in plain.lines() {
        *counts.entry(line).or_default() -= 1;
    }
    for line in guarded.lines() {
        *counts.entry(line).or_default() += 1;
    }
    let mut differences: Vec<String> = counts
        .iter()
        .filter(|(_, count)| **count != 0)
        .map(|(line, count)| format!("{line}   ({count:+})"))
        .collect();
    differences.sort();
    let few = &differences[..differences.len().min(100)];
    assert!(
        differences.is_empty(),
        "{what}: {} lines of plain (-) and guarded (+) differ:\n{}",
        differences.len(),
        few.join("\n")
    );
    assert!(plain == guarded, "{what}: the same lines in another order");
}
