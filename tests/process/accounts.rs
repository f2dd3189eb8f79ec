//! Accounts and passwords as they come in by the command line: what is refused, with which words,
//! and what is shown.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};
use tests::client::{Client, block_on};
use tests::output;
use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

/// As [`output::refusal`], and the line can be shown on a terminal.
#[track_caller]
fn refusal(said_by: &Output) -> String {
    let said = output::refusal(said_by);
    assert!(!said.trim_end().contains(char::is_control), "{said:?}");
    said
}

fn import(place: &Place, text: &str) -> Output {
    std::fs::write(place.folder.path().join("users.csv"), text).expect("written");
    place.run(&["user", "import", "users.csv"], "")
}

/// An e-mail that no account has, with what is said of it.
const NOT_ADDRESSES: &[(&str, &str)] = &[
    ("", "empty"),
    ("noat", "one `@`"),
    ("a@", "one `@`"),
    ("@b", "one `@`"),
    ("a@b@c", "one `@`"),
    ("Ann <ann@x>", "stand alone"),
    ("\"Ann\" ann@x", "stand alone"),
    ("a b@x", "white space"),
    ("a\n@x", "control character"),
    ("a@x\u{1b}[31m", "control character"),
    ("a\u{202e}@x", "cannot be seen"),
];

// security: Passwords and signing in: One check of e-mail addresses for all ways in
#[test]
fn what_is_no_address_is_added_by_no_verb() {
    let place = Place::release();
    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
    for (email, why) in NOT_ADDRESSES {
        let said = refusal(&place.run(&["user", "add", email], PASSWORD));
        assert!(said.contains(why), "{email:?}: {said}");
        let line = format!("email,password_hash\n\"{}\",{hash}\n", email.replace('"', "\"\""));
        let said = refusal(&import(&place, &line));
        assert!(said.contains("line 2") && said.contains(why), "{email:?}: {said}");
    }
    let long = format!("{}@example.com", "a".repeat(243));
    assert!(refusal(&place.run(&["user", "add", &long], PASSWORD)).contains("254 bytes"));
    assert!(place.run(&["user", "list"], "").stdout.is_empty());
    for email in [" ann@example.com ", "größe@bücher.example", "o'neil+x@b"] {
        let added = place.run(&["user", "add", email], PASSWORD);
        assert!(added.status.success(), "{email}: {added:?}");
    }
}

// security: Errors, logs, headers: Control characters are escaped
#[test]
fn what_an_older_version_let_in_commands_no_terminal() {
    let place = Place::release();
    assert!(
        place
            .run(&["user", "add", "ann@example.com"], PASSWORD)
            .status
            .success()
    );
    let mut database = SqliteConnection::establish(&place.folder.path().join("auth.db").to_string_lossy())
        .expect("the database is there");
    let renamed = diesel::sql_query("UPDATE auth_accounts SET email = ?");
    let email = "a\u{1b}[31m\nb\u{9b}c\u{202e}@x";
    assert_eq!(renamed.bind::<Text, _>(email).execute(&mut database), Ok(1));

    let rows = place.run(&["user", "list"], "");
    let rows = String::from_utf8(rows.stdout).expect("text");
    assert_eq!(rows.lines().count(), 1, "{rows:?}");
    assert!(rows.starts_with("a\\u{1b}[31m\\nb\\u{9b}c\\u{202e}@x "), "{rows:?}");
    let shown = place.run_on_a_terminal(&["user", "list"]);
    assert!(shown.contains("a\\u{1b}[31m\\nb"), "{shown:?}");
    let json = place.run(&["user", "list", "--json"], "");
    let text = String::from_utf8(json.stdout).expect("text");
    assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json[0]["email"], email);

    for command in [
        &["user", "roles", "x\u{1b}[31m\ny", "boss\u{1b}[31m\n"][..],
        &["user", "disable", "x\n\u{9b}"],
    ] {
        refusal(&place.run(command, ""));
    }
}

// security: Passwords and signing in: Passwords are in NFKC before anything else; an older hash of the form as typed verifies, and is renewed
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

// security: Passwords and signing in: Passwords are in NFKC before anything else; an older hash of the form as typed verifies, and is renewed
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

fn the_last_admin_stays(place: &Place) {
    for (email, role) in [
        ("ann@example.com", "admin"),
        ("bo@example.com", "admin"),
        ("vic@example.com", "viewer"),
    ] {
        assert!(
            place
                .run(&["user", "add", email, "--role", role], PASSWORD)
                .status
                .success()
        );
    }
    let done = |command: &[&str]| place.run(command, "").status.success();
    assert!(done(&["user", "disable", "bo@example.com"]), "there is another");
    assert!(done(&["user", "disable", "bo@example.com"]), "twice changes nothing");
    assert!(done(&["user", "disable", "vic@example.com"]), "no admin");
    assert!(done(&["user", "roles", "bo@example.com", "viewer"]), "not enabled");
    for command in [
        &["user", "disable", "ann@example.com"][..],
        &["user", "roles", "ann@example.com", "editor", "viewer"],
    ] {
        let said = refusal(&place.run(command, ""));
        assert!(
            said.contains("`ann@example.com`") && said.contains("last enabled admin"),
            "{said}"
        );
        assert!(said.contains("`--force`"), "{said}");
    }
    assert!(done(&["user", "roles", "ann@example.com", "admin", "viewer"]));
    assert!(done(&["user", "disable", "ann@example.com", "--force"]));
}

#[test]
fn the_last_enabled_admin_is_disabled_by_force_only() {
    the_last_admin_stays(&Place::release());
}

#[test]
fn on_postgres_too_the_last_enabled_admin_is_disabled_by_force_only() {
    the_last_admin_stays(&Place::release().on_postgres());
}

#[test]
fn a_byte_order_mark_before_a_piped_password_is_no_part_of_it() {
    let place = Place::release();
    let added = place.run(&["user", "add", "ann@example.com"], &format!("\u{feff}{PASSWORD}\r\n"));
    assert!(added.status.success(), "{added:?}");
    let server = place.serve();
    block_on(async { Client::of(&server).sign_in("ann@example.com", PASSWORD).await });
}

// security: Passwords and signing in: A hash that cannot be computed as it was made is not imported
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

#[test]
fn a_file_of_another_form_is_refused_with_what_is_wrong_with_it() {
    let place = Place::release();
    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
    for (text, says) in [
        (
            format!("email;password_hash\nann@example.com;{hash}\n"),
            &["`;`", "commas"][..],
        ),
        (
            format!("email\tpassword_hash\nann@example.com\t{hash}\n"),
            &["tabs", "commas"],
        ),
        (
            format!("Email,password_hash\nann@example.com,{hash}\n"),
            &["`Email`", "`email`"],
        ),
        (
            format!("e-mail,Password Hash\nann@example.com,{hash}\n"),
            &["`e-mail`", "`email`"],
        ),
        (
            format!("email,hash\nann@example.com,{hash}\n"),
            &["`password_hash`", "`hash`"],
        ),
        (
            format!("email,password_hash,Roles\nann@example.com,{hash},admin\n"),
            &["`Roles`", "`roles`"],
        ),
        (format!("ann@example.com,{hash}\n"), &["`email`", "no names of columns"]),
        (String::new(), &["`email`", "no names of columns"]),
        (
            format!("email,password_hash\nann@example.com,{hash},admin\n"),
            &["line 2", "columns"],
        ),
    ] {
        let said = refusal(&import(&place, &text));
        assert!(said.contains("`users.csv`"), "{said}");
        for word in says {
            assert!(said.contains(word), "{text}: {said}");
        }
        assert!(!said.contains(&hash), "{said}");
    }
    let marked = format!("\u{feff}email,password_hash\nann@example.com,{hash}\n");
    assert!(
        import(&place, &marked).status.success(),
        "a byte order mark is no part of a name"
    );
    let said = refusal(&place.run(&["user", "import", "nowhere.csv"], ""));
    assert!(
        said.contains("`nowhere.csv`") && said.contains("no such file"),
        "{said}"
    );
    assert!(refusal(&place.run(&["user", "import", "."], "")).contains("folder"));
}

#[test]
fn a_database_that_cannot_be_written_is_named_with_the_reason() {
    let place = Place::release();
    assert!(place.run(&["migrate"], "").status.success());
    let folder = place.folder.path().to_owned();
    let mode = |path: &std::path::Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
    };
    for file in std::fs::read_dir(&folder).expect("a folder").flatten() {
        mode(&file.path(), 0o666);
    }
    mode(&folder, 0o555);
    let said = refusal(&place.run_as_nobody(&["user", "list"]));
    mode(&folder, 0o777);
    assert!(said.contains(&format!("the folder `{}`", folder.display())), "{said}");
    assert!(
        said.contains("permission denied") && !said.contains("readonly"),
        "{said}"
    );

    mode(&folder.join("auth.db"), 0o444);
    let said = refusal(&place.run_as_nobody(&["user", "list"]));
    assert!(
        said.contains("auth.db") && said.contains("the file cannot be written"),
        "{said}"
    );

    mode(&folder, 0o555);
    let said = refusal(
        &place
            .clone()
            .with("DATABASE_URL", "sqlite://new.db")
            .run_as_nobody(&["migrate"]),
    );
    mode(&folder, 0o700);
    assert!(
        said.contains("new.db") && said.to_lowercase().contains("permission denied"),
        "{said}"
    );
}

#[test]
fn an_option_of_a_postgres_url_that_is_not_known_is_named_with_those_that_are() {
    let url = "postgres://app:hunter2@127.0.0.1:1/app?sslmod=require";
    let said = refusal(&Place::release().with("DATABASE_URL", url).run(&["user", "list"], ""));
    assert!(
        said.contains("`sslmod`") && said.contains("sslmode,") && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn files_of_keys_that_are_not_there_or_marked_are_refused_in_words() {
    let place = Place::debug()
        .without("JWT_ACCESS_SECRET")
        .with("ROCKET_AUTH", "{tokens={access_keys=[{file=\"key.pem\"}]}}");
    let said = refusal(&place.run(&["serve"], ""));
    assert!(
        said.contains("`auth.tokens.access_keys.0.file`") && said.contains("no such file"),
        "{said}"
    );
    let key = place.run(&["keys", "generate", "--alg", "EdDSA"], "").stdout;
    let file = place.folder.path().join("key.pem");
    std::fs::write(&file, [b"\xef\xbb\xbf", key.as_slice()].concat()).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("ours");
    assert!(refusal(&place.run(&["serve"], "")).contains("byte order mark"));
}

/// The last admin who forgot the password, an account disabled by mistake, one that has to go.
#[test]
fn an_operator_sets_a_password_enables_and_deletes() {
    let place = Place::release();
    let run = |arguments: &[&str], input: &str| place.run(arguments, input);
    let ann = "ann@example.com";
    assert!(run(&["user", "add", ann, "--role", "admin"], PASSWORD).status.success());

    let new = "violet gorilla dishwasher";
    assert!(refusal(&run(&["user", "password", ann], "password")).contains("password"));
    assert!(run(&["user", "password", ann], new).status.success());
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let login = async |password: &str| {
            let body = json!({ "email": ann, "password": password, "delivery": "body" });
            client.post("/api/auth/login", &body).await.expect("an answer").0
        };
        assert_eq!(login(PASSWORD).await, 401);
        let access = client.sign_in(ann, new).await.access;
        // Not `/api/users/me`, which reads the account in the database, and so knows before the
        // server does.
        let guarded = async || client.get("/api/admin", &access).await.0;
        assert_eq!(guarded().await, 200);

        assert!(run(&["user", "disable", "--force", ann], "").status.success());
        let patience = Instant::now() + Duration::from_secs(30);
        while guarded().await == 200 {
            assert!(Instant::now() < patience, "the server does not learn of it");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(run(&["user", "enable", ann], "").status.success());
        assert_eq!(login(new).await, 200);
        assert_eq!(guarded().await, 401, "no session revives");
    });

    assert!(refusal(&run(&["user", "delete", "--force", ann], "y\n")).contains("`--yes`"));
    assert!(refusal(&run(&["user", "delete", "--yes", ann], "")).contains("last enabled admin"));
    assert!(run(&["user", "delete", "--yes", "--force", ann], "").status.success());
    for verb in ["password", "enable"] {
        assert!(
            refusal(&run(&["user", verb, ann], new)).contains("no such account"),
            "{verb}"
        );
    }
    assert!(
        run(&["user", "add", ann], PASSWORD).status.success(),
        "the e-mail is free"
    );
}
