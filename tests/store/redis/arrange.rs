//! A fresh database per test, with people to act on it.

use auth_core::account::UserId;
use auth_core::store::redis::{RedisConfig, RedisStore};
use auth_core::store::{Rotation, SessionStore};
use redis::{Connection, cmd};
use tests::redis::{Server, connection};

use crate::support::{Login, RECOVERABLE, new_session};

/// A store on a database of its own, on the server that all tests share.
pub struct Fresh {
    pub store: RedisStore,
    pub url: String,
}

impl Fresh {
    pub async fn new() -> Fresh {
        Fresh::on(Server::shared()).await
    }

    pub async fn on(server: &Server) -> Fresh {
        let url = server.fresh_database();
        Fresh {
            store: open(&url).await,
            url,
        }
    }

    /// The same database through a store of its own: another process, as far as Redis is concerned.
    pub async fn another(&self) -> RedisStore {
        open(&self.url).await
    }

    /// A plain connection, past the store.
    pub fn connection(&self) -> Connection {
        connection(&self.url)
    }

    pub async fn sign_in(&self) -> Login {
        self.sign_in_as(&UserId::random()).await
    }

    pub async fn sign_in_as(&self, user: &UserId) -> Login {
        let (new, secret) = new_session(user);
        let created = self.store.create(new).await.expect("the store answers");
        Login {
            session: created.expect("nobody asks for an account").session,
            secret,
        }
    }
}

pub async fn open(url: &str) -> RedisStore {
    let config = RedisConfig::from_url(url).expect("a URL");
    RedisStore::open(config).await.expect("the server is safe")
}

pub async fn present(store: &RedisStore, login: &Login, seq: i64) -> Rotation {
    let rotation = store.rotate(login.presents(seq), RECOVERABLE).await;
    rotation.expect("the store answers")
}

pub fn keys(connection: &mut Connection) -> Vec<String> {
    cmd("KEYS").arg("*").query(connection).expect("an answer")
}
