//! What the server says and refuses when it starts, and how it ends.

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
    let server = Place::empty().with("ROCKET_PROFILE", "debug").serve();
    let (_, log) = server.signal("TERM");
    assert!(
        log.contains("`JWT_ACCESS_SECRET`") && log.contains("random keys"),
        "{log}"
    );
}

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
        // "x" stands in many words; as a value it would stand in quotes, backticks or behind a sign.
        let printed =
            |value: &str| all.contains(value) && (value.len() > 1 || all.contains("`x`") || all.contains("\"x\""));
        assert!(!value.is_some_and(printed), "{all}");
    }
}

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
        ("{bcrypt_cost=4}", "auth.bcrypt_cost"),
        ("{access_ttl=\"2h\"}", "auth.access_ttl"),
        ("{acess_ttl=\"15m\"}", "auth.acess_ttl"),
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
