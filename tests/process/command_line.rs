//! The command line, and that a running server learns of what it does.

use std::process::Output;
use std::time::{Duration, Instant};

use auth_core::__internal::{Clock, SystemClock};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;
use tests::client::{Client, block_on, pair};
use tests::output::refusal;
use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

#[test]
fn an_account_is_added_once_with_roles_in_any_case() {
    let place = Place::release();
    let added = place.run(
        &["user", "add", "Ann@Example.com", "--role", "ADMIN", "--role", "viewer"],
        PASSWORD,
    );
    assert!(added.status.success(), "{added:?}");
    let twice = place.run(&["user", "add", "ann@example.COM"], PASSWORD);
    assert!(refusal(&twice).contains("exists already"));

    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let tokens = client.sign_in(" ann@example.com ", PASSWORD).await;
        let (_, me) = client.get("/api/users/me", &tokens.access).await;
        assert_eq!(me["email"], "Ann@Example.com");
        assert_eq!(me["roles"], serde_json::json!(["admin", "viewer"]));
    });
}

#[test]
fn mistakes_are_one_line_and_exit_code_1() {
    let place = Place::release();
    assert!(refusal(&place.run(&["user", "add", "a@b.c", "--role", "boss"], PASSWORD)).contains("`boss`"));
    assert!(refusal(&place.run(&["user", "add", "a@b.c"], "short")).contains("8 bytes"));
    assert!(refusal(&place.run(&["user", "add", "a@b.c"], "password1")).contains("common"));
    for command in [
        &["user", "roles", "no@body.example", "admin"][..],
        &["user", "disable", "no@body.example"],
        &["sessions", "list", "no@body.example"],
        &["sessions", "revoke", "no@body.example"],
    ] {
        refusal(&place.run(command, ""));
    }
}

/// Asks until the answer is the expected one; the server learns of changes within the propagation
/// bound.
async fn until(client: &Client, access: &str, expected: (u16, Option<&str>)) {
    let give_up = Instant::now() + Duration::from_secs(10);
    loop {
        let (status, answer) = client.get("/api/users/me", access).await;
        if (status, answer["error"].as_str()) == expected {
            return;
        }
        assert!(Instant::now() < give_up, "still {status} {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

// security: Authorization: Role changes reach running sessions within the propagation bound
#[test]
fn a_running_server_learns_of_new_roles_ended_sessions_and_a_disabled_user() {
    the_server_learns_of_what_commands_change(Place::release());
}

#[test]
fn on_postgres_too_a_running_server_learns_of_new_roles_ended_sessions_and_a_disabled_user() {
    the_server_learns_of_what_commands_change(Place::release().on_postgres());
}

#[test]
fn on_postgres_too_the_schema_is_made_by_command_when_that_is_wanted() {
    let place = Place::release()
        .on_postgres()
        .with("ROCKET_AUTH", r#"{migrate="manual"}"#);
    let said = refusal(&place.run(&["serve"], ""));
    assert!(
        said.contains("has no schema yet") && said.contains("the `migrate` command"),
        "{said}"
    );
    for _ in 0..2 {
        let migrated = place.run(&["migrate"], "");
        assert!(migrated.status.success(), "{migrated:?}");
    }
    let _server = place.serve();
}

#[test]
fn a_database_url_that_cannot_be_used_is_named_without_its_password() {
    for (url, why) in [
        ("mysql://app:hunter2@127.0.0.1/app", "`auth.store`"),
        (
            "postgres://app:hunter2@127.0.0.1:1/app",
            "postgres://app@127.0.0.1:1/app",
        ),
        ("postgres://app:hunter2@127.0.0.1/app?sslmode=maybe", "`sslmode`"),
    ] {
        let said = refusal(&Place::release().with("DATABASE_URL", url).run(&["serve"], ""));
        assert!(said.contains(why) && !said.contains("hunter2"), "{said}");
    }
}

fn the_server_learns_of_what_commands_change(place: Place) {
    assert!(
        place
            .run(&["user", "add", "vic@example.com", "--role", "viewer"], PASSWORD)
            .status
            .success()
    );
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let tokens = client.sign_in("vic@example.com", PASSWORD).await;
        assert_eq!(client.get("/api/editor", &tokens.access).await.0, 403);

        assert!(
            place
                .run(&["user", "roles", "vic@example.com", "editor"], "")
                .status
                .success()
        );
        until(&client, &tokens.access, (401, Some("token_stale"))).await;
        let (status, answer) = client.refresh(&tokens.refresh).await.expect("an answer");
        assert_eq!(status, 200, "{answer}");
        let tokens = pair(&answer);
        assert_eq!(
            client.get("/api/editor", &tokens.access).await.0,
            200,
            "the refreshed token has the new role"
        );

        let listed = place.run(&["sessions", "list", "vic@example.com"], "");
        assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 1);
        assert!(
            place
                .run(&["sessions", "revoke", "vic@example.com"], "")
                .status
                .success()
        );
        until(&client, &tokens.access, (401, Some("session_revoked"))).await;

        let tokens = client.sign_in("vic@example.com", PASSWORD).await;
        assert!(place.run(&["user", "disable", "vic@example.com"], "").status.success());
        until(&client, &tokens.access, (401, Some("session_revoked"))).await;
        let (status, answer) = client.refresh(&tokens.refresh).await.expect("an answer");
        assert_eq!((status, answer["error"].as_str()), (401, Some("session_revoked")));
        let body = serde_json::json!({ "email": "vic@example.com", "password": PASSWORD });
        let (status, answer) = client.post("/api/auth/login", &body).await.expect("an answer");
        assert_eq!((status, answer["error"].as_str()), (401, Some("invalid_credentials")));
    });
}

/// As after a restore: what was made before a time ends, what is made since goes on.
#[test]
fn sessions_made_before_a_time_end_and_those_made_since_go_on() {
    let place = Place::release();
    assert!(
        place
            .run(&["user", "add", "vic@example.com"], PASSWORD)
            .status
            .success()
    );
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let before = [
            client.sign_in("vic@example.com", PASSWORD).await,
            client.sign_in("vic@example.com", PASSWORD).await,
        ];
        let time = SystemClock.now().plus(Duration::from_millis(1)).to_string();
        let since = client.sign_in("vic@example.com", PASSWORD).await;

        let output = place.run(&["sessions", "revoke-before", &time], "");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "2 sessions ended\n");
        for tokens in &before {
            until(&client, &tokens.access, (401, Some("session_revoked"))).await;
        }
        let (status, answer) = client.refresh(&since.refresh).await.expect("an answer");
        assert_eq!(status, 200, "{answer}");
        let again = place.run(&["sessions", "revoke-before", &time], "");
        assert_eq!(String::from_utf8_lossy(&again.stdout), "0 sessions ended\n");
    });
    let wrong = place.run(&["sessions", "revoke-before", "yesterday"], "");
    assert!(!wrong.status.success());
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("RFC 3339"), "{wrong:?}");
}

#[test]
fn sessions_long_over_are_deleted_by_command_and_live_ones_are_not() {
    let place = Place::release();
    assert!(
        place
            .run(&["user", "add", "vic@example.com"], PASSWORD)
            .status
            .success()
    );
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let over = client.sign_in("vic@example.com", PASSWORD).await;
        let live = client.sign_in("vic@example.com", PASSWORD).await;
        let (_, me) = client.get("/api/users/me", &over.access).await;
        let id = me["sessionId"].as_str().expect("an id").to_owned();
        let mut database = SqliteConnection::establish(&place.folder.path().join("auth.db").to_string_lossy())
            .expect("the database is there");
        let aged = diesel::sql_query(
            "UPDATE auth_sessions SET expires_at = expires_at - 31 * 86400000, idle_until = idle_until - 31 * 86400000 \
             WHERE id = ?",
        );
        assert_eq!(aged.bind::<Text, _>(id).execute(&mut database), Ok(1));

        let output = place.run(&["sessions", "clean"], "");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1 sessions deleted\n");
        let (status, answer) = client.refresh(&over.refresh).await.expect("an answer");
        assert_eq!((status, answer["error"].as_str()), (401, Some("session_revoked")));
        let (status, answer) = client.refresh(&live.refresh).await.expect("an answer");
        assert_eq!(status, 200, "{answer}");
    });
}

#[test]
fn generated_keys_start_a_release_and_differ_each_time() {
    let generate = || {
        let output = Place::empty().run(&["keys", "generate"], "");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    };
    let (access, refresh) = (generate(), generate());
    assert_ne!(access, refresh);
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let output = Place::empty().run(&["keys", "generate", "--alg", algorithm], "");
        assert!(
            String::from_utf8_lossy(&output.stdout).starts_with("-----BEGIN PRIVATE KEY-----"),
            "{algorithm}"
        );
    }
    for (algorithm, digits) in [("HS384", 96), ("HS512", 128)] {
        let output = Place::empty().run(&["keys", "generate", "--alg", algorithm], "");
        let secret = String::from_utf8(output.stdout).expect("text");
        assert_eq!(
            secret.trim().len(),
            digits,
            "{algorithm}: as many bits as the hash puts out, in hexadecimal"
        );
    }
    refusal(&Place::empty().run(&["keys", "generate", "--alg", "none"], ""));
    let place = Place::release()
        .with("JWT_ACCESS_SECRET", &access)
        .with("JWT_REFRESH_SECRET", &refresh);
    let (status, _) = place.serve().signal("TERM");
    assert!(status.success());
}

#[test]
fn the_access_map_is_printed_without_a_database() {
    let place = Place::empty();
    let table = place.run(&["routes"], "");
    assert!(
        String::from_utf8_lossy(&table.stdout).contains("/api/admin"),
        "{table:?}"
    );
    let json = place.run(&["routes", "--json"], "");
    let map: Vec<Value> = serde_json::from_slice(&json.stdout).expect("JSON");
    let admin = map
        .iter()
        .find(|entry| entry["path"] == "/api/admin")
        .expect("the route");
    assert_eq!(
        *admin,
        serde_json::json!({ "method": "GET", "path": "/api/admin", "handler": "admin", "decision": "admin" })
    );
    assert!(
        map.iter().all(|entry| entry["decision"].is_string()),
        "every route has a decision"
    );
    assert_eq!(
        std::fs::read_dir(place.folder.path()).expect("a folder").count(),
        0,
        "nothing was made"
    );
}

/// Hashes as `bcryptjs` and PHP write them, made here of a cost that is quick.
#[test]
fn imported_users_sign_in_with_the_passwords_they_have_and_a_second_import_adds_nobody() {
    let place = Place::release();
    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
    let file = place.folder.path().join("users.csv");
    let lines = format!(
        "email,password_hash,roles\nann@example.com,{hash},ADMIN viewer\n\"vic@example.com\",{},\n",
        hash.replace("$2b$", "$2y$")
    );
    std::fs::write(&file, lines).expect("written");
    let import = || place.run(&["user", "import", "users.csv"], "");
    let said = |output: Output| String::from_utf8(output.stdout).expect("text");
    assert_eq!(said(import()), "2 accounts added, 0 were there already\n");
    assert_eq!(said(import()), "0 accounts added, 2 were there already\n");

    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let ann = client.sign_in("ann@example.com", PASSWORD).await;
        let (_, me) = client.get("/api/users/me", &ann.access).await;
        assert_eq!(me["roles"], serde_json::json!(["admin", "viewer"]));
        client.sign_in("vic@example.com", PASSWORD).await;
    });
    let listed = place.run(&["sessions", "list", "--json", "ann@example.com"], "");
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert!(listed[0]["lastUsedAt"].is_string() && listed[0]["id"].is_string());
}

#[test]
fn accounts_are_listed_in_rows_for_programs_and_under_headings_for_people() {
    let place = Place::release();
    for (email, role) in [("ann@example.com", "admin"), ("vic@example.com", "viewer")] {
        assert!(
            place
                .run(&["user", "add", email, "--role", role], PASSWORD)
                .status
                .success()
        );
    }
    assert!(place.run(&["user", "disable", "vic@example.com"], "").status.success());
    let rows = place.run(&["user", "list"], "");
    let rows = String::from_utf8(rows.stdout).expect("text");
    let words: Vec<Vec<_>> = rows.lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(words[0][..2], ["ann@example.com", "admin"]);
    assert_eq!(words[1][..3], ["vic@example.com", "viewer", "disabled"]);
    assert!(words.len() == 2 && !rows.contains('\u{1b}'), "{rows}");
    let json = place.run(&["user", "list", "--json"], "");
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json[1]["disabled"], true, "{json}");

    let shown = place.run_on_a_terminal(&["user", "list"]);
    let heading = shown.lines().next().expect("a line");
    assert!(heading.starts_with("\u{1b}[1me-mail"), "{shown:?}");
    assert_eq!(shown.lines().count(), 3, "{shown:?}");
    let refused = place.run_on_a_terminal(&["user", "disable", "no@body.example"]);
    assert!(
        refused.contains("\u{1b}[31m") && refused.contains("rocket-app:"),
        "{refused:?}"
    );
}

#[test]
fn a_file_with_bad_lines_is_not_imported_and_they_are_named_by_number_without_a_hash() {
    let place = Place::release();
    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
    let import = |text: String| {
        std::fs::write(place.folder.path().join("users.csv"), text).expect("written");
        place.run(&["user", "import", "users.csv"], "")
    };
    let bad = format!(
        "email,password_hash,roles\nann@example.com,{hash},admin\nnobody,{hash},\nbo@example.com,5f4dcc3b5aa7,\n\
         cy@example.com,{hash},boss\nAnn@example.com,{hash},\n"
    );
    let said = refusal(&import(bad));
    for named in [
        "line 3: the e-mail address must have one `@`",
        "line 4: not a bcrypt hash",
        "line 5: unknown role `boss`",
        "line 6: the e-mail",
    ] {
        assert!(said.contains(named), "{named}: {said}");
    }
    assert!(!said.contains(&hash) && !said.contains("5f4dcc3b5aa7"), "{said}");
    assert!(refusal(&import("name,hash\na,b\n".to_owned())).contains("`email`"));
    let good = import(format!("email,password_hash\nann@example.com,{hash}\n"));
    assert_eq!(
        String::from_utf8_lossy(&good.stdout),
        "1 accounts added, 0 were there already\n"
    );
    refusal(&place.run(&["user", "import", "no such file"], ""));
}

#[test]
fn completions_are_for_a_shell_and_a_command_line_that_is_none_is_exit_code_2() {
    let bash = Place::empty().run(&["completions", "bash"], "");
    let text = String::from_utf8_lossy(&bash.stdout);
    assert!(
        bash.status.success() && text.contains("complete -F") && text.contains("revoke-before"),
        "{text}"
    );
    assert_eq!(Place::empty().run(&["sing"], "").status.code(), Some(2));
}

/// The demo's own table is as much a matter of `rocket-app migrate` as the library's are.
fn a_manual_start_makes_no_table(place: Place, drop_reports: impl FnOnce(&Place)) {
    assert!(place.run(&["migrate"], "").status.success());
    drop_reports(&place);
    let manual = place.clone().with("ROCKET_AUTH", r#"{migrate="manual"}"#);
    let said = refusal(&manual.run(&["serve"], ""));
    assert!(
        said.contains("reports") && said.contains("rocket-app migrate"),
        "{said}"
    );
    // What the library keeps is listed without it.
    assert!(manual.run(&["user", "list"], "").status.success());
    assert!(place.run(&["migrate"], "").status.success());
    let _server = manual.serve();
}

#[test]
fn a_manual_start_does_not_make_the_demos_own_table() {
    a_manual_start_makes_no_table(Place::release(), |place| {
        let file = place.folder.path().join("auth.db");
        let mut database = SqliteConnection::establish(&file.to_string_lossy()).expect("the database is there");
        for statement in [
            "DROP TABLE reports",
            "DELETE FROM __diesel_schema_migrations WHERE version = '20261123000002'",
        ] {
            assert!(
                diesel::sql_query(statement).execute(&mut database).is_ok(),
                "{statement}"
            );
        }
    });
}

#[test]
fn on_postgres_too_a_manual_start_does_not_make_the_demos_own_table() {
    a_manual_start_makes_no_table(Place::release().on_postgres(), |place| {
        let url = place.variable("DATABASE_URL").expect("a database");
        let database = url
            .rsplit('/')
            .next()
            .and_then(|name| name.split('?').next())
            .expect("its name");
        let sql = "DROP TABLE reports; DELETE FROM __diesel_schema_migrations WHERE version = '20261123000002'";
        tests::postgres::Cluster::shared().psql(database, sql);
    });
}
