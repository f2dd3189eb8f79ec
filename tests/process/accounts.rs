//! Accounts and passwords as they come in by the command line: what is refused, with which words, and what is shown.

use std::process::Output;

use serde_json::json;
use tests::client::{Client, block_on};
use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

#[track_caller]
fn refusal(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "one line: {said}");
    assert!(!said.trim_end().contains(char::is_control), "{said:?}");
    said
}

fn import(place: &Place, text: &str) -> Output {
    std::fs::write(place.folder.path().join("users.csv"), text).expect("written");
    place.run(&["user", "import", "users.csv"], "")
}

#[test]
fn a_password_is_the_same_in_each_of_its_unicode_forms() {
    let (composed, decomposed) = ("un secret bien gard\u{e9}", "un secret bien garde\u{301}");
    let place = Place::release();
    for (email, password) in [("ann@example.com", composed), ("bo@example.com", decomposed)] {
        assert!(place.run(&["user", "add", email], password).status.success());
    }
    // As an older version, or another program, hashed it.
    let old = bcrypt::hash(decomposed, 4).expect("a hash");
    assert!(
        import(&place, &format!("email,password_hash\ncy@example.com,{old}\n"))
            .status
            .success()
    );
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        for email in ["ann@example.com", "bo@example.com"] {
            for password in [composed, decomposed] {
                client.sign_in(email, password).await;
            }
        }
        let body = json!({ "email": "cy@example.com", "password": composed });
        let (status, _) = client.post("/api/auth/login", &body).await.expect("an answer");
        assert_eq!(status, 401, "no form of it was hashed yet");
        client.sign_in("cy@example.com", decomposed).await;
        client.sign_in("cy@example.com", composed).await;
    });
}

#[test]
fn a_password_is_counted_in_bytes_of_its_normal_form() {
    let place = Place::release();
    // 4 letters and as many marks: 12 bytes as typed, 8 as they count.
    let seven = "e\u{301}e\u{301}e\u{301}x";
    assert_eq!(seven.len(), 10);
    assert!(refusal(&place.run(&["user", "add", "a@b"], seven)).contains("8 bytes"));
    let wide = "ｗ".repeat(30);
    assert_eq!(wide.len(), 90);
    let fine = format!("{wide}, no word twice");
    let added = place.run(&["user", "add", "a@b"], &fine);
    assert!(added.status.success(), "{added:?}");
    assert!(refusal(&place.run(&["user", "add", "b@b"], &"\u{fdfa}x".repeat(3))).contains("72 bytes"));
}

#[test]
fn a_byte_order_mark_before_a_piped_password_is_no_part_of_it() {
    let place = Place::release();
    let added = place.run(&["user", "add", "ann@example.com"], &format!("\u{feff}{PASSWORD}\r\n"));
    assert!(added.status.success(), "{added:?}");
    let server = place.serve();
    block_on(async { Client::of(&server).sign_in("ann@example.com", PASSWORD).await });
}

#[test]
fn hashes_that_php_computed_wrongly_are_not_imported() {
    let place = Place::release();
    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash").replace("$2b$", "$2x$");
    let said = refusal(&import(
        &place,
        &format!("email,password_hash\nann@example.com,{hash}\n"),
    ));
    assert!(
        said.contains("line 2") && said.contains("`$2x$`") && said.contains("new password"),
        "{said}"
    );
    assert!(!said.contains(&hash), "{said}");
    assert!(place.run(&["user", "list"], "").stdout.is_empty());
}
