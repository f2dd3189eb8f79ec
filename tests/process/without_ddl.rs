//! A database role that may use the tables and make none: `migrate = "manual"`, as many operators
//! have it.

use serde_json::json;
use tests::client::{Client, block_on};
use tests::postgres::Cluster;
use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

#[test]
fn the_demo_serves_by_a_role_that_may_make_no_table() {
    let owner = Place::release().on_postgres();
    let url = owner.variable("DATABASE_URL").expect("a database").to_owned();
    let database = url.rsplit('/').next().expect("its name");
    let role = format!("app_of_{database}");
    assert!(owner.run(&["migrate"], "").status.success());
    Cluster::shared().psql(
        database,
        &format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             CREATE ROLE {role} LOGIN;
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
        ),
    );
    let app = owner
        .clone()
        .with("DATABASE_URL", &url.replace("postgres@", &format!("{role}@")))
        .with("ROCKET_AUTH", r#"{migrate="manual"}"#);
    assert_ne!(app.variable("DATABASE_URL"), Some(url.as_str()));

    let ann = "ann@example.com";
    let added = app.run(&["user", "add", ann, "--role", "admin"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    let server = app.serve();
    block_on(async {
        let client = Client::of(&server);
        let pair = client.sign_in(ann, PASSWORD).await;
        assert_eq!(client.get("/api/users/me", &pair.access).await.0, 200);
        assert_eq!(client.get("/api/reports/1", &pair.access).await.0, 404);
        assert_eq!(client.get("/api/admin/users", &pair.access).await.0, 200);
        let (status, refreshed) = client.refresh(&pair.refresh).await.expect("an answer");
        assert_eq!(status, 200, "{refreshed}");
        let out = client
            .post("/api/auth/logout", &json!({ "refreshToken": pair.refresh }))
            .await;
        assert_eq!(out.expect("an answer").0, 204);
    });
}
