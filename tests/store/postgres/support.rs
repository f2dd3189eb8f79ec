//! A fresh database per test, with people to act on it.

use std::time::{Duration, Instant};

use auth_core::__internal::postgres::{PostgresConfig, PostgresStore};
use auth_core::session::Session;
use auth_core::{SessionId, UserId};
use tests::postgres::Cluster;

use crate::support::{Login, find, new_user, sign_in};

/// A store on a database of its own, in the cluster that all tests share.
pub struct Fresh {
    pub store: PostgresStore,
    pub url: String,
}

impl Fresh {
    pub async fn new() -> Fresh {
        Fresh::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut PostgresConfig)) -> Fresh {
        let patient_and_changed = |config: &mut PostgresConfig| {
            be_patient(config);
            change(config);
        };
        Fresh::on(Cluster::shared(), patient_and_changed).await
    }

    /// A store that waits as long as one does by default.
    pub async fn on(cluster: &Cluster, change: impl FnOnce(&mut PostgresConfig)) -> Fresh {
        let url = cluster.fresh_database();
        let store = open(&url, change).await;
        Fresh { store, url }
    }

    /// The same database through a store of its own: another node.
    pub async fn another(&self) -> PostgresStore {
        open(&self.url, be_patient).await
    }

    /// A plain connection, past the store.
    pub async fn connection(&self) -> Plain {
        Plain::to(&self.url).await
    }

    pub async fn user(&self) -> UserId {
        new_user(&self.store).await
    }

    pub async fn sign_in(&self) -> Login {
        self.sign_in_as(&self.user().await).await
    }

    pub async fn sign_in_as(&self, user: &UserId) -> Login {
        sign_in(&self.store, user).await
    }

    pub async fn find(&self, id: SessionId) -> Session {
        find(&self.store, id).await
    }
}

/// A busy machine may take long to answer; the wait is not what most tests are about.
fn be_patient(config: &mut PostgresConfig) {
    config.wait = Duration::from_secs(30);
}

/// A store that waits as long as one does by default, unless `change` says otherwise.
pub async fn open(url: &str, change: impl FnOnce(&mut PostgresConfig)) -> PostgresStore {
    // Many tests share the cluster.
    let mut config = PostgresConfig {
        pool_size: 8,
        ..PostgresConfig::new(url)
    };
    change(&mut config);
    PostgresStore::open(config).await.expect("the database opens")
}

/// A connection that holds locks, or looks at what the store does not show.
pub struct Plain {
    client: tokio_postgres::Client,
}

impl Plain {
    pub async fn to(url: &str) -> Plain {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .expect("the cluster lets us in");
        tokio::spawn(async move {
            let _ended = connection.await;
        });
        Plain { client }
    }

    /// Runs statements.
    pub async fn run(&self, sql: &str) {
        self.client
            .batch_execute(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub async fn try_run(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(sql).await
    }

    /// The first column of every row, as text.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let messages = self.client.simple_query(sql).await;
        let messages = messages.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let rows = messages.into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        });
        rows.collect()
    }

    pub async fn one(&self, sql: &str) -> String {
        self.column(sql).await.into_iter().next().expect("there is a row")
    }

    /// Waits until `count` statements of this database wait for a lock.
    pub async fn until_waiting(&self, count: usize) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let give_up = Instant::now() + Duration::from_secs(30);
        loop {
            let found = self.one(waiting).await;
            if found == count.to_string() {
                return;
            }
            assert!(Instant::now() < give_up, "{found} statements wait, not {count}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
