//! Accounts that went away behind the store's back: the next refresh ends the session.

use auth_core::__internal::{Rejection, SessionStore};
use auth_core::audit::RotationOutcome;

use super::support::Fresh;
use crate::support::{judged, rejected};

#[tokio::test]
async fn an_account_that_is_gone_or_disabled_ends_the_session_at_its_next_refresh() {
    for closed in [
        "DELETE FROM auth_accounts WHERE id =",
        "UPDATE auth_accounts SET disabled_at = auth_now() WHERE id =",
    ] {
        let fresh = Fresh::new().await;
        let (ann, bob) = (fresh.sign_in().await, fresh.sign_in().await);
        let psql = fresh.connection().await;
        psql.run(&format!("{closed} '{}'", ann.session.user)).await;

        let ended = judged(ann.present(&fresh.store, 0).await);
        assert_eq!(
            (ended.outcome, ended.session.current, ended.roles),
            (RotationOutcome::AccountClosed, 0, Some(vec![])),
            "{closed}"
        );
        assert_eq!(ended.session.revoked_at, Some(ended.now), "{closed}");
        let found = fresh.store.find(ann.session.id).await.expect("the store answers");
        assert_eq!(found, Some(ended.session), "{closed}");
        assert_eq!(rejected(ann.present(&fresh.store, 0).await), Rejection::Revoked);

        let rotated = judged(bob.present(&fresh.store, 0).await);
        assert_eq!(
            rotated.outcome,
            RotationOutcome::Rotated,
            "another user's account is open"
        );
    }
}
