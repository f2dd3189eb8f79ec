//! Servers that are refused, since sessions would be lost.

use auth_core::__internal::redis::{InvalidUrl, OpenError, RedisConfig, RedisStore};
use redis::cmd;
use tests::redis::{Server, connection};

async fn refused(url: &str) -> OpenError {
    let config = RedisConfig::from_url(url).expect("a URL");
    RedisStore::open(config).await.expect_err("it is refused")
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_acknowledged_is_refused_unless_that_is_accepted() {
    for settings in [
        &["--appendonly", "no"][..],
        &["--appendonly", "yes", "--appendfsync", "everysec"],
        &[
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--no-appendfsync-on-rewrite",
            "yes",
        ],
    ] {
        let server = Server::start_with(settings);
        let url = server.fresh_database();
        let error = refused(&url).await;
        assert!(matches!(error, OpenError::MayLoseWrites { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("appendfsync always") && text.contains("danger_may_lose_writes"),
            "{text}"
        );
        let accepted = RedisConfig::from_url(&format!("{url}?danger_may_lose_writes=true")).expect("a URL");
        RedisStore::open(accepted).await.expect("it was accepted");
    }
}

/// Providers like to forbid `CONFIG`; what cannot be known is not assumed.
#[tokio::test]
async fn a_server_that_does_not_say_is_refused() {
    let server = Server::start();
    let url = server.fresh_database();
    let mut connection = connection(&url);
    cmd("ACL")
        .arg(&["SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config"])
        .exec(&mut connection)
        .expect("an answer");
    let error = refused(&url.replace("redis://", "redis://app:secret@")).await;
    assert!(matches!(error, OpenError::MayLoseWrites { .. }), "{error:?}");
}

#[tokio::test]
async fn an_evicting_server_is_refused() {
    for policy in ["allkeys-lru", "volatile-ttl"] {
        let server = Server::start_with(&[
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--maxmemory-policy",
            policy,
        ]);
        let url = server.fresh_database();
        // Nor is it accepted by accepting something else.
        let error = refused(&format!("{url}?danger_may_lose_writes=true")).await;
        assert!(
            matches!(&error, OpenError::Evicts(found) if found == policy),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_replica_and_a_node_of_a_cluster_are_refused() {
    let primary = Server::start();
    let of = format!("127.0.0.1 {}", primary.port());
    let replica = Server::start_with(&["--replicaof", &of]);
    assert!(matches!(refused(&replica.fresh_database()).await, OpenError::Replica));
    let node = Server::start_with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        "nodes",
        "--databases",
        "1",
    ]);
    assert!(matches!(refused(&node.fresh_database()).await, OpenError::Cluster));
}

#[tokio::test]
async fn no_error_tells_the_password() {
    let server = Server::start_with(&["--requirepass", "correct"]);
    let url = format!("redis://:hunter2@127.0.0.1:{}/0", server.port());
    let error = refused(&url).await;
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    assert!(
        error.to_string().contains("WRONGPASS") || error.to_string().to_lowercase().contains("auth"),
        "{error}"
    );
    let config = RedisConfig::from_url(&url).expect("a URL");
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    drop(server);
    let error = refused(&url).await;
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    for bad in [
        "rediss://:hunter2@host",
        "redis://:hunter2@host/x",
        "redis://:hunter2@host?x=1",
    ] {
        let error: InvalidUrl = RedisConfig::from_url(bad).expect_err("not a URL of ours");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
