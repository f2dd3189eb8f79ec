//! Sessions that are long over leave the database by themselves.

use std::time::{Duration, Instant};

use crate::support::{ANN, Server, VIC};

/// Of two sessions one is over, by 31 days.
async fn arrange(server: &Server) -> (crate::support::Session, crate::support::Session) {
    let (over, live) = (server.sign_in(ANN).await, server.sign_in(VIC).await);
    let user = server.id_of(ANN).await;
    server.execute(&format!(
        "UPDATE auth_sessions SET expires_at = expires_at - 31 * 86400000, idle_until = idle_until - 31 * 86400000 \
         WHERE user_id = '{user}'"
    ));
    (over, live)
}

fn rows(server: &Server) -> String {
    server.query_text("SELECT CAST(count(*) AS TEXT) AS text FROM auth_sessions")
}

#[tokio::test]
async fn what_is_over_is_deleted_on_a_schedule_and_what_lives_goes_on() {
    let server = Server::options()
        .set("sessions.cleanup_interval", "100ms")
        .start()
        .await;
    let (over, live) = arrange(&server).await;
    let give_up = Instant::now() + Duration::from_secs(20);
    while rows(&server) != "1" {
        assert!(Instant::now() < give_up, "nothing was deleted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.refresh(&over.refresh).await.refused(401, "session_revoked");
    server.refresh(&live.refresh).await.ok();
}

#[tokio::test]
async fn with_the_schedule_off_an_operator_deletes() {
    let server = Server::options().set("sessions.cleanup_interval", "0s").start().await;
    let (_, live) = arrange(&server).await;
    assert_eq!(rows(&server), "2");
    let deleted = server.auth.sessions().delete_expired().await;
    assert_eq!((deleted.expect("the store answers"), rows(&server).as_str()), (1, "1"));
    server.refresh(&live.refresh).await.ok();
}
