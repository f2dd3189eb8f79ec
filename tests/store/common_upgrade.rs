//! What an update from the schema before the counters of users must leave as it was, whatever the engine.

use auth_core::clock::Timestamp;
use auth_core::store::{AccountStore, Rejection, RotationOutcome, SessionStore};

use crate::support::{judged, new_user, rejected, sign_in};

/// Sessions of the version before go on, and what was stale or ended there stays so. `by_way_of_before` takes the schema back, with
/// the change of roles as if it were of now, and opens the store again.
pub async fn live_sessions_go_on<S>(store: &S, by_way_of_before: impl AsyncFnOnce() -> S)
where
    S: SessionStore + AccountStore,
{
    let mut logins = Vec::new();
    for _ in 0..3 {
        logins.push(sign_in(store, &new_user(store).await).await);
    }
    let [ann, bob, ended] = &logins[..] else {
        panic!("three sign in");
    };
    let changed = store.change_roles_version(&bob.session.user).await;
    changed.expect("the store answers");
    store.end_epoch(&ended.session.user).await.expect("the store answers");

    let again = by_way_of_before().await;
    for login in [ann, bob] {
        assert_eq!(judged(login.present(&again, 0).await).verdict, RotationOutcome::Rotated);
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
