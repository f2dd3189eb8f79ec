//! `POST /api/auth/account/delete`.

use auth_core::mail::MessageKind;
use serde_json::json;

use crate::support::{ED, Server, VIC};

#[tokio::test]
async fn the_password_deletes_the_account_its_sessions_and_its_tickets() {
    for (server, mailbox) in Server::with_flows_on_each_engine().await {
        let forgot = json!({ "email": VIC.email });
        server.post("/api/auth/password/forgot").json(&forgot).await;
        let reset = mailbox.take(MessageKind::PasswordReset, VIC.email).await.ticket();
        let (here, elsewhere) = (server.sign_in(VIC).await, server.sign_in(VIC).await);
        let delete = |password: &str| {
            server
                .post("/api/auth/account/delete")
                .bearer(&here.access)
                .json(&json!({ "password": password }))
        };
        delete("wrong").await.refused(401, "invalid_credentials");
        server.me(&elsewhere.access).await.ok();
        let answer = delete(VIC.password).await;
        answer.no_content();
        assert!(answer.cookie("refresh_token").has("Max-Age=0"), "{answer:?}");
        for session in [&here, &elsewhere] {
            server.me(&session.access).await.refused(401, "session_revoked");
            server.refresh(&session.refresh).await.refused(401, "session_revoked");
        }
        server
            .post("/api/auth/login")
            .json(&VIC.login())
            .await
            .refused(401, "invalid_credentials");
        let body = json!({ "ticket": reset, "newPassword": "a fine new password" });
        let dead = server.post("/api/auth/password/reset").json(&body).await;
        dead.refused(401, "invalid_ticket");
        assert_eq!(server.log.events("account_deleted").len(), 1);
    }
}

#[tokio::test]
async fn a_cookie_from_another_site_deletes_nothing() {
    let (options, _) = Server::options().with_flows();
    let server = options.with_access_cookie().start().await;
    let login = server.browser().sign_in(ED).await;
    let foreign = server
        .post("/api/auth/account/delete")
        .cookie(login.cookie("access_token").pair())
        .header("Sec-Fetch-Site", "cross-site")
        .json(&json!({ "password": ED.password }));
    foreign.await.refused(403, "csrf_rejected");
    server.sign_in(ED).await;
}
