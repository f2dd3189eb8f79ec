//! What an update from an older schema must leave as it was, on every engine.

use auth_core::__internal::{ManagedAccounts, Rejection, Store};
use auth_core::Timestamp;
use auth_core::audit::RotationOutcome;

use crate::support::{judged, new_user, rejected, sign_in};

/// Sessions of an older version go on where they were, and what was stale or ended there stays so.
/// `by_way_of_before` takes the schema back, with the change of roles as if it were of now, and
/// opens the store again.
pub async fn live_sessions_go_on<S>(store: &S, by_way_of_before: impl AsyncFnOnce() -> S)
where
    S: Store + ManagedAccounts,
{
    let mut logins = Vec::new();
    for _ in 0..3 {
        logins.push(sign_in(store, &new_user(store).await).await);
    }
    let [ann, bob, ended] = &logins[..] else {
        panic!("three sign in");
    };
    judged(ann.present(store, 0).await);
    let changed = store.change_roles_version(&bob.session.user).await;
    changed.expect("the store answers");
    store.end_epoch(&ended.session.user).await.expect("the store answers");

    let again = by_way_of_before().await;
    for (login, current) in [(ann, 1), (bob, 0)] {
        let rotated = judged(login.present(&again, current).await);
        assert_eq!(
            (rotated.outcome, rotated.session.current),
            (RotationOutcome::Rotated, current + 1)
        );
    }
    let counters = again.counters(&bob.session.user).await.expect("the store answers");
    assert_eq!(
        counters.roles_version, 1,
        "tokens from before the change of roles are stale"
    );
    assert_eq!(rejected(ended.present(&again, 0).await), Rejection::Revoked);
    let told = again.users_changed_since(Timestamp::from_millis(1)).await;
    let told = told.expect("the store answers");
    assert!(told.iter().any(|changed| changed.user == bob.session.user));
}
