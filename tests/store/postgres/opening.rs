//! Opening: migrations up, down, at once and interrupted; what is refused, and in which words.

use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
use auth_core::__internal::{Maintenance, SessionStore};
use auth_core::store::OpenError;
use tests::postgres::Cluster;

use super::support::{Fresh, Plain};
use crate::common_upgrade;

const DOWN: [&str; 5] = [
    include_str!("../../../migrations/postgres/2026-11-30-000005_factors/down.sql"),
    include_str!("../../../migrations/postgres/2026-11-29-000004_tickets/down.sql"),
    include_str!("../../../migrations/postgres/2026-11-29-000003_rotation_names/down.sql"),
    include_str!("../../../migrations/postgres/2026-11-28-000002_user_counters/down.sql"),
    include_str!("../../../migrations/postgres/2026-11-23-000001_auth_tables/down.sql"),
];

fn config(url: &str) -> PostgresConfig {
    PostgresConfig {
        pool_size: 2,
        ..PostgresConfig::new(url)
    }
}

/// What is in the schema, apart from Diesel's own table.
async fn tables(conn: &Plain) -> Vec<String> {
    conn.column(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
            AND relname NOT LIKE '\\_\\_diesel%' ORDER BY 1",
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_all_succeed() {
    for _ in 0..3 {
        let url = Cluster::shared().fresh_database();
        let opening = [(); 8].map(|()| tokio::spawn(PostgresStore::open(config(&url))));
        for opened in opening {
            opened.await.expect("no panic").expect("every task opens it");
        }
        assert_eq!(tables(&Plain::to(&url).await).await.len(), 8);
    }
}

#[tokio::test]
async fn migrating_again_does_nothing_and_down_leaves_nothing() {
    let url = Cluster::shared().fresh_database();
    let conn = Plain::to(&url).await;
    for applied in [5, 0] {
        let migrated = PostgresStore::migrate(&config(&url)).await;
        assert_eq!(migrated.expect("the migration runs"), applied);
    }
    // What `diesel migration revert` does.
    for down in DOWN {
        conn.run(down).await;
    }
    conn.run("DELETE FROM __diesel_schema_migrations").await;
    assert_eq!(tables(&conn).await, Vec::<String>::new());
    let functions = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'auth\\_%'";
    assert_eq!(conn.one(functions).await, "0");
    assert_eq!(PostgresStore::migrate(&config(&url)).await.expect("and up again"), 5);
}

#[tokio::test]
async fn live_sessions_of_the_schema_before_go_on() {
    let fresh = Fresh::new().await;
    let by_way_of_before = async || {
        let conn = fresh.connection().await;
        conn.run(DOWN[0]).await;
        conn.run("DELETE FROM __diesel_schema_migrations WHERE version = '20261130000005'")
            .await;
        fresh.another().await
    };
    common_upgrade::live_sessions_go_on(&fresh.store, by_way_of_before).await;
}

#[tokio::test]
async fn live_sessions_of_the_first_schema_go_on() {
    let fresh = Fresh::new().await;
    let by_way_of_before = async || {
        let conn = fresh.connection().await;
        for down in &DOWN[..4] {
            conn.run(down).await;
        }
        conn.run(
            "DELETE FROM __diesel_schema_migrations WHERE version IN ('20261128000002', '20261129000003', '20261129000004', '20261130000005');
             UPDATE auth_cutoffs SET pending = true",
        )
        .await;
        fresh.another().await
    };
    common_upgrade::live_sessions_go_on(&fresh.store, by_way_of_before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_migration_leaves_nothing_and_can_be_run_again() {
    let url = Cluster::shared().fresh_database();
    let conn = Plain::to(&url).await;
    // Holds the migration at its last table.
    let holder = Plain::to(&url).await;
    holder.run("BEGIN; CREATE TABLE auth_users (mine text)").await;
    let migrating = tokio::spawn({
        let config = config(&url);
        async move { PostgresStore::migrate(&config).await }
    });
    conn.until_waiting(1).await;
    conn.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        .await;
    let failed = migrating.await.expect("no panic").expect_err("it was killed");
    assert!(matches!(failed, OpenError::Migration { .. }), "{failed:?}");
    holder.run("ROLLBACK").await;
    assert_eq!(tables(&conn).await, Vec::<String>::new());
    PostgresStore::open(config(&url))
        .await
        .expect("and it can be run again");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let url = Cluster::shared().fresh_database();
    let conn = Plain::to(&url).await;
    conn.run("CREATE TABLE auth_users (mine text)").await;
    let failed = PostgresStore::open(config(&url)).await.expect_err("the name is taken");
    assert!(matches!(failed, OpenError::Migration { .. }), "{failed:?}");
    assert_eq!(tables(&conn).await, ["auth_users"]);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let fresh = Fresh::new().await;
    fresh.connection().await.run("UPDATE auth_schema SET version = 7").await;
    for migrate in [true, false] {
        let config = PostgresConfig {
            migrate,
            ..config(&fresh.url)
        };
        let refused = PostgresStore::open(config).await.expect_err("it is newer");
        assert!(
            matches!(refused, OpenError::SchemaTooNew { found: 7, known: 5, .. }),
            "{refused:?}"
        );
    }
    assert_eq!(
        fresh.connection().await.one("SELECT version FROM auth_schema").await,
        "7"
    );
}

#[tokio::test]
async fn without_migrating_a_missing_schema_is_refused() {
    let url = Cluster::shared().fresh_database();
    let manual = || PostgresConfig {
        migrate: false,
        ..config(&url)
    };
    let refused = PostgresStore::open(manual()).await.expect_err("there is no schema");
    assert!(matches!(refused, OpenError::SchemaMissing(_)), "{refused:?}");
    assert!(refused.to_string().contains("the `migrate` command"), "{refused}");
    PostgresStore::migrate(&manual()).await.expect("the migration runs");
    PostgresStore::open(manual()).await.expect("now there is");
}

#[tokio::test]
async fn a_user_who_may_not_create_tables_opens_a_schema_that_is_up_to_date() {
    let fresh = Fresh::new().await;
    fresh
        .connection()
        .await
        .run(
            "DO $$ BEGIN CREATE ROLE lowly LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT SELECT, INSERT, UPDATE, DELETE ON auth_sessions, auth_accounts, auth_users, auth_schema TO lowly",
        )
        .await;
    let url = fresh.url.replace("postgres@", "lowly@");
    let store = PostgresStore::open(config(&url))
        .await
        .expect("nothing is to be created");
    let ann = fresh.sign_in().await;
    let found = SessionStore::find(&store, ann.session.id)
        .await
        .expect("the store answers");
    assert_eq!(found, Some(ann.session));
}

/// Diesel writes the application's migrations into the same table as ours.
#[tokio::test]
async fn an_application_keeps_its_tables_and_migrations_in_the_same_database() {
    let url = Cluster::shared().fresh_database();
    Plain::to(&url)
        .await
        .run(
            "CREATE TABLE __diesel_schema_migrations (
                 version VARCHAR(50) PRIMARY KEY NOT NULL,
                 run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
             );
             INSERT INTO __diesel_schema_migrations (version) VALUES ('20200101000000'), ('20991231000000');
             CREATE TABLE reports (id integer PRIMARY KEY);",
        )
        .await;
    let store = PostgresStore::open(config(&url)).await.expect("the migrations run");
    store.ping().await.expect("the store answers");
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_named_without_the_password() {
    let port = Cluster::shared().port();
    for (url, says) in [
        ("postgres://ann:hunter2@127.0.0.1:1/app".to_owned(), "refused"),
        (
            format!("postgres://postgres:hunter2@127.0.0.1:{port}/nowhere"),
            "does not exist",
        ),
        (
            format!("postgres://nobody:hunter2@127.0.0.1:{port}/postgres"),
            "does not exist",
        ),
        (
            format!("postgres://postgres:hunter2@127.0.0.1:{port}/postgres?sslmode=require"),
            "TLS",
        ),
    ] {
        let refused = PostgresStore::open(config(&url))
            .await
            .expect_err("it cannot be reached");
        let said = format!("{refused} {refused:?}");
        assert!(said.contains(says) && !said.contains("hunter2"), "{said}");
        assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    }
}

#[tokio::test]
async fn the_tables_refuse_rows_that_cannot_be() {
    let fresh = Fresh::new().await;
    let conn = fresh.connection().await;
    let session = |columns: &str, values: &str| {
        format!(
            "INSERT INTO auth_sessions (id, user_id, current, current_since, created_at, auth_time, idle_until{columns}) \
             VALUES (gen_random_uuid(), 'ann', 5, 0, 0, 0, 0{values})"
        )
    };
    let hash = "decode(repeat('00', 32), 'hex')";
    for (columns, values, why) in [
        (
            ", secret_hash, previous, expires_at",
            ", '\\x00', 4, 1000".to_owned(),
            "a short hash",
        ),
        (
            ", secret_hash, previous, expires_at",
            format!(", {hash}, 5, 1000"),
            "a previous token that is the current one",
        ),
        (
            ", secret_hash, previous, expires_at",
            format!(", {hash}, -2, 1000"),
            "a previous token before the first",
        ),
        (
            ", secret_hash, previous, expires_at",
            format!(", {hash}, 4, 1001"),
            "an end between two seconds",
        ),
        (
            ", secret_hash, previous, expires_at",
            format!(", {hash}, 4, -1000"),
            "idle longer than alive",
        ),
        (
            ", secret_hash, previous, expires_at, revoked_at",
            format!(", {hash}, 4, 1000, 5"),
            "revoked without a reason",
        ),
        (
            ", secret_hash, previous, expires_at, outcome",
            format!(", {hash}, 4, 1000, 'reused'"),
            "reused and still live",
        ),
    ] {
        assert!(conn.try_run(&session(columns, &values)).await.is_err(), "{why}");
    }
    conn.run(&session(
        ", secret_hash, previous, expires_at",
        &format!(", {hash}, 4, 1000"),
    ))
    .await;
    let visible = conn.one("SELECT live FROM auth_sessions_readable").await;
    assert_eq!(visible, "f", "operators see that it is over");
}
