//! A fresh database per test, with people to act on it.

use std::time::Duration;

use auth_core::__internal::redis::{RedisConfig, RedisStore};
use auth_core::UserId;
use redis::{Connection, cmd};
use tests::redis::{Server, connection};

use crate::support::{Login, sign_in};

/// A store on a database of its own, on the server that all tests share.
pub struct Fresh {
    pub store: RedisStore,
    pub url: String,
}

impl Fresh {
    pub async fn new() -> Fresh {
        let url = Server::shared().fresh_database();
        Fresh {
            store: open_patient(&url).await,
            url,
        }
    }

    /// A store that waits as long as one does by default.
    pub async fn on(server: &Server) -> Fresh {
        let url = server.fresh_database();
        Fresh {
            store: open(&url).await,
            url,
        }
    }

    /// The same database through a store of its own: another process, as far as Redis is concerned.
    pub async fn another(&self) -> RedisStore {
        open_patient(&self.url).await
    }

    /// A plain connection, past the store.
    pub fn connection(&self) -> Connection {
        connection(&self.url)
    }

    pub async fn sign_in(&self) -> Login {
        self.sign_in_as(&UserId::random()).await
    }

    pub async fn sign_in_as(&self, user: &UserId) -> Login {
        sign_in(&self.store, user).await
    }
}

/// A busy machine may take long to answer; the wait is not what most tests are about.
async fn open_patient(url: &str) -> RedisStore {
    let mut config = RedisConfig::from_url(url).expect("a URL");
    config.wait = Duration::from_secs(30);
    RedisStore::open(config).await.expect("the server is safe")
}

/// A store that waits as long as one does by default.
pub async fn open(url: &str) -> RedisStore {
    let config = RedisConfig::from_url(url).expect("a URL");
    RedisStore::open(config).await.expect("the server is safe")
}

pub fn keys(connection: &mut Connection) -> Vec<String> {
    cmd("KEYS").arg("*").query(connection).expect("an answer")
}
