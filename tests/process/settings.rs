//! Settings that cannot be read or cannot be right: one line, before anything is opened, made or
//! printed.

use std::process::Output;

use tests::client::{Client, block_on};
use tests::output::{printed, refusal};
use tests::process::Place;

/// One command line of every kind.
const VERBS: &[&[&str]] = &[
    &["serve"],
    &[],
    &["migrate"],
    &["user", "list"],
    &["user", "add", "ann@example.com"],
    &["user", "import", "users.csv"],
    &["sessions", "clean"],
    &["keys", "generate"],
    &["routes"],
    &["routes", "--json"],
    &["completions", "bash"],
];

/// The one line that a refusal says; nothing was printed or made besides `before`, the files that
/// were there.
#[track_caller]
fn refused(place: &Place, output: &Output, before: usize) -> String {
    let said = refusal(output);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.is_empty(), "{said} after {printed}");
    let files = std::fs::read_dir(place.folder.path()).expect("a folder").count();
    assert_eq!(files, before, "nothing was made: {said}");
    said
}

#[track_caller]
fn every_verb_refuses(place: &Place, before: usize, names: &[&str]) {
    for verb in VERBS {
        let said = refused(place, &place.run(verb, "purple monkey dishwasher"), before);
        for name in names {
            assert!(said.contains(name), "{verb:?}: {name:?} in {said}");
        }
        assert!(!said.contains("918273645546372819"), "{verb:?}: {said}");
    }
}

fn with_file(text: &str) -> Place {
    let place = Place::debug();
    std::fs::write(place.folder.path().join("Rocket.toml"), text).expect("written");
    place
}

// security: Launch: a malformed file, and Rocket's own settings where they are wrong
#[test]
fn a_malformed_file_is_one_line_in_every_verb() {
    let place = with_file("[default.auth]\nmount = \"/auth\"\naudit_pseudonym_key = \"918273645546372819\nport = 1\n");
    every_verb_refuses(&place, 1, &["`Rocket.toml`", "line 3"]);
}

#[test]
fn a_file_in_which_settings_stand_outside_of_a_profile_is_refused_by_the_name_of_the_setting() {
    for (text, names) in [
        ("port = 1\n", &["`port`", "Rocket.toml", "[default]"][..]),
        (
            "[auth]\nmount = \"/auth\"\n",
            &["`[auth]`", "Rocket.toml", "[default.auth]"],
        ),
        ("[auth.cookie]\naccess = true\n", &["`[auth]`", "[default.auth]"]),
    ] {
        every_verb_refuses(&with_file(text), 1, names);
    }
}

#[test]
fn a_file_that_is_named_and_not_there_is_refused() {
    let place = Place::debug().with("ROCKET_CONFIG", "Rokcet.toml");
    every_verb_refuses(&place, 0, &["`ROCKET_CONFIG`", "Rokcet.toml", "no such file"]);
}

// security: Launch: a malformed file, and Rocket's own settings where they are wrong
#[test]
fn a_setting_of_rockets_own_is_named_with_its_place_and_what_would_do_in_every_verb() {
    for (name, value, setting, would_do) in [
        ("ROCKET_ADDRESS", "localhost", "`address`", "`127.0.0.1`"),
        ("ROCKET_LOG_LEVEL", "info", "`log_level`", "`normal`"),
        ("ROCKET_PORT", "", "`port`", "from 0 to 65535"),
        ("ROCKET_PORT", "80000", "`port`", "from 0 to 65535"),
        ("ROCKET_WORKERS", "many", "`workers`", "number"),
        ("ROCKET_WORKERS", "0", "`workers`", "at least 1"),
        ("ROCKET_MAX_BLOCKING", "0", "`max_blocking`", "at least 1"),
        ("ROCKET_KEEP_ALIVE", "5s", "`keep_alive`", "number"),
        ("ROCKET_CLI_COLORS", "perhaps", "`cli_colors`", "`true`"),
        ("ROCKET_LIMITS", "{json=\"1 parsec\"}", "`limits", "`1MiB`"),
        ("ROCKET_IDENT", "{a=1}", "`ident`", "text"),
        ("ROCKET_SHUTDOWN", "{grace=\"soon\"}", "`shutdown", "number"),
        ("ROCKET_TEMP_DIR", "7", "`temp_dir`", "path"),
        ("ROCKET_IP_HEADER", "X Real", "`ip_header`", "`X-Real-IP`"),
    ] {
        let place = Place::debug().with(name, value);
        every_verb_refuses(&place, 0, &[setting, would_do, &format!("`{name}`")]);
    }
}

#[test]
fn a_setting_of_rockets_own_in_the_file_is_named_with_the_file() {
    let place = with_file("[default]\naddress = \"localhost\"\n").without("ROCKET_PORT");
    every_verb_refuses(&place, 1, &["`address`", "Rocket.toml", "`127.0.0.1`"]);
    let place = with_file("[debug.shutdown]\nctrlc = \"no\"\n");
    every_verb_refuses(&place, 1, &["`shutdown.ctrlc`", "Rocket.toml", "`true` or `false`"]);
}

#[test]
fn a_table_that_is_none_is_named_with_how_to_write_one() {
    for table in [
        "{\"mount\":\"/auth\"}",
        "mount=/auth",
        "5",
        "[]",
        "{mount=\"/auth\"",
        "",
    ] {
        let place = Place::debug().with("ROCKET_AUTH", table);
        every_verb_refuses(&place, 0, &["`auth`", "`ROCKET_AUTH`", "`{mount=\"/auth\"}`"]);
    }
    for (table, setting) in [
        ("{cookie=\"x\"}", "`auth.cookie`"),
        ("{throttle=3}", "`auth.throttle`"),
        ("{tokens=[]}", "`auth.tokens`"),
        ("{sessions=[3]}", "`auth.sessions`"),
        ("{revocation=true}", "`auth.revocation`"),
        ("{passwords=[]}", "`auth.passwords`"),
        ("{postgres=[]}", "`auth.postgres`"),
        ("{throttle=[3]}", "`auth.throttle`"),
    ] {
        let place = Place::debug().with("ROCKET_AUTH", table);
        every_verb_refuses(&place, 0, &[setting, "`ROCKET_AUTH`", "a table"]);
    }
    let place = Place::debug().with("ROCKET_AUTH", "{tokens={access_keys=\"918273645546372819\"}}");
    every_verb_refuses(&place, 0, &["`auth.tokens.access_keys`", "a list", "`ROCKET_AUTH`"]);
    let place = Place::debug().with("ROCKET_LOGS", "json");
    every_verb_refuses(&place, 0, &["`logs`", "`{format=\"json\"}`", "`ROCKET_LOGS`"]);
}

#[test]
fn a_setting_of_ours_is_named_with_its_place() {
    let place = Place::debug().with("ROCKET_AUTH", "{passwords={bcrypt_cost=4}}");
    every_verb_refuses(
        &place,
        0,
        &["`auth.passwords.bcrypt_cost`", "from 12 to 15", "`ROCKET_AUTH`"],
    );
    let place = with_file("[default.auth.tokens]\nacess_ttl = \"5m\"\n");
    every_verb_refuses(&place, 1, &["`auth.tokens.acess_ttl`", "is no setting", "Rocket.toml"]);
    let place = with_file("[default.auth.cookie]\npath = \"/other\"\n");
    every_verb_refuses(&place, 1, &["`auth.cookie.path`", "Rocket.toml"]);
}

/// Each setting that has another name or another table than it had, with a value it took.
const RENAMED: &[(&str, &str, &str)] = &[
    ("access_ttl", "\"15m\"", "auth.tokens.access_ttl"),
    ("leeway", "\"5s\"", "auth.tokens.leeway"),
    ("verified_tokens", "10", "auth.tokens.cache_size"),
    (
        "access_keys",
        "[{secret=\"918273645546372819\"}]",
        "auth.tokens.access_keys",
    ),
    (
        "refresh_keys",
        "[{secret=\"918273645546372819\"}]",
        "auth.tokens.refresh_keys",
    ),
    ("refresh_ttl", "\"7d\"", "auth.sessions.idle_timeout"),
    ("session_ttl", "\"30d\"", "auth.sessions.max_age"),
    ("grace", "\"10s\"", "auth.sessions.refresh_grace"),
    ("rotation", "\"strict\"", "auth.sessions.rotation"),
    ("revoke_on_reuse", "\"user\"", "auth.sessions.revoke_on_reuse"),
    ("cleanup", "\"1h\"", "auth.sessions.cleanup_interval"),
    ("poll", "\"1s\"", "auth.revocation.poll_interval"),
    ("on_stale_feed", "\"refuse\"", "auth.revocation.on_stale"),
    ("bcrypt_cost", "12", "auth.passwords.bcrypt_cost"),
    ("hash_permits", "2", "auth.passwords.max_concurrent_hashes"),
    ("pepper", "\"918273645546372819\"", "auth.passwords.pepper"),
    ("audit_key", "\"918273645546372819\"", "auth.audit_pseudonym_key"),
    ("pool_size", "4", "auth.postgres.pool_size"),
    ("listen", "false", "auth.postgres.listen"),
];

#[test]
fn an_old_name_is_refused_with_the_new_one_and_its_place() {
    for (old, value, new) in RENAMED {
        let is_now = format!("`auth.{old}` is now `{new}`");
        let place = Place::debug().with("ROCKET_AUTH", &format!("{{{old}={value}}}"));
        let said = refused(&place, &place.run(&["serve"], ""), 0);
        assert!(said.contains(&is_now) && said.contains("`ROCKET_AUTH`"), "{said}");
        assert!(!said.contains("918273645546372819"), "{said}");
        for profile in ["default", "debug", "release"] {
            let place = with_file(&format!("[{profile}.auth]\n{old} = {value}\n"));
            let said = refused(&place, &place.run(&["routes"], ""), 1);
            assert!(said.contains(&is_now) && said.contains("`Rocket.toml`"), "{said}");
        }
    }
}

#[test]
fn an_old_name_is_refused_in_every_verb() {
    let place = with_file("[default.auth]\nrefresh_ttl = \"8h\"\n");
    let is_now = "`auth.refresh_ttl` is now `auth.sessions.idle_timeout`";
    every_verb_refuses(&place, 1, &[is_now, "Rocket.toml"]);
}

// security: Launch: text with white space, line breaks, quotes or a byte order mark around it
#[test]
fn text_of_the_environment_with_something_around_it_is_refused_by_its_name_and_nothing_is_made() {
    let secret = "6f0c1b7ad2e94358b1c67de09f3a5524-918273645546372819";
    for (around, says) in [
        ("%\n", "line break"),
        ("%\r\n", "line break"),
        ("%\r", "line break"),
        ("\n%", "line break"),
        (" %", "white space"),
        ("%\t", "white space"),
        ("\u{feff}%", "byte order mark"),
        ("\"%\"", "quotes"),
        ("'%'", "quotes"),
        ("%\n%", "line break"),
    ] {
        for (name, value) in [
            ("DATABASE_URL", "sqlite://918273645546372819.db"),
            ("JWT_ACCESS_SECRET", secret),
            ("JWT_REFRESH_SECRET", secret),
            ("AUTH_PEPPER", secret),
            ("AUTH_FACTOR_KEY", secret),
            ("METRICS_TOKEN", secret),
        ] {
            let place = Place::debug().with(name, &around.replace('%', value));
            let said = refused(&place, &place.run(&["serve"], ""), 0);
            assert!(
                said.contains(&format!("`{name}`")) && said.contains(says),
                "{around:?}: {said}"
            );
            assert!(!said.contains("918273645546372819"), "{said}");
        }
    }
}

#[test]
fn a_factor_key_may_stand_in_the_environment_alone() {
    let secret = "6f0c1b7ad2e94358b1c67de09f3a5524-918273645546372819";
    let offered = "second_factor=\"offered\"";
    let place = || Place::debug().with("ROCKET_AUTH", &format!("{{{offered}}}"));
    let said = refused(&place(), &place().run(&["serve"], ""), 0);
    assert!(
        said.contains("`auth.factor_keys` is required") && said.contains("`AUTH_FACTOR_KEY`"),
        "{said}"
    );
    // What makes the key needs none.
    printed(&place().run(&["keys", "generate"], ""));

    let place = place().with("AUTH_FACTOR_KEY", secret);
    let server = place.serve();
    let (status, _) = block_on(Client::of(&server).get("/api/auth/factors", "no.good.token"));
    assert_eq!(status, 401, "the endpoint is there");
    drop(server);

    let beside = format!("{{{offered},factor_keys=[{{name=\"2026\",secret=\"{secret}\"}}]}}");
    for (settings, says) in [(beside.as_str(), "so is `auth.factor_keys`"), ("{}", "has no effect")] {
        let place = Place::debug()
            .with("AUTH_FACTOR_KEY", secret)
            .with("ROCKET_AUTH", settings);
        let said = refused(&place, &place.run(&["serve"], ""), 0);
        assert!(said.contains("`AUTH_FACTOR_KEY` ") && said.contains(says), "{said}");
        assert!(!said.contains("918273645546372819"), "{said}");
    }
    let weak = Place::debug()
        .with("AUTH_FACTOR_KEY", "short")
        .with("ROCKET_AUTH", &format!("{{{offered}}}"));
    let said = refused(&weak, &weak.run(&["serve"], ""), 0);
    assert!(said.contains("`AUTH_FACTOR_KEY`"), "{said}");
}

// security: Launch: text with white space, line breaks, quotes or a byte order mark around it
#[test]
fn a_setting_of_the_table_with_something_around_it_is_refused_by_its_name_and_place() {
    for (text, says) in [
        ("\"sqlite://auth.db\\n\"", "line break"),
        ("\" sqlite://auth.db\"", "white space"),
        ("\"'sqlite://auth.db'\"", "quotes"),
    ] {
        let place = with_file(&format!("[default.auth]\nstore = {text}\n"));
        every_verb_refuses(&place, 1, &["`auth.store`", says, "`Rocket.toml`"]);
        let place = Place::debug().with("ROCKET_AUTH", &format!("{{store={text}}}"));
        every_verb_refuses(&place, 0, &["`auth.store`", says, "`ROCKET_AUTH`"]);
    }
}

// security: Launch: text with white space, line breaks, quotes or a byte order mark around it
#[test]
fn a_variable_of_rockets_with_something_around_it_is_refused_by_its_name() {
    for (name, value, says) in [
        ("ROCKET_ADDRESS", "127.0.0.1\n", "line break"),
        ("ROCKET_ADDRESS", "127.0.0.1\r", "line break"),
        ("ROCKET_PROFILE", "release ", "white space"),
        ("ROCKET_AUTH", "{mount=\"/auth\"}\n", "line break"),
        ("ROCKET_IDENT", "'mine'", "quotes"),
        ("ROCKET_LOG_LEVEL", "\u{feff}normal", "byte order mark"),
    ] {
        let place = Place::debug().with(name, value);
        every_verb_refuses(&place, 0, &[&format!("`{name}`"), says]);
    }
}
