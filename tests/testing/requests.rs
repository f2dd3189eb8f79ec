//! Requests as somebody.

use auth_core::Role;
use auth_core::testing::AsUser;
use rocket::http::Status;
use rocket::local::{asynchronous, blocking};
use rocket_app::role::AppRole;

use crate::demo;

#[derive(Role, Clone, Copy)]
enum OtherRole {
    Admin,
}

#[test]
fn a_request_as_a_role_passes_where_the_role_does_and_nowhere_else() {
    let (_bench, app) = demo();
    let client = blocking::Client::tracked(app).expect("the demo launches");
    for (role, admin, editor) in [
        (AppRole::Admin, Status::Ok, Status::Ok),
        (AppRole::Editor, Status::Forbidden, Status::Ok),
        (AppRole::Viewer, Status::Forbidden, Status::Forbidden),
    ] {
        assert_eq!(client.get("/api/admin").as_role(role).dispatch().status(), admin);
        assert_eq!(client.get("/api/editor").as_role(role).dispatch().status(), editor);
    }
    let nobody = client.get("/api/editor").as_roles::<AppRole>([]).dispatch();
    assert_eq!(nobody.status(), Status::Forbidden);
}

#[rocket::async_test]
async fn an_asynchronous_request_takes_a_role_as_well() {
    let (_bench, app) = demo();
    let client = asynchronous::Client::tracked(app).await.expect("the demo launches");
    let answer = client
        .get("/api/admin")
        .as_roles([AppRole::Viewer, AppRole::Admin])
        .dispatch()
        .await;
    assert_eq!(answer.status(), Status::Ok);
    let answer = client.get("/api/admin").as_role(AppRole::Viewer).dispatch().await;
    assert_eq!(answer.status(), Status::Forbidden);
}

#[test]
#[should_panic(expected = "the fairing is for `rocket_app::role::AppRole`")]
fn a_role_of_another_enum_is_a_mistake_of_the_test() {
    let (_bench, app) = demo();
    let client = blocking::Client::tracked(app).expect("the demo launches");
    let _never = client.get("/api/admin").as_role(OtherRole::Admin);
}
