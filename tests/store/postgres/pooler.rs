//! Behind pgbouncer: nothing is missed on a connection that is lent for a transaction, and nothing
//! is left on it.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
use auth_core::__internal::{Maintenance, ManagedAccounts, Store};
use auth_core::config::Pooler;
use auth_core::store::OpenError;
use auth_core::testing::store_suite::Harness;
use tests::pgbouncer::Pgbouncer;
use tests::postgres::Cluster;

use super::support::{Plain, open};

mod with_built_in_accounts {
    auth_core::contract_suite!(super::lent);
    auth_core::accounts_contract_suite!(super::lent);
}

struct Lent(PostgresStore);

async fn lent() -> Lent {
    let url = Pgbouncer::shared().url(&Cluster::shared().fresh_database());
    Lent(open(&url, |config| config.pooler = Pooler::Transaction).await)
}

#[async_trait]
impl Harness for Lent {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }

    fn accounts(&self) -> Option<Arc<dyn ManagedAccounts>> {
        Some(Arc::new(self.0.clone()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pooler_in_transaction_mode_that_nobody_named_is_refused_and_left_clean() {
    let url = Pgbouncer::shared().url(&Cluster::shared().fresh_database());
    for opened in [
        PostgresStore::open(PostgresConfig::new(url.clone())).await.map(drop),
        PostgresStore::migrate(&PostgresConfig::new(url.clone()))
            .await
            .map(drop),
    ] {
        let refused = opened.expect_err("it is found out");
        assert!(matches!(refused, OpenError::TransactionPooler(_)), "{refused}");
        assert!(refused.to_string().contains("`auth.postgres.pooler`"), "{refused}");
    }
    let conn = Plain::to(&url).await;
    let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE 'auth\\_%'";
    assert_eq!(conn.one(tables).await, "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pooler_in_session_mode_is_like_none() {
    let pgbouncer = Pgbouncer::start(Cluster::shared(), "session");
    let url = pgbouncer.url(&Cluster::shared().fresh_database());
    // One connection: pgbouncer has four.
    let store = open(&url, |config| config.pool_size = 1).await;
    store.ping().await.expect("it answers");
}

/// Each pass takes one of the pooler's connections, and checks each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_left_on_a_connection_that_was_lent() {
    let url = Pgbouncer::shared().url(&Cluster::shared().fresh_database());
    let store = open(&url, |config| config.pooler = Pooler::Transaction).await;
    let config = PostgresConfig {
        pooler: Pooler::Transaction,
        ..PostgresConfig::new(url.clone())
    };
    let for_application = PostgresStore::connect(&config).await.expect("it lets us in");
    let asking = (0..64).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.ping().await })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.expect("no panic").expect("it answers");
    }
    drop(for_application);

    let mut strangers = Vec::new();
    for _ in 0..4 {
        strangers.push(Plain::to(&url).await);
    }
    // All at once in a transaction, so that each holds another connection.
    for stranger in &strangers {
        stranger.run("BEGIN").await;
    }
    for stranger in &strangers {
        let prepared = stranger.one("SELECT count(*) FROM pg_prepared_statements").await;
        assert_eq!(prepared, "0", "statements that another client prepared");
        let set = "SELECT count(*) FROM pg_settings WHERE source = 'session' AND name NOT IN
                   ('TimeZone', 'DateStyle', 'application_name', 'client_encoding', 'standard_conforming_strings',
                    'transaction_isolation', 'transaction_read_only', 'transaction_deferrable')";
        assert_eq!(stranger.one(set).await, "0", "settings that another client set");
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(stranger.one(locks).await, "0", "locks that another client holds");
    }
    for stranger in &strangers {
        stranger.run("ROLLBACK").await;
    }
}
