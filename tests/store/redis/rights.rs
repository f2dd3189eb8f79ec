//! The rights that docs/redis.md gives are those that the store needs: all of them, and each.

use auth_core::__internal::redis::{OpenError, RedisConfig, RedisStore};
use auth_core::__internal::{Maintenance, RevocationLog, SessionStore};
use redis::cmd;
use tests::redis::{Server, connection};

use crate::support::{RECOVERABLE, sign_in};

const PAGE: &str = include_str!("../../../docs/redis.md");

/// The words behind `ACL` on the page.
fn rights() -> Vec<&'static str> {
    let (_, block) = PAGE.split_once("```text\nACL ").expect("the page has the rights");
    let (block, _) = block.split_once("```").expect("the block ends");
    block.split_whitespace().collect()
}

/// The URL of a user with these rights and no others.
fn user(url: &str, name: &str, rights: &[&str]) -> String {
    let rights = rights.iter().map(|&word| match word {
        "app" => name,
        ">password" => ">secret",
        word => word,
    });
    let mut given = cmd("ACL");
    for word in rights {
        given.arg(word);
    }
    given.exec(&mut connection(url)).expect("Redis takes it");
    url.replace("redis://", &format!("redis://{name}:secret@"))
}

#[test]
fn the_page_lists_what_the_store_names() {
    let listed: Vec<&str> = rights().into_iter().filter_map(|word| word.strip_prefix('+')).collect();
    assert_eq!(listed, RedisStore::COMMANDS);
}

#[tokio::test]
async fn with_the_rights_of_the_page_everything_works() {
    let server = Server::start();
    // Not the first database, so that it has to be selected.
    server.fresh_database();
    let url = user(&server.fresh_database(), "app", &rights());
    let store = RedisStore::open(RedisConfig::from_url(&url).expect("a URL")).await;
    let store = store.expect("the rights suffice");
    let _changes = store.changes();
    let ann = auth_core::UserId::random();
    let login = sign_in(&store, &ann).await;
    let rotated = store.rotate(login.presents(0), RECOVERABLE).await;
    rotated.expect("it rotates");
    store.list(&ann, 10).await.expect("it lists");
    store.now().await.expect("it has the time");
    store.ping().await.expect("it answers");
}

#[tokio::test]
async fn without_any_one_of_them_the_start_names_it() {
    let server = Server::start();
    server.fresh_database();
    let url = server.fresh_database();
    for (n, command) in RedisStore::COMMANDS.iter().enumerate() {
        let missing = format!("+{command}");
        let left: Vec<&str> = rights().into_iter().filter(|word| *word != missing).collect();
        let url = user(&url, &format!("app{n}"), &left);
        let opened = RedisStore::open(RedisConfig::from_url(&url).expect("a URL")).await;
        let error = opened.expect_err(command);
        let said = error.to_string().to_lowercase();
        let named = command.split('|').next().expect("a word");
        assert!(said.contains(named), "without {command}: {said}");
        if !["config|get", "info", "select"].contains(command) {
            assert!(matches!(error, OpenError::Forbidden(_)), "{error:?}");
        }
    }
}
