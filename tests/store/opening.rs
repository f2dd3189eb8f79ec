//! Opening: files, schema versions, migrations.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

use auth_core::__internal::sqlite::{SqliteConfig, SqliteStore};
use auth_core::__internal::{Maintenance, SystemClock};
use auth_core::store::{OpenError, StoreError};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tempfile::tempdir;

use crate::common_upgrade;
use crate::support::Fresh;

const DOWN: [&str; 5] = [
    include_str!("../../migrations/sqlite/2026-11-30-000005_factors/down.sql"),
    include_str!("../../migrations/sqlite/2026-11-29-000004_tickets/down.sql"),
    include_str!("../../migrations/sqlite/2026-11-29-000003_rotation_names/down.sql"),
    include_str!("../../migrations/sqlite/2026-11-28-000002_user_counters/down.sql"),
    include_str!("../../migrations/sqlite/2026-11-23-000001_auth_tables/down.sql"),
];

fn open(config: SqliteConfig) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(config, Arc::new(SystemClock))
}

fn connect(path: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(path.to_str().expect("the path is UTF-8")).expect("the file opens");
    conn.batch_execute("PRAGMA busy_timeout = 30000").expect("a setting");
    conn
}

fn execute(path: &Path, sql: &str) {
    connect(path).batch_execute(sql).expect("the statement is right");
}

fn tables(path: &Path) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'auth_%' ORDER BY name";
    let names = diesel::sql_query(sql).load::<Name>(&mut connect(path));
    names.expect("a query").into_iter().map(|row| row.name).collect()
}

#[cfg(unix)]
#[test]
fn a_new_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let fresh = Fresh::new();
    for file in ["auth.db", "auth.db-wal", "auth.db-shm"] {
        let mode = fs::metadata(fresh.directory().join(file))
            .expect("the file is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn any_file_name_is_taken_literally() {
    let directory = tempdir().expect("a temporary directory");
    for name in [
        "a b.db",
        "100%25.db",
        "what?.db",
        "#1.db",
        "ä.db",
        "file:x.db",
        "a&mode=memory.db",
    ] {
        let path = directory.path().join(name);
        let store = open(SqliteConfig::new(&path)).expect("the database opens");
        assert_eq!(store.path(), path);
        store.ping().await.expect("reads go to the same file");
        assert_eq!(tables(&path).len(), 7, "{name}");
    }
    let databases = fs::read_dir(directory.path()).expect("the directory").filter(|entry| {
        entry
            .as_ref()
            .expect("an entry")
            .path()
            .extension()
            .is_some_and(|extension| extension == "db")
    });
    assert_eq!(databases.count(), 7);
}

#[test]
fn what_is_no_file_is_refused_by_name() {
    let directory = tempdir().expect("a temporary directory");
    for path in [":memory:", "", "file::memory:"] {
        let refused = open(SqliteConfig::new(path));
        assert!(matches!(refused, Err(OpenError::NotAFile(_))), "{refused:?}");
    }
    let missing = directory.path().join("missing/auth.db");
    let refused = open(SqliteConfig::new(&missing)).expect_err("the directory is missing");
    assert!(matches!(refused, OpenError::NoDirectory(_)), "{refused:?}");
    assert!(
        refused
            .to_string()
            .contains(missing.to_str().expect("the path is UTF-8")),
        "{refused}"
    );
    // A directory, a text, and a file where a directory should be.
    let text = directory.path().join("text.db");
    fs::write(
        &text,
        "This is no database, but it is long enough to look like one. ".repeat(20),
    )
    .expect("it is written");
    for path in [directory.path(), &text, &text.join("auth.db")] {
        let refused = open(SqliteConfig::new(path)).expect_err("it is no database");
        assert!(
            refused.to_string().contains(path.to_str().expect("the path is UTF-8")),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_database_that_was_removed_is_an_error_and_not_made_anew() {
    let fresh = Fresh::new();
    for file in ["auth.db", "auth.db-wal", "auth.db-shm"] {
        fs::remove_file(fresh.directory().join(file)).expect("the file was there");
    }
    let error = fresh.store.ping().await.expect_err("there is nothing to read");
    assert!(matches!(error, StoreError::Displaced(_)), "{error:?}");
    assert!(!fresh.store.path().exists());
}

// security: Launch: a schema newer than the program
#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let fresh = Fresh::new();
    execute(fresh.store.path(), "UPDATE auth_schema SET version = 7");
    for migrate in [true, false] {
        let refused = open(SqliteConfig {
            migrate,
            ..SqliteConfig::new(fresh.store.path())
        })
        .expect_err("it is newer");
        assert!(
            matches!(refused, OpenError::SchemaTooNew { found: 7, known: 5, .. }),
            "{refused:?}"
        );
    }
    let refused = SqliteStore::migrate(&SqliteConfig::new(fresh.store.path())).expect_err("it is newer");
    assert!(matches!(refused, OpenError::SchemaTooNew { .. }), "{refused:?}");
}

#[test]
fn without_migrating_a_missing_schema_is_refused_and_no_file_is_made() {
    let directory = tempdir().expect("a temporary directory");
    let config = SqliteConfig {
        migrate: false,
        ..SqliteConfig::new(directory.path().join("auth.db"))
    };
    let refused = open(config.clone()).expect_err("there is no schema");
    assert!(matches!(refused, OpenError::SchemaMissing(_)), "{refused:?}");
    let text = refused.to_string();
    assert!(
        text.contains("the `migrate` command") && text.contains("auth.migrate"),
        "{text}"
    );
    assert!(!config.path.exists());

    execute(&config.path, "CREATE TABLE notes (text TEXT)");
    let refused = open(config.clone()).expect_err("there is a file, but no schema in it");
    assert!(matches!(refused, OpenError::SchemaMissing(_)), "{refused:?}");

    assert_eq!(SqliteStore::migrate(&config).expect("the migrations run"), 5);
    assert_eq!(SqliteStore::migrate(&config).expect("there is nothing to do"), 0);
    open(config).expect("now there is");
}

#[test]
fn stores_that_start_at_once_all_succeed() {
    for _ in 0..5 {
        let directory = tempdir().expect("a temporary directory");
        let config = SqliteConfig::new(directory.path().join("auth.db"));
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            let opening = [(); 8].map(|()| {
                scope.spawn(|| {
                    barrier.wait();
                    open(config.clone())
                })
            });
            for opened in opening {
                opened
                    .join()
                    .expect("opening does not panic")
                    .expect("every thread opens it");
            }
        });
        assert_eq!(tables(&config.path).len(), 7);
    }
}

#[test]
fn a_migration_that_fails_leaves_nothing_behind() {
    let directory = tempdir().expect("a temporary directory");
    let config = SqliteConfig::new(directory.path().join("auth.db"));
    // The last table of the migration is there already, with another meaning.
    execute(&config.path, "CREATE TABLE auth_users (mine TEXT)");
    let failed = open(config.clone()).expect_err("the name is taken");
    assert!(matches!(failed, OpenError::Migration { .. }), "{failed:?}");
    assert_eq!(tables(&config.path), ["auth_users"]);

    execute(&config.path, "DROP TABLE auth_users");
    open(config).expect("and it can be run again");
}

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    let fresh = Fresh::new();
    fresh.sign_in().await;
    fresh.store.close().await;
    // What `diesel migration revert` does.
    DOWN.iter().for_each(|down| execute(fresh.store.path(), down));
    execute(fresh.store.path(), "DELETE FROM __diesel_schema_migrations");
    assert_eq!(tables(fresh.store.path()), Vec::<String>::new());
    let again = fresh.another();
    assert_eq!(tables(again.path()).len(), 7);
}

#[tokio::test]
async fn live_sessions_of_the_schema_before_go_on() {
    let fresh = Fresh::new();
    let by_way_of_before = async || {
        fresh.store.close().await;
        execute(fresh.store.path(), DOWN[0]);
        execute(
            fresh.store.path(),
            "DELETE FROM __diesel_schema_migrations WHERE version = '20261130000005'",
        );
        fresh.another()
    };
    common_upgrade::live_sessions_go_on(&fresh.store, by_way_of_before).await;
}

#[tokio::test]
async fn live_sessions_of_the_first_schema_go_on() {
    let fresh = Fresh::new();
    let by_way_of_before = async || {
        fresh.store.close().await;
        DOWN[..4].iter().for_each(|down| execute(fresh.store.path(), down));
        execute(
            fresh.store.path(),
            "DELETE FROM __diesel_schema_migrations WHERE version IN ('20261128000002', '20261129000003', '20261129000004', '20261130000005');
             UPDATE auth_cutoffs SET at = unixepoch() * 1000",
        );
        fresh.another()
    };
    common_upgrade::live_sessions_go_on(&fresh.store, by_way_of_before).await;
}

/// Diesel writes the application's migrations into the same table as ours.
#[tokio::test]
async fn an_application_keeps_its_tables_and_migrations_in_the_same_database() {
    let directory = tempdir().expect("a temporary directory");
    let config = SqliteConfig::new(directory.path().join("app.db"));
    execute(
        &config.path,
        "CREATE TABLE __diesel_schema_migrations (
             version VARCHAR(50) PRIMARY KEY NOT NULL,
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
         );
         INSERT INTO __diesel_schema_migrations (version) VALUES ('20200101000000'), ('20991231000000');
         CREATE TABLE reports (id INTEGER PRIMARY KEY);",
    );
    for applied in [5, 0] {
        assert_eq!(
            SqliteStore::migrate(&config).expect("the library's migrations run"),
            applied
        );
    }
    let store = open(config.clone()).expect("the database opens");
    store.ping().await.expect("the store answers");
    execute(
        &config.path,
        "DELETE FROM __diesel_schema_migrations WHERE version NOT LIKE '202611%'; DROP TABLE reports;",
    );
    open(config).expect("and again when the application's are gone");
}

#[test]
fn the_tables_refuse_rows_that_cannot_be() {
    let fresh = Fresh::new();
    let mut conn = fresh.connection();
    let session = |columns: &str, values: &str| {
        format!(
            "INSERT INTO auth_sessions (id, user_id, current, current_since, created_at, auth_time, idle_until{columns}) \
             VALUES ('{}', 'ann', 5, 0, 0, 0, 0{values})",
            "x".repeat(36)
        )
    };
    let good = (", secret_hash, previous, expires_at", ", zeroblob(32), 4, 1000");
    for (columns, values, why) in [
        (
            ", secret_hash, previous, expires_at",
            ", zeroblob(16), 4, 1000",
            "a short hash",
        ),
        (
            ", secret_hash, previous, expires_at",
            ", 'a text of thirty-two characters.', 4, 1000",
            "a text as hash",
        ),
        (
            ", secret_hash, previous, expires_at",
            ", zeroblob(32), 5, 1000",
            "a previous token that is the current one",
        ),
        (
            ", secret_hash, previous, expires_at",
            ", zeroblob(32), -2, 1000",
            "a previous token before the first",
        ),
        (
            ", secret_hash, previous, expires_at",
            ", zeroblob(32), 4, 1001",
            "an end between two seconds",
        ),
        (
            ", secret_hash, previous, expires_at",
            ", zeroblob(32), 4, -1000",
            "idle longer than alive",
        ),
        (
            ", secret_hash, previous, expires_at, revoked_at",
            ", zeroblob(32), 4, 1000, 5",
            "revoked without a reason",
        ),
        (
            ", secret_hash, previous, expires_at, revoked_why",
            ", zeroblob(32), 4, 1000, 'reuse'",
            "a reason without a time",
        ),
        (
            ", secret_hash, previous, expires_at, outcome",
            ", zeroblob(32), 4, 1000, 'reused'",
            "reused and still live",
        ),
        (
            ", secret_hash, previous, expires_at, outcome",
            ", zeroblob(32), 4, 1000, 'perhaps'",
            "an unknown outcome",
        ),
    ] {
        assert!(conn.batch_execute(&session(columns, values)).is_err(), "{why}");
    }
    conn.batch_execute(&session(good.0, good.1))
        .expect("the control: a row that can be");
    conn.batch_execute("INSERT INTO auth_schema (id, version) VALUES (2, 1)")
        .expect_err("one version only");
    for roles in ["admin", "{}", "\"admin\""] {
        let account = format!("INSERT INTO auth_accounts VALUES ('1', 'a@b', 'a@b', 'hash', '{roles}', NULL, 0, 0)");
        conn.batch_execute(&account).expect_err("roles are an array");
    }
}
