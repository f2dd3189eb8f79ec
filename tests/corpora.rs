//! The corpora of the fuzz targets, replayed: what a fuzzer once found is tried again on every run,
//! on stable.

#![expect(clippy::panic, reason = "a target fails by panicking")]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

/// Hands every file of the target's corpus to the target.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpora")
        .join(target);
    let mut files = 0;
    for entry in folder.read_dir().expect("a corpus") {
        let path = entry.expect("an entry").path();
        let input = std::fs::read(&path).expect("a file of the corpus");
        // Printed when the test fails, and then the last line names the file.
        println!("{}", path.display());
        run(&input);
        files += 1;
    }
    assert!(files >= 5, "{target} has a corpus: {files} files");
}

#[test]
fn tokens_that_are_accepted_are_those_that_a_ring_wrote() {
    replay("token", targets::token::run);
}

#[test]
fn cookies_are_read_from_the_raw_header() {
    replay("cookie_header", targets::cookie_header::run);
}

#[test]
fn no_configuration_panics_or_tells_a_secret() {
    replay("configuration", targets::configuration::run);
}

#[test]
fn whatever_is_stored_as_a_hash_is_compared_or_refused() {
    replay("stored_hash", targets::stored_hash::run);
}

#[test]
fn bodies_are_accepted_in_one_shape() {
    replay("refresh_body", targets::refresh_body::run);
}

#[test]
fn requests_from_elsewhere_are_told_from_our_own() {
    replay("csrf", targets::csrf::run);
}

#[test]
fn the_work_for_what_a_stranger_sends_grows_no_faster_than_its_length() {
    replay("work", targets::work::run);
}

#[test]
fn rules_are_decided_as_a_table_of_truth_says() {
    replay("rule", targets::rule::run);
}
