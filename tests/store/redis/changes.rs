//! What another node hears of at once.

use std::collections::HashSet;

use auth_core::account::UserId;
use auth_core::store::redis::RedisStore;
use auth_core::store::{Change, Changes, Cutoff, Revocation, RevokedWhy, SessionId, SessionStore, Verdict};
use redis::cmd;

use super::arrange::Fresh;
use crate::support::judged;

/// Another node, from the moment on at which it listens.
async fn listening(fresh: &Fresh) -> (RedisStore, Changes) {
    let store = fresh.another().await;
    let mut changes = store.changes().expect("it hears of changes");
    let first = changes.recv().await;
    assert_eq!(first, Ok(Change::Missed), "it may have missed what came before");
    (store, changes)
}

async fn next_revoked(changes: &mut Changes) -> Revocation {
    match changes.recv().await.expect("it listens") {
        Change::Revoked(revocation) => revocation,
        other => panic!("a revocation was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn every_way_to_revoke_is_heard_as_it_stands_in_the_feed() {
    let fresh = Fresh::new().await;
    let (store, mut changes) = listening(&fresh).await;
    let ann = UserId::random();
    let mut heard = Vec::new();

    let logout = fresh.sign_in().await;
    let done = fresh.store.revoke(logout.session.id, None, RevokedWhy::Logout).await;
    assert!(done.expect("the store answers"));
    heard.push(next_revoked(&mut changes).await);
    assert_eq!(heard[0].session, logout.session.id);

    let reuse = fresh.sign_in().await;
    for seq in [0, 1, 0] {
        judged(reuse.present(&fresh.store, seq).await);
    }
    heard.push(next_revoked(&mut changes).await);
    assert_eq!(heard[1].session, reuse.session.id);

    let replaced = fresh.sign_in().await;
    let (mut new, _) = crate::support::new_session(&ann);
    new.replaces = Some((replaced.session.id, auth_core::store::SecretHash::of(&replaced.secret)));
    let created = fresh.store.create(new).await.expect("the store answers");
    assert_eq!(created.expect("it was made").replaced, Some(replaced.session.id));
    heard.push(next_revoked(&mut changes).await);
    assert_eq!(heard[2].session, replaced.session.id);

    fresh.sign_in_as(&ann).await;
    let ended = fresh.store.revoke_user(&ann, None, RevokedWhy::LogoutAll).await;
    let ended: HashSet<SessionId> = ended.expect("the store answers").into_iter().collect();
    let both = [next_revoked(&mut changes).await, next_revoked(&mut changes).await];
    assert_eq!(
        both.iter().map(|revocation| revocation.session).collect::<HashSet<_>>(),
        ended
    );
    heard.extend(both);

    let told = store
        .revoked_since(logout.session.created_at)
        .await
        .expect("the store answers");
    let key = |revocation: &Revocation| (revocation.at, revocation.session);
    heard.sort_by_key(key);
    assert_eq!(told, heard);
}

#[tokio::test]
async fn a_cut_off_is_heard() {
    let fresh = Fresh::new().await;
    let (_store, mut changes) = listening(&fresh).await;
    let ann = UserId::random();
    let at = fresh.store.cut_off(&ann).await.expect("the store answers");
    assert_eq!(changes.recv().await, Ok(Change::CutOff(Cutoff { user: ann, at })));
}

/// Channels are shared by all databases of a server.
#[tokio::test]
async fn nothing_is_heard_of_another_database() {
    let (fresh, elsewhere) = (Fresh::new().await, Fresh::new().await);
    let (_store, mut changes) = listening(&fresh).await;
    elsewhere
        .store
        .cut_off(&UserId::random())
        .await
        .expect("the store answers");
    let ann = fresh.sign_in().await;
    let done = fresh.store.revoke(ann.session.id, None, RevokedWhy::Logout).await;
    assert!(done.expect("the store answers"));
    assert_eq!(next_revoked(&mut changes).await.session, ann.session.id);
}

/// Such as one of a later version.
#[tokio::test]
async fn a_message_that_cannot_be_read_is_a_reason_to_read_the_feed() {
    let fresh = Fresh::new().await;
    let (_store, mut changes) = listening(&fresh).await;
    for message in ["", "revoked", "revoked x 1", "cutoff ann x", "renamed ann 1"] {
        let channels: Vec<String> = cmd("PUBSUB")
            .arg("CHANNELS")
            .query(&mut fresh.connection())
            .expect("an answer");
        let number = fresh.url.rsplit('/').next().expect("a database");
        let ours = channels.iter().find(|name| name.ends_with(&format!(":{number}")));
        cmd("PUBLISH")
            .arg(ours.expect("somebody listens"))
            .arg(message)
            .exec(&mut fresh.connection())
            .expect("an answer");
        assert_eq!(changes.recv().await, Ok(Change::Missed), "{message:?}");
    }
    // And it goes on listening.
    let ann = fresh.sign_in().await;
    for (seq, verdict) in [(0, Verdict::Rotated), (1, Verdict::Rotated), (0, Verdict::Reused)] {
        assert_eq!(judged(ann.present(&fresh.store, seq).await).verdict, verdict);
    }
    assert_eq!(next_revoked(&mut changes).await.session, ann.session.id);
}

#[tokio::test]
async fn listening_ends_with_the_store() {
    let fresh = Fresh::new().await;
    let (store, mut changes) = listening(&fresh).await;
    drop(store);
    let end = changes.recv().await;
    assert!(end.is_err(), "{end:?}");
}
