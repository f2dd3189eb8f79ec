//! The curl session of `docs/guide/sessions.md`, run as it stands there.

use std::process::Command;
use tests::process::Place;

/// A line of the session that says what the commands above it print.
const PRINTS: &str = "#=> ";

#[test]
fn the_curl_session_of_the_guide_gives_what_the_guide_says() {
    let page = include_str!("../../docs/guide/sessions.md");
    let session = page
        .split("```sh session\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the session");
    let place = Place::debug();
    let server = place.serve();
    let password = &server.printed_passwords()["viewer@example.com"];
    let script = session
        .replace(
            "'the one that was printed for viewer@example.com'",
            &format!("'{password}'"),
        )
        .replace("http://127.0.0.1:8000", &server.url);
    let expected: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix(PRINTS)).collect();
    // Behind each expectation a mark is printed, so that the output falls into as many pieces.
    let marked: String = script
        .lines()
        .map(|line| {
            if line.starts_with(PRINTS) {
                "printf '\\036'\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();

    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &marked])
        .output()
        .expect("bash runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    let printed: Vec<&str> = printed
        .split('\u{1e}')
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(printed.len(), expected.len(), "{printed:?}");
    assert!(expected.len() >= 5, "the session shows something");
    for (printed, expected) in printed.iter().zip(expected) {
        assert!(matches(printed, expected), "expected {expected}\n printed {printed}");
    }
}

/// Whether `text` is `pattern`, in which `…` stands for anything.
fn matches(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('…');
    let Some(rest) = pieces.next().and_then(|start| text.strip_prefix(start)) else {
        return false;
    };
    let mut rest = rest;
    for piece in pieces {
        if piece.is_empty() {
            return true;
        }
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty()
}
