//! The three accounts that a debug server makes in an empty database.

use rocket_app::demo;
use serde_json::json;

use crate::support::{Server, Session};

#[tokio::test]
async fn the_demos_accounts_sign_in_hold_their_roles_and_own_their_reports() {
    let server = Server::options().without_people().start().await;
    let made = demo::set_up(&server.auth, &server.reports().await)
        .await
        .expect("the database answers");
    let emails: Vec<&str> = made.iter().map(|account| account.email.as_str()).collect();
    assert_eq!(
        emails,
        ["admin@example.com", "editor@example.com", "viewer@example.com"]
    );
    for (number, account) in (1..).zip(&made) {
        let body = json!({ "email": account.email, "password": account.password.expose(), "delivery": "body" });
        let session = Session::of(&server.post("/api/auth/login").json(&body).await);
        let role = account.email.split('@').next().expect("a name");
        assert_eq!(server.me(&session.access).await.json()["roles"], json!([role]));
        let report = server
            .get(&format!("/api/reports/{number}"))
            .bearer(&session.access)
            .await;
        assert_eq!(
            report.ok().json()["owner"],
            server.me(&session.access).await.json()["id"]
        );
    }
    let random: std::collections::HashSet<&str> = made.iter().map(|account| account.password.expose()).collect();
    assert_eq!(random.len(), 3);
}

#[tokio::test]
async fn the_demo_is_set_up_once_in_an_empty_database_and_never_in_a_release() {
    let server = Server::options().without_people().start().await;
    let reports = server.reports().await;
    let release = server.another().without_people().release().start().await;
    assert!(
        demo::set_up(&release.auth, &reports)
            .await
            .expect("the database answers")
            .is_empty()
    );
    let empty = release.auth.accounts().count().await.expect("answers");
    assert_eq!((empty.all, empty.demo), (0, 0));

    assert_eq!(
        demo::set_up(&server.auth, &reports)
            .await
            .expect("the database answers")
            .len(),
        3
    );
    assert!(
        demo::set_up(&server.auth, &reports)
            .await
            .expect("the database answers")
            .is_empty()
    );
    let made = server.auth.accounts().count().await.expect("answers");
    assert_eq!((made.all, made.demo), (3, 3));

    let with_people = Server::start().await;
    let made = demo::set_up(&with_people.auth, &with_people.reports().await).await;
    assert!(made.expect("the database answers").is_empty());
}
