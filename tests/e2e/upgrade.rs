//! Databases that programs of the version before the counters of users left behind, and the tokens
//! that clients held then. `upgrade/regenerate` wrote them. The tests move all times in them to the
//! present.

use std::sync::Arc;
use std::time::Duration;

use auth_core::__internal::{Clock, SystemClock};
use auth_core::{Account, SecretString, UserId};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::own_users::OwnUsers;
use tests::postgres::Cluster;

use crate::support::{Options, Server, Session, texts, with_claims};

/// The keys in it were made for it and are used nowhere else.
const CLIENTS: &str = include_str!("upgrade/clients.json");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
    Redis,
}

/// What was left behind, moved to the present.
struct Old {
    server: Server,
    /// What `regenerate` says of it.
    said: Value,
    /// Seconds from then to now.
    shift: i64,
    _folder: TempDir,
}

impl Old {
    /// Served by this version, so long after the other has stopped.
    async fn after(engine: Engine, age: Duration) -> Old {
        let clients: Value = serde_json::from_str(CLIENTS).expect("JSON");
        let name = match engine {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
            Engine::Redis => "redis",
        };
        let said = clients[name].clone();
        let then = said["taken_at"].as_i64().expect("seconds");
        let shift = SystemClock.now().minus(age).secs() - then;
        let moved = |dump: &str| moved(dump, then, shift);
        let folder = tempfile::tempdir().expect("a folder");
        let options = |store: &str| -> Options {
            let key = |name: &str| said["keys_of_this_test_only"][name].as_str().expect("a key").to_owned();
            let options = Server::with_secrets(&key("access"), &key("refresh"));
            options.release().without_people().set("store", store)
        };
        let server = match engine {
            Engine::Sqlite => {
                let file = folder.path().join("auth.db").to_str().expect("UTF-8").to_owned();
                let mut conn = SqliteConnection::establish(&file).expect("the file is made");
                let dump = moved(include_str!("upgrade/sqlite.sql"));
                conn.batch_execute(&dump).expect("the dump is good");
                options(&format!("sqlite://{file}")).start().await
            }
            Engine::Postgres => {
                let url = Cluster::shared().fresh_database();
                load_postgres(&url, &moved(include_str!("upgrade/postgres.sql"))).await;
                options(&url).start().await
            }
            Engine::Redis => {
                let url = tests::redis::Server::shared().fresh_database();
                load_redis(&url, &moved(include_str!("upgrade/redis.jsonl")));
                let users = club(&said["users"]);
                options(&url).accounts(Arc::new(users)).start().await
            }
        };
        Old {
            server,
            said,
            shift,
            _folder: folder,
        }
    }

    /// A token that a client held, as it would be had it been issued as much later.
    fn token(&self, client: &str, kind: &str) -> String {
        let secret = match kind {
            "access" => self.server.access_secret(),
            _ => self.server.refresh_secret(),
        };
        let text = self.said["held"][client][kind].as_str().expect("a token");
        let token = text.rsplit('=').next().expect("the last part");
        let (_, written) = texts(token);
        assert!(!written.contains("epoch") && !written.contains("\"rv\""), "{written}");
        with_claims(token, secret, |claims| {
            for time in ["iat", "exp", "auth_time"] {
                if let Some(then) = claims[time].as_i64() {
                    claims[time] = json!(then + self.shift);
                }
            }
        })
    }

    fn access(&self, client: &str) -> String {
        self.token(client, "access")
    }

    fn refresh_token(&self, client: &str) -> String {
        self.token(client, "refresh")
    }

    /// Ann's browser presents its cookie, and gets one with the name of now.
    async fn browser_refreshes(&self) -> String {
        let name = "__Secure-refresh_token";
        let held = self.said["held"]["ann"]["cookie"].as_str().expect("a cookie");
        assert!(held.starts_with(&format!("{name}=")), "{held}");
        let cookie = format!("{name}={}", self.token("ann", "cookie"));
        let answer = self.server.post("/api/auth/refresh").same_origin().cookie(cookie).await;
        assert!(
            !answer.ok().cookie("__Host-refresh_token").value.is_empty(),
            "{answer:?}"
        );
        answer.field("accessToken")
    }
}

/// The dump with every time in milliseconds moved by `shift` seconds. What is no time has other
/// digits, or more of them.
fn moved(dump: &str, then: i64, shift: i64) -> String {
    let near = (then - 100 * 86_400) * 1000..(then + 100 * 86_400) * 1000;
    let mut text = String::new();
    for part in dump.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        match word.parse::<i64>() {
            Ok(millis) if near.contains(&millis) => {
                text += &(millis + shift * 1000).to_string();
                text += &part[word.len()..];
            }
            _ => text += part,
        }
    }
    text
}

async fn load_postgres(url: &str, dump: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .expect("the cluster lets us in");
    let driver = tokio::spawn(connection);
    client.batch_execute(dump).await.expect("the dump is good");
    drop(client);
    driver.await.expect("no panic").expect("a good end");
}

fn load_redis(url: &str, commands: &str) {
    let mut connection = tests::redis::connection(url);
    for line in commands.lines() {
        let words: Vec<String> = serde_json::from_str(line).expect("words");
        let mut command = redis::cmd(&words[0]);
        command.arg(&words[1..]);
        command
            .query::<redis::Value>(&mut connection)
            .expect("the command is good");
    }
}

/// The users of the application on Redis.
fn club(users: &Value) -> OwnUsers {
    let account = |user: &Value| {
        let text = |name: &str| user[name].as_str().expect("text");
        let id = UserId::new(text("id")).expect("an id");
        let mut account = Account::new(id, text("email"), SecretString::new(text("password_hash")));
        account.disabled = text("disabled") == "1";
        account
    };
    OwnUsers::new(users.as_array().expect("users").iter().map(account))
}

/// A minute after the update.
async fn all_goes_on_as_it_was(engine: Engine) {
    let old = Old::after(engine, Duration::from_secs(60)).await;
    let server = &old.server;
    // Access tokens from before are good.
    for client in ["ann", "eve"] {
        server.me(&old.access(client)).await.ok();
    }
    // Vic's was issued before a change of the roles, bob signed out, and dan's account is disabled.
    server.me(&old.access("vic")).await.refused(401, "token_stale");
    for client in ["bob", "dan"] {
        server.me(&old.access(client)).await.refused(401, "session_revoked");
        let refreshed = server.refresh(&old.refresh_token(client)).await;
        refreshed.refused(401, "session_revoked");
    }
    // Every other client goes on with the token that it has.
    server.me(&old.browser_refreshes().await).await.ok();
    for client in ["eve", "vic"] {
        let refreshed = Session::of(&server.refresh(&old.refresh_token(client)).await);
        let me = server.me(&refreshed.access).await;
        if engine != Engine::Redis {
            assert_eq!(me.ok().json()["roles"], json!(["editor"]), "{client}");
        }
        Session::of(&server.refresh(&refreshed.refresh).await);
    }
    // And with the password, but for dan.
    let domain = if engine == Engine::Redis {
        "club.example"
    } else {
        "example.com"
    };
    let login = |name: &str| {
        let clients: Value = serde_json::from_str(CLIENTS).expect("JSON");
        let login = json!({ "email": format!("{name}@{domain}"), "password": clients["password"], "delivery": "body" });
        server.post("/api/auth/login").json(&login)
    };
    Session::of(&login("bob").await);
    login("dan").await.refused(401, "invalid_credentials");
    // What was used before is found out.
    let used = old.token("ann", "used");
    server.refresh(&used).await.refused(401, "refresh_reuse");
    server.refresh(&used).await.refused(401, "session_revoked");
}

/// Clients that come back an hour after the update: their access tokens are over, their sessions
/// are not.
async fn sessions_outlive_access_tokens(engine: Engine) {
    let old = Old::after(engine, Duration::from_secs(3600)).await;
    for client in ["ann", "vic", "eve"] {
        old.server.me(&old.access(client)).await.refused(401, "token_expired");
    }
    old.server.me(&old.browser_refreshes().await).await.ok();
    for client in ["vic", "eve"] {
        let refreshed = Session::of(&old.server.refresh(&old.refresh_token(client)).await);
        old.server.me(&refreshed.access).await.ok();
    }
    for client in ["bob", "dan"] {
        let refreshed = old.server.refresh(&old.refresh_token(client)).await;
        refreshed.refused(401, "session_revoked");
    }
}

#[tokio::test]
async fn on_sqlite_an_update_ends_and_revives_no_session() {
    all_goes_on_as_it_was(Engine::Sqlite).await;
    sessions_outlive_access_tokens(Engine::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_an_update_ends_and_revives_no_session() {
    all_goes_on_as_it_was(Engine::Postgres).await;
    sessions_outlive_access_tokens(Engine::Postgres).await;
}

#[tokio::test]
async fn on_redis_an_update_ends_and_revives_no_session() {
    all_goes_on_as_it_was(Engine::Redis).await;
    sessions_outlive_access_tokens(Engine::Redis).await;
}
