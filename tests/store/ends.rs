//! The idle and the absolute end, to the millisecond.

use std::time::Duration;

use auth_core::__internal::{Maintenance, Rejection, Rotation, SessionStore};

use crate::support::{DAY, Fresh, Login, RECOVERABLE, judged, new_session, rejected};

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_session_is_live_until_the_millisecond_before_its_idle_end() {
    let fresh = Fresh::new();
    let ann = fresh.sign_in().await;
    let end = ann.session.idle_until;
    fresh.clock.set(end.minus(MILLISECOND));
    assert_eq!(
        fresh
            .store
            .list(&ann.session.user, 100)
            .await
            .expect("the store answers")
            .len(),
        1
    );
    fresh.clock.set(end);
    assert_eq!(
        fresh
            .store
            .list(&ann.session.user, 100)
            .await
            .expect("the store answers")
            .len(),
        0
    );
    assert_eq!(rejected(ann.present(&fresh.store, 0).await), Rejection::Expired);
    fresh.clock.set(end.minus(MILLISECOND));
    let rotated = judged(ann.present(&fresh.store, 0).await);
    // And the next one begins there.
    assert_eq!(
        rotated.session.idle_until,
        end.minus(MILLISECOND).plus(RECOVERABLE.idle)
    );
}

// security: Issuance: Idle and absolute end; rotation never moves the absolute one
#[tokio::test]
async fn a_session_is_live_until_the_millisecond_before_its_absolute_end() {
    let fresh = Fresh::new();
    let (mut new, secret) = new_session(&fresh.user().await);
    new.idle = DAY * 365;
    let created = SessionStore::create(&fresh.store, new)
        .await
        .expect("the store answers");
    let session = created.expect("the account is open").session;
    let ann = Login { session, secret };
    let end = ann.session.expires_at;
    fresh.clock.set(end);
    assert_eq!(rejected(ann.present(&fresh.store, 0).await), Rejection::Expired);
    fresh.clock.set(end.minus(MILLISECOND));
    assert_eq!(judged(ann.present(&fresh.store, 0).await).session.idle_until, end);

    // Deleted from the end on, and not before.
    for (now, deleted) in [(end.minus(MILLISECOND), 0), (end, 1)] {
        fresh.clock.set(now);
        let count = fresh.store.delete_expired(Duration::ZERO, 10).await;
        assert_eq!(count.expect("the store answers"), deleted);
    }
    let gone = ann.present(&fresh.store, 1).await;
    assert!(matches!(gone, Rotation::Rejected(Rejection::Unknown)), "{gone:?}");
}
