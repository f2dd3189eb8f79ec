//! PostgreSQL notifies every listening node when a change is committed, including a change made
//! with `psql`.

use std::time::{Duration, Instant};

use auth_core::__internal::{Changes, ManagedAccounts, RevocationLog, SessionStore};
use auth_core::session::RevocationReason;
use tests::postgres::Cluster;
use tokio::time::timeout;

use super::support::Fresh;
use crate::support::judged;

async fn next(changes: &mut Changes) {
    let heard = timeout(Duration::from_secs(30), changes.changed()).await;
    heard.expect("something is told").expect("the store listens");
}

/// Listening has begun when the first word is told: that something may have been missed before.
async fn listening(fresh: &Fresh) -> Changes {
    let mut changes = fresh.store.changes().expect("the store listens");
    next(&mut changes).await;
    changes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_node_or_an_operator_with_psql_revokes_is_told() {
    let fresh = Fresh::new().await;
    let mut changes = listening(&fresh).await;
    let (ann, bob, cy) = (fresh.sign_in().await, fresh.sign_in().await, fresh.sign_in().await);
    let dee = fresh.sign_in().await;
    let other = fresh.another().await;
    other
        .revoke(ann.session.id, None, RevocationReason::Logout)
        .await
        .expect("the store answers");
    next(&mut changes).await;

    fresh
        .connection()
        .await
        .run(&format!(
            "UPDATE auth_sessions SET revoked_at = auth_now(), revoked_why = 'operator' WHERE id = '{}'",
            bob.session.id
        ))
        .await;
    next(&mut changes).await;

    let user = &cy.session.user;
    other.set_roles(user, vec![], None).await.expect("the account is known");
    next(&mut changes).await;
    other.disable(user, None).await.expect("the account is known");
    next(&mut changes).await;
    judged(dee.present(&fresh.store, 0).await);
    let more = timeout(Duration::from_millis(300), changes.changed()).await;
    assert!(more.is_err(), "a rotation is no news");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_told_within_milliseconds() {
    let fresh = Fresh::new().await;
    let mut changes = listening(&fresh).await;
    let other = fresh.another().await;
    let mut delays = Vec::new();
    for _ in 0..50 {
        let ann = fresh.sign_in().await;
        let begun = Instant::now();
        other
            .revoke(ann.session.id, None, RevocationReason::Logout)
            .await
            .expect("the store answers");
        next(&mut changes).await;
        delays.push(begun.elapsed());
    }
    delays.sort();
    println!("told after {:?} at the median, {:?} at most", delays[25], delays[49]);
    assert!(delays[25] < Duration::from_millis(250));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_it_is_told_that_something_may_have_been_missed() {
    let mut cluster = Cluster::start();
    let fresh = Fresh::on(&cluster, |_| ()).await;
    let mut changes = listening(&fresh).await;
    cluster.stop("immediate");
    cluster.start_again();
    next(&mut changes).await;
    let ann = fresh.sign_in().await;
    fresh
        .store
        .revoke(ann.session.id, None, RevocationReason::Logout)
        .await
        .expect("the store answers");
    next(&mut changes).await;
}

/// The connection is open, but no answer comes: noticed by asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_given_up_and_listened_to_again() {
    let cluster = Cluster::start();
    let fresh = Fresh::on(&cluster, |_| ()).await;
    let mut changes = listening(&fresh).await;
    cluster.pause();
    // Two heartbeats: the server gets a query, and does not answer.
    tokio::time::sleep(Duration::from_secs(11)).await;
    cluster.resume();
    next(&mut changes).await;
}

#[tokio::test]
async fn a_store_that_does_not_listen_says_so() {
    let fresh = Fresh::with(|config| config.listen = false).await;
    assert!(fresh.store.changes().is_none());
}
