//! Notifications to another node: that something changed, and nothing else.

use std::time::Duration;

use auth_core::__internal::redis::RedisStore;
use auth_core::__internal::{Changes, RevocationLog, SessionStore};
use auth_core::UserId;
use auth_core::session::RevocationReason;
use redis::cmd;
use tokio::time::timeout;

use super::arrange::Fresh;
use crate::support::judged;

/// Another node, from the moment on at which it listens.
async fn listening(fresh: &Fresh) -> (RedisStore, Changes) {
    let store = fresh.another().await;
    let mut changes = store.changes().expect("it hears of changes");
    // It may have missed what came before.
    next(&mut changes).await;
    (store, changes)
}

async fn next(changes: &mut Changes) {
    let heard = timeout(Duration::from_secs(30), changes.changed()).await;
    heard.expect("something is told").expect("it listens");
}

#[tokio::test]
async fn every_way_to_revoke_is_heard_and_stands_in_the_feed() {
    let fresh = Fresh::new().await;
    let (store, mut changes) = listening(&fresh).await;
    let ann = UserId::random();

    let logout = fresh.sign_in().await;
    let done = fresh
        .store
        .revoke(logout.session.id, None, RevocationReason::Logout)
        .await;
    assert!(done.expect("the store answers"));
    next(&mut changes).await;

    let reuse = fresh.sign_in().await;
    for generation in [0, 1, 0] {
        judged(reuse.present(&fresh.store, generation).await);
    }
    next(&mut changes).await;

    let replaced = fresh.sign_in().await;
    let (mut new, _) = crate::support::new_session(&ann);
    new.replaces = Some((
        replaced.session.id,
        auth_core::__internal::SecretHash::of(&replaced.secret),
    ));
    let created = fresh.store.create(new).await.expect("the store answers");
    assert_eq!(created.expect("it was made").replaced, Some(replaced.session.id));
    next(&mut changes).await;

    let counters = fresh.store.end_epoch(&ann).await.expect("the store answers").counters;
    next(&mut changes).await;

    let told = store
        .revoked_since(logout.session.created_at)
        .await
        .expect("the store answers");
    let told: Vec<_> = told.into_iter().map(|revocation| revocation.session).collect();
    assert_eq!(told, [logout.session.id, reuse.session.id, replaced.session.id]);
    let told = store
        .users_changed_since(logout.session.created_at)
        .await
        .expect("the store answers");
    let told: Vec<_> = told
        .into_iter()
        .map(|changed| (changed.user, changed.counters))
        .collect();
    assert_eq!(told, [(ann, counters)]);
}

/// Channels are shared by all databases of a server.
#[tokio::test]
async fn nothing_is_heard_of_another_database() {
    let (fresh, elsewhere) = (Fresh::new().await, Fresh::new().await);
    let (_store, mut changes) = listening(&fresh).await;
    let other = elsewhere.store.change_roles_version(&UserId::random()).await;
    other.expect("the store answers");
    let more = timeout(Duration::from_millis(300), changes.changed()).await;
    assert!(more.is_err(), "that was another database");
    let ann = fresh.sign_in().await;
    let done = fresh.store.revoke(ann.session.id, None, RevocationReason::Logout).await;
    assert!(done.expect("the store answers"));
    next(&mut changes).await;
}

/// A client that can only publish can make nodes read the keys, and nothing else.
#[tokio::test]
async fn a_message_is_a_reason_to_read_whatever_is_in_it() {
    let fresh = Fresh::new().await;
    let (_store, mut changes) = listening(&fresh).await;
    for message in ["", "revoked", "revoked x 1", "renamed ann 1"] {
        let channels: Vec<String> = cmd("PUBSUB")
            .arg("CHANNELS")
            .query(&mut fresh.connection())
            .expect("an answer");
        let number = fresh.url.rsplit('/').next().expect("a database");
        let ours = channels.iter().find(|name| name.ends_with(&format!(":{number}")));
        cmd("PUBLISH")
            .arg(ours.expect("a node listens"))
            .arg(message)
            .exec(&mut fresh.connection())
            .expect("an answer");
        next(&mut changes).await;
    }
}

#[tokio::test]
async fn listening_ends_with_the_store() {
    let fresh = Fresh::new().await;
    let (store, mut changes) = listening(&fresh).await;
    drop(store);
    let end = timeout(Duration::from_secs(30), async {
        while changes.changed().await.is_ok() {}
    })
    .await;
    assert!(end.is_ok(), "the sender goes with the store");
}
