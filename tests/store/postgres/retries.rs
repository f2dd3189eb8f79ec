//! Work that the database undid because of a conflict is done again, three times at most.

use auth_core::__internal::{Maintenance, RevocationLog, SessionStore};
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;
use auth_core::store::StoreError;

use super::support::Fresh;
use crate::support::{RECOVERABLE, judged};

/// The first `failures` updates of a session fail with `code`. A sequence counts, as it is not
/// rolled back.
async fn fail(fresh: &Fresh, failures: u32, code: &str) {
    let sql = format!(
        "CREATE SEQUENCE attempts;
         CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('attempts') <= {failures} THEN RAISE EXCEPTION 'undone' USING ERRCODE = '{code}'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON auth_sessions FOR EACH ROW EXECUTE FUNCTION fail();"
    );
    fresh.connection().await.run(&sql).await;
}

#[tokio::test]
async fn a_serialization_failure_is_retried_three_times() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    fail(&fresh, 3, "40001").await;
    let rotated = judged(ann.present(&fresh.store, 0).await);
    assert_eq!(
        (rotated.outcome, rotated.session.current),
        (RotationOutcome::Rotated, 1)
    );
    assert_eq!(
        fresh.connection().await.one("SELECT last_value FROM attempts").await,
        "4"
    );
}

#[tokio::test]
async fn after_three_retries_it_is_an_error_and_nothing_has_changed() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    fail(&fresh, 100, "40001").await;
    let refused = fresh.store.rotate(ann.presents(0), RECOVERABLE).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    assert_eq!(
        fresh.connection().await.one("SELECT last_value FROM attempts").await,
        "4"
    );
    assert_eq!(fresh.find(ann.session.id).await, ann.session);
}

#[tokio::test]
async fn any_other_failure_is_not_retried() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    fail(&fresh, 1, "P0001").await;
    let refused = fresh.store.rotate(ann.presents(0), RECOVERABLE).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    let rotated = judged(ann.present(&fresh.store, 0).await);
    assert_eq!(
        (rotated.outcome, rotated.session.current),
        (RotationOutcome::Rotated, 1)
    );
}

/// The database finds a deadlock after a second, and undoes what waited that long: the store's
/// work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loser_of_a_deadlock_tries_again() {
    let fresh = Fresh::new().await;
    let ann = fresh.user().await;
    let sessions = [
        fresh.sign_in_as(&ann).await.session,
        fresh.sign_in_as(&ann).await.session,
    ];
    fresh.connection().await.run("SELECT pg_sleep(0.005)").await;
    let after = fresh.store.now().await.expect("the store answers");
    let mut ids = sessions.map(|session| session.id);
    ids.sort();
    let lock = |id| format!("SELECT 1 FROM auth_sessions WHERE id = '{id}' FOR UPDATE");
    let third = fresh.connection().await;
    third.run("SET deadlock_timeout = '1min'; BEGIN").await;
    third.run(&lock(ids[1])).await;
    let store = fresh.store.clone();
    let revoking =
        tokio::spawn(async move { store.revoke_created_before(after, 10, RevocationReason::Operator).await });
    fresh.connection().await.until_waiting(1).await;
    // The store has locked the first row and waits for the second; from here on the other side does
    // the reverse.
    third.run(&lock(ids[0])).await;
    third.run("COMMIT").await;
    let mut ended = revoking.await.expect("no panic").expect("it was tried again");
    ended.sort();
    assert_eq!(ended, ids);
    let database = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    // The statistics are a moment behind.
    while third.one(database).await != "1" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
