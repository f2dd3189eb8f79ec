//! What a stolen database gives away: nothing that can be presented.

use auth_core::__internal::{SecretHash, SessionStore};
use auth_core::session::RevocationReason;

use super::support::Fresh;
use crate::secrets::{contains, hex, spellings};
use crate::support::judged;

#[tokio::test]
async fn a_dump_of_the_database_contains_no_session_secret() {
    let fresh = Fresh::new().await;
    let mut logins = Vec::new();
    for round in 0..6 {
        let ann = fresh.sign_in().await;
        for generation in 0..round {
            judged(ann.present(&fresh.store, generation).await);
        }
        logins.push(ann);
    }
    let revoked = fresh
        .store
        .revoke(logins[0].session.id, None, RevocationReason::Logout)
        .await;
    assert!(revoked.expect("the store answers"));
    judged(logins[5].present(&fresh.store, 0).await);

    let conn = fresh.connection().await;
    let mut dump = String::new();
    for table in conn
        .column("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        .await
    {
        // Every column of a row; `bytea` as hex.
        dump += &conn
            .column(&format!("SELECT t::text FROM {table} AS t"))
            .await
            .join("\n");
    }
    for login in &logins {
        // The control: the dump does hold every row.
        assert!(dump.contains(&login.session.id.to_string()));
        assert!(dump.contains(&hex(&SecretHash::of(&login.secret).0)));
        for spelling in spellings(login) {
            assert!(!contains(
                dump.to_ascii_lowercase().as_bytes(),
                &spelling.to_ascii_lowercase()
            ));
        }
    }
}

/// PostgreSQL puts values into the detail of an error, and the server's log may have the statement;
/// ours have neither.
#[tokio::test]
async fn no_error_text_contains_a_stored_value() {
    let fresh = Fresh::new().await;
    let ann = fresh.sign_in().await;
    let (mut twin, secret) = crate::support::new_session(&ann.session.user);
    twin.id = ann.session.id;
    let error = SessionStore::create(&fresh.store, twin)
        .await
        .expect_err("the id is taken");
    let text = format!("{error} {error:?}");
    for value in [
        ann.session.id.to_string(),
        hex(&SecretHash::of(&secret).0),
        ann.session.user.to_string(),
    ] {
        assert!(!text.to_lowercase().contains(&value), "{text}");
    }
}
