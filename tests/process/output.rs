//! Standard output that takes nothing more: a closed pipe ends a command quietly, a full disk is
//! one line.

use std::fs::OpenOptions;
use std::process::{Output, Stdio};

use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

/// Verbs that print, each as often as it is wanted.
const PRINTING: &[&[&str]] = &[
    &["completions", "bash"],
    &["keys", "generate"],
    &["keys", "generate", "--alg", "RS256"],
    &["routes"],
    &["routes", "--json"],
    &["user", "list"],
    &["user", "list", "--json"],
    &["sessions", "list", "ann@example.com"],
    &["sessions", "list", "--json", "ann@example.com"],
    &["sessions", "revoke", "ann@example.com"],
    &["sessions", "revoke-before", "2026-11-23T22:34:06Z"],
    &["sessions", "clean"],
    &["migrate"],
    &["user", "import", "users.csv"],
    &["--help"],
    &["--version"],
    &["user", "--help"],
];

fn place() -> Place {
    let place = Place::release();
    std::fs::write(place.folder.path().join("users.csv"), "email,password_hash\n").expect("written");
    let added = place.run(&["user", "add", "ann@example.com"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    // A session to be listed, or `sessions list` has nothing to say.
    let server = place.serve();
    tests::client::block_on(async {
        tests::client::Client::of(&server)
            .sign_in("ann@example.com", PASSWORD)
            .await;
    });
    server.signal("TERM");
    place
}

fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").expect("Linux").into()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_closed_pipe_ends_every_verb_that_prints_quietly() {
    let place = place();
    for verb in PRINTING {
        let output = place.run_into(verb, "", closed());
        assert_eq!(
            (output.status.code(), said(&output).as_str()),
            (Some(0), ""),
            "{verb:?}"
        );
    }
}

#[test]
fn a_full_disk_is_one_line_and_exit_code_1_of_every_verb_that_prints() {
    let place = place();
    for verb in PRINTING {
        let output = place.run_into(verb, "", full());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{verb:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{verb:?}: {said}");
        assert!(said.contains("No space left on device"), "{verb:?}: {said}");
    }
}

#[test]
fn a_server_whose_log_nobody_reads_ends_quietly_and_one_whose_disk_is_full_says_so() {
    for place in [Place::debug(), Place::debug().with("ROCKET_LOGS", "{format=\"text\"}")] {
        let output = place.run_into(&["serve"], "", closed());
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""));
        let output = place.run_into(&["serve"], "", full());
        let said = said(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    }
}

#[test]
fn an_account_is_added_though_its_id_cannot_be_printed() {
    let place = Place::release();
    let output = place.run_into(&["user", "add", "ann@example.com"], PASSWORD, full());
    assert_eq!(output.status.code(), Some(1));
    let listed = place.run(&["user", "list"], "");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("ann@example.com"));
}
