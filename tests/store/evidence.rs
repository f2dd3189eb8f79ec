//! What stays in the row of a session that has ended: how far it had come, for an operator who
//! investigates later.

use auth_core::__internal::{Rejection, SessionStore};
use auth_core::SessionId;
use auth_core::audit::RotationOutcome;
use auth_core::session::RevocationReason;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::{DAY, Fresh, Login, judged, rejected};

#[tokio::test]
async fn a_reuse_leaves_the_row_as_evidence() {
    let fresh = Fresh::new();
    let ann = third_token(&fresh).await;
    let before = evidence(&fresh, ann.session.id);
    assert_eq!(
        judged(ann.present(&fresh.store, 0).await).outcome,
        RotationOutcome::Reused
    );
    assert_eq!(evidence(&fresh, ann.session.id), before);

    // What is presented afterwards adds nothing to it, and takes nothing away, nor does a sign-out.
    let ended = fresh.find(ann.session.id).await;
    for generation in [0, 2, 3, 4, 9] {
        assert_eq!(
            rejected(ann.present(&fresh.store, generation).await),
            Rejection::Revoked
        );
    }
    let revoked = fresh.store.revoke(ann.session.id, None, RevocationReason::Logout).await;
    assert!(!revoked.expect("the store answers"));
    assert_eq!(evidence(&fresh, ann.session.id), before);
    assert_eq!(why(&fresh, ann.session.id), ["reused", "reuse"]);
    assert_eq!(fresh.find(ann.session.id).await, ended);
}

#[tokio::test]
async fn the_end_of_an_account_leaves_the_rows_of_its_sessions_as_evidence() {
    for generation in [0, 2, 3, 9] {
        let fresh = Fresh::new();
        let ann = third_token(&fresh).await;
        let before = evidence(&fresh, ann.session.id);
        diesel::sql_query("UPDATE auth_accounts SET disabled_at = 1")
            .execute(&mut fresh.connection())
            .expect("the table is there");
        assert_eq!(
            judged(ann.present(&fresh.store, generation).await).outcome,
            RotationOutcome::AccountClosed
        );
        assert_eq!(evidence(&fresh, ann.session.id), before, "{generation}");
        assert_eq!(why(&fresh, ann.session.id), ["account_closed", "account_closed"]);
    }
}

/// A session whose current token is 3 and whose previous one is 2; each rotation was a day after
/// the one before.
async fn third_token(fresh: &Fresh) -> Login {
    let ann = fresh.sign_in().await;
    for generation in 0..3 {
        fresh.clock.advance(DAY);
        judged(ann.present(&fresh.store, generation).await);
    }
    fresh.clock.advance(DAY);
    assert!(evidence(fresh, ann.session.id).contains("\"current\":3,\"previous\":2,"));
    ann
}

/// What the row says of its end: the last outcome, and the reason.
fn why(fresh: &Fresh, session: SessionId) -> [String; 2] {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        outcome: String,
        #[diesel(sql_type = Text)]
        revoked_why: String,
    }
    let row = diesel::sql_query("SELECT outcome, revoked_why FROM auth_sessions WHERE id = ?")
        .bind::<Text, _>(session.to_string())
        .get_result::<Row>(&mut fresh.connection())
        .expect("the row is there, and has ended");
    [row.outcome, row.revoked_why]
}

/// The row, but for what says that it ended, and for the outcome of the last statement.
fn evidence(fresh: &Fresh, session: SessionId) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        row: String,
    }
    let columns = [
        "user_id",
        "current",
        "previous",
        "current_since",
        "created_at",
        "auth_time",
        "expires_at",
        "idle_until",
        "user_agent",
        "ip",
    ];
    let members: Vec<String> = columns.iter().map(|name| format!("'{name}', {name}")).collect();
    let row = format!(
        "SELECT json_object({}, 'secret', hex(secret_hash)) AS row FROM auth_sessions WHERE id = ?",
        members.join(", ")
    );
    diesel::sql_query(row)
        .bind::<Text, _>(session.to_string())
        .get_result::<Row>(&mut fresh.connection())
        .expect("the row is there")
        .row
}
