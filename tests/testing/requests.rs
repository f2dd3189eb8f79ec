//! Requests as a signed-in user.

use auth_core::testing::{AsUser, TestBench};
use auth_core::{Role, User, authenticated, guarded_routes};
use rocket::figment::Figment;
use rocket::http::Status;
use rocket::local::{asynchronous, blocking};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{async_trait, get};
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

/// Asks for a user by hand, where launch cannot see of which enum.
struct ByHand(u16);

#[async_trait]
impl<'r> FromRequest<'r> for ByHand {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<ByHand, ()> {
        Outcome::Success(ByHand(match request.guard::<User<OtherRole>>().await {
            Outcome::Success(user) => u16::from(user.has(OtherRole::Admin)),
            Outcome::Error((status, _)) | Outcome::Forward(status) => status.code,
        }))
    }
}

#[authenticated]
#[get("/by-hand")]
fn by_hand(asked: ByHand) -> String {
    asked.0.to_string()
}

#[authenticated]
#[get("/what")]
fn what(user: &User<AppRole>) -> String {
    let roles: Vec<&str> = user.roles().map(Role::name).collect();
    format!(
        "{} {} {}",
        roles.join(","),
        user.auth_time().secs(),
        user.expires_at().secs()
    )
}

fn app() -> (TestBench, blocking::Client) {
    let figment = Figment::from(rocket::Config::debug_default()).merge(("log_level", "off"));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let rocket = rocket::custom(figment).mount("/", guarded_routes![by_hand, what]);
    let client = blocking::Client::untracked(bench.attach(rocket)).expect("it launches");
    (bench, client)
}

#[test]
fn a_user_of_another_enum_that_is_asked_for_by_hand_is_an_error_of_the_server() {
    let (_bench, client) = app();
    let answer = client.get("/by-hand").as_role(AppRole::Admin).dispatch();
    assert_eq!(answer.into_string().as_deref(), Some("500"));
}

#[test]
fn a_user_is_what_the_token_says() {
    let (bench, client) = app();
    let user = bench
        .add_user("ann@example.com", [AppRole::Viewer, AppRole::Editor])
        .expect("a user");
    let signed_in = bench.clock().now().secs();
    let session = bench.sign_in(&user).expect("a session");
    bench.clock().advance(std::time::Duration::from_secs(100));
    let refreshed = bench.wait(bench.auth().refresh(session.refresh.expose(), &Default::default()));
    for (pair, issued) in [
        (session, signed_in),
        (refreshed.expect("a good token"), signed_in + 100),
    ] {
        let said = client.get("/what").bearer(&pair).dispatch().into_string();
        assert_eq!(said, Some(format!("editor,viewer {signed_in} {}", issued + 900)));
    }
}

#[test]
#[should_panic(expected = "the fairing is for `rocket_app::role::AppRole`")]
fn a_role_of_another_enum_is_a_mistake_of_the_test() {
    let (_bench, app) = demo();
    let client = blocking::Client::tracked(app).expect("the demo launches");
    let _never = client.get("/api/admin").as_role(OtherRole::Admin);
}
