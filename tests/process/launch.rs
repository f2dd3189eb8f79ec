//! What the server says and refuses when it starts, and how it ends.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use tests::client::{Client, block_on};
use tests::output::refusal;
use tests::process::Place;

const WEAK: &str = "x";

#[test]
fn the_first_start_prints_the_demo_accounts_once_and_the_access_map_always() {
    let place = Place::debug();
    let server = place.serve();
    let mut emails: Vec<String> = server.printed_passwords().into_keys().collect();
    emails.sort();
    assert_eq!(
        emails,
        ["admin@example.com", "editor@example.com", "viewer@example.com"]
    );
    let (status, log) = server.signal("INT");
    assert!(status.success(), "Ctrl-C ends it cleanly: {status}");
    for route in ["/api/admin ", "/api/auth/login ", "/dashboard "] {
        assert!(log.contains(route), "{route} in the access map:\n{log}");
    }

    let again = place.serve();
    assert!(again.printed_passwords().is_empty(), "passwords are printed once");
    let (_, log) = again.signal("TERM");
    assert!(log.contains("Access map:"));
}

#[test]
fn without_secrets_the_debug_profile_says_that_its_keys_are_random() {
    let place = Place::empty().with("ROCKET_PROFILE", "debug");
    let server = place.serve();
    let (_, log) = server.signal("TERM");
    assert!(
        log.contains("`JWT_ACCESS_SECRET`") && log.contains("random keys"),
        "{log}"
    );
}

// security: Traps in the versions in use: an empty HMAC secret works
// security: Keys: HMAC secrets are at least 32 bytes, not known, repeated or of low entropy
// security: Launch: missing, weak, known, equal secrets
#[test]
fn a_release_refuses_missing_weak_known_and_equal_secrets_by_name_and_never_prints_them() {
    let known = "a-string-secret-at-least-256-bits-long";
    let good = "6f0c1b7ad2e94358b1c67de09f3a5524-0e1f2a3b4c5d";
    for (setting, place, value) in [
        ("JWT_ACCESS_SECRET", Place::release().without("JWT_ACCESS_SECRET"), None),
        (
            "JWT_REFRESH_SECRET",
            Place::release().without("JWT_REFRESH_SECRET"),
            None,
        ),
        (
            "JWT_ACCESS_SECRET",
            Place::release().with("JWT_ACCESS_SECRET", ""),
            None,
        ),
        (
            "JWT_ACCESS_SECRET",
            Place::release().with("JWT_ACCESS_SECRET", WEAK),
            Some(WEAK),
        ),
        (
            "JWT_REFRESH_SECRET",
            Place::release().with("JWT_REFRESH_SECRET", known),
            Some(known),
        ),
        (
            "JWT_REFRESH_SECRET",
            Place::release()
                .with("JWT_ACCESS_SECRET", good)
                .with("JWT_REFRESH_SECRET", good),
            Some(good),
        ),
    ] {
        let output = place.run(&[], "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(setting), "{said}");
        let all = format!("{said}{}", String::from_utf8_lossy(&output.stdout));
        // "x" stands in many words; as a value it would stand in quotes, backticks or behind a
        // sign.
        let printed =
            |value: &str| all.contains(value) && (value.len() > 1 || all.contains("`x`") || all.contains("\"x\""));
        assert!(!value.is_some_and(printed), "{all}");
    }
}

// security: Passwords and signing in: No default accounts in a release
#[test]
fn a_release_creates_nobody_and_refuses_the_database_of_a_demo() {
    let place = Place::release();
    let server = place.serve();
    assert!(server.printed_passwords().is_empty());
    let (status, _) = server.signal("TERM");
    assert!(status.success());

    let demo = Place::debug();
    demo.serve().signal("TERM");
    let output = demo.with("ROCKET_PROFILE", "release").run(&[], "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("auth.store") && said.contains("demo accounts"), "{said}");
}

#[test]
fn a_setting_that_cannot_be_right_is_named() {
    for (table, setting) in [
        ("{passwords={bcrypt_cost=4}}", "auth.passwords.bcrypt_cost"),
        ("{tokens={access_ttl=\"2h\"}}", "auth.tokens.access_ttl"),
        ("{tokens={acess_ttl=\"15m\"}}", "auth.tokens.acess_ttl"),
        ("{store=\"mysql://localhost/app\"}", "auth.store"),
        ("{migrate=\"manual\"}", "auth.migrate"),
    ] {
        let output = Place::release().with("ROCKET_AUTH", table).run(&[], "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(setting) && said.lines().count() == 1, "{table}: {said}");
    }
    let output = Place::release().with("ROCKET_LOG_LEVEL", "debug").run(&[], "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("log_level"));
}

#[test]
fn migrations_by_command_then_a_manual_start() {
    let place = Place::release().with("ROCKET_AUTH", "{migrate=\"manual\"}");
    assert_eq!(place.run(&[], "").status.code(), Some(1), "no schema yet");
    assert!(place.run(&["migrate"], "").status.success());
    assert!(place.run(&["migrate"], "").status.success(), "twice changes nothing");
    let (status, _) = place.serve().signal("TERM");
    assert!(status.success());
}

/// A start that is refused says so in one line, which names the setting and what to do.
#[track_caller]
fn refuses(place: &Place, names: &[&str]) {
    let output = place.run(&[], "");
    let said = refusal(&output);
    for name in names {
        assert!(said.contains(name), "{name:?} in {said}");
    }
    let all = format!("{said}{}", String::from_utf8_lossy(&output.stdout));
    assert!(!all.contains("launched"), "{all}");
}

/// In the debug profile, which is the more lenient.
fn with(table: &str) -> Place {
    Place::debug().with("ROCKET_AUTH", table)
}

// security: Passwords and signing in: Cost from 12 to 15
// security: Launch: a cost out of range
#[test]
fn a_bcrypt_cost_below_12_or_above_15_does_not_start() {
    for cost in ["4", "11", "16", "31"] {
        refuses(
            &with(&format!("{{passwords={{bcrypt_cost={cost}}}}}")),
            &["`auth.passwords.bcrypt_cost`", "from 12 to 15"],
        );
    }
}

// security: Issuance: Access at most 1 h, 15 min by default
// security: Launch: an access lifetime of 0 or of more than 1 h
#[test]
fn an_access_ttl_of_zero_or_of_more_than_an_hour_does_not_start() {
    for ttl in ["0s", "3601s", "2h", "30d"] {
        let place = with(&format!("{{tokens={{access_ttl=\"{ttl}\"}}}}"));
        refuses(&place, &["`auth.tokens.access_ttl`", "more than 0 s", "at most 1 h"]);
    }
}

// security: Launch: an idle end behind the absolute one
#[test]
fn an_idle_end_behind_the_absolute_one_does_not_start() {
    let place = with("{sessions={idle_timeout=\"8h\",max_age=\"7h\"}}");
    refuses(
        &place,
        &["`auth.sessions.idle_timeout`", "longer than `auth.sessions.max_age`"],
    );
}

// security: Launch: a leeway of more than 60 s
#[test]
fn a_leeway_of_more_than_a_minute_does_not_start() {
    refuses(
        &with("{tokens={leeway=\"61s\"}}"),
        &["`auth.tokens.leeway`", "at most 60 s"],
    );
}

// security: Launch: an empty issuer
#[test]
fn an_empty_issuer_does_not_start() {
    for issuer in ["", "   "] {
        refuses(
            &with(&format!("{{issuer=\"{issuer}\"}}")),
            &["`auth.issuer`", "1 to 256"],
        );
    }
}

// security: Launch: an empty audience
#[test]
fn an_empty_audience_does_not_start() {
    for audience in ["", "   "] {
        refuses(
            &with(&format!("{{audience=\"{audience}\"}}")),
            &["`auth.audience`", "1 to 256"],
        );
    }
}

// security: Launch: unknown keys
#[test]
fn an_unknown_key_does_not_start_at_any_depth_and_the_known_ones_are_listed() {
    for (table, names) in [
        ("{isuer=\"me\"}", ["`auth.isuer`", "issuer"]),
        ("{tokens={acces_ttl=\"5m\"}}", ["`auth.tokens.acces_ttl`", "access_ttl"]),
        ("{cookie={secur=true}}", ["`auth.cookie.secur`", "secure"]),
        (
            "{throttle={per_minute=3}}",
            ["`auth.throttle.per_minute`", "account_per_minute"],
        ),
    ] {
        refuses(&with(table), &names);
    }
}

// security: Launch: in a release, insecure cookies
#[test]
fn insecure_cookies_do_not_start_in_a_release() {
    let table = "{cookie={secure=false}}";
    refuses(
        &Place::release().with("ROCKET_AUTH", table),
        &["`auth.cookie.secure`", "must not be false"],
    );
    let (status, _) = with(table).serve().signal("TERM");
    assert!(status.success(), "the debug profile may");
}

// security: Launch: in a release, insecure cookies
#[test]
fn a_profile_of_ones_own_is_held_to_the_rules_of_a_release() {
    let staging = Place::debug().with("ROCKET_PROFILE", "staging");
    refuses(
        &staging.with("ROCKET_AUTH", "{cookie={secure=false}}"),
        &["`auth.cookie.secure`"],
    );
}

// security: Launch: in a release, a log level that prints headers
#[test]
fn a_log_level_that_prints_request_headers_does_not_start_in_a_release_in_any_spelling() {
    for level in ["debug", "Debug", "DEBUG"] {
        let place = Place::release().with("ROCKET_LOG_LEVEL", level);
        refuses(&place, &["`log_level`", "request headers", "\"normal\""]);
    }
}

// security: Launch: a schema newer than the program
#[test]
fn a_schema_newer_than_the_program_does_not_start() {
    let place = Place::release();
    assert!(place.run(&["migrate"], "").status.success());
    let path = place.folder.path().join("auth.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("the file opens");
    conn.batch_execute("UPDATE auth_schema SET version = 7")
        .expect("the statement is right");
    drop(conn);
    refuses(&place, &["`auth.store`", "newer"]);
}

// security: Launch: in a release, demo accounts
#[test]
fn the_database_of_a_demo_does_not_start_in_a_release() {
    let demo = Place::debug();
    demo.serve().signal("TERM");
    refuses(
        &demo.with("ROCKET_PROFILE", "release"),
        &["`auth.store`", "demo accounts", "use another database"],
    );
}

#[test]
fn a_weak_audit_key_does_not_start_and_is_not_printed() {
    for key in ["tiny-key", "secretsecretsecretsecretsecretsecret"] {
        let place = with(&format!("{{audit_pseudonym_key=\"{key}\"}}"));
        refuses(&place, &["`auth.audit_pseudonym_key`", "keys generate"]);
        let output = place.run(&[], "");
        assert!(!String::from_utf8_lossy(&output.stderr).contains(key));
    }
}

#[test]
fn a_request_id_header_that_nobody_is_trusted_with_does_not_start() {
    refuses(
        &with("{request_id_header=\"X-Request-Id\"}"),
        &["`auth.request_id_header`", "`auth.trusted_proxies`"],
    );
    let place = with("{request_id_header=\"X Request\",trusted_proxies=[\"127.0.0.1\"]}");
    refuses(&place, &["`auth.request_id_header`", "X-Request-Id"]);
}

// security: Errors, logs, headers: No password, token, cookie or secret in a log at any level
#[test]
fn at_the_level_that_prints_headers_the_program_itself_still_says_no_secret() {
    let place = Place::debug().with("ROCKET_LOG_LEVEL", "debug");
    let server = place.serve();
    let passwords = server.printed_passwords();
    let (email, password) = passwords.iter().next().expect("three were printed");
    let pair = block_on(async {
        let client = Client::of(&server);
        let first = client.sign_in(email, password).await;
        let (status, answer) = client.refresh(&first.refresh).await.expect("an answer");
        assert_eq!(status, 200, "{answer}");
        let wrong = serde_json::json!({ "email": email, "password": "kestrel over the quarry" });
        assert_eq!(client.post("/api/auth/login", &wrong).await.expect("an answer").0, 401);
        tests::client::pair(&answer)
    });
    let (status, log) = server.signal("TERM");
    assert!(status.success());
    assert!(
        log.contains("received request") && log.contains("event=\"login_failed\""),
        "all levels are here: {log}"
    );
    // No header held these. Rocket's own dump shows every header, which is why a release refuses
    // the level.
    for secret in [&pair.refresh, &pair.access, "kestrel over the quarry"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert_eq!(log.matches(password.as_str()).count(), 1, "printed once, as a demo's");
}
