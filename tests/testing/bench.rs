//! Users, sessions and time on the bench.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use auth_core::audit::{Event, EventKind};
use auth_core::mail::{Courier, CourierError, Message, MessageKind};
use auth_core::session::{ClientInfo, SessionError, TokenPair};
use auth_core::testing::{AsUser, TestBench};
use auth_core::{Account, Auth, Config, SecretString, UserId, authenticated, guarded_routes, require_role};
use rocket::figment::Figment;
use rocket::http::{ContentType, Status};
use rocket::local::{asynchronous, blocking};
use rocket::{async_trait, get};
use rocket_app::role::AppRole;
use serde_json::{Value, json};
use tests::own_users::OwnUsers;

use crate::demo;

#[test]
fn a_user_of_the_bench_has_a_session_as_any_other_user() {
    let (bench, app) = demo();
    let client = blocking::Client::tracked(app).expect("the demo launches");
    let ann = bench.add_user("ann@example.com", [AppRole::Editor]).expect("a user");
    let session = bench.sign_in(&ann).expect("a session");
    let me = client.get("/api/users/me").bearer(&session).dispatch();
    let me: Value = serde_json::from_str(&me.into_string().expect("a body")).expect("JSON");
    assert_eq!(
        (&me["email"], &me["roles"]),
        (&json!("ann@example.com"), &json!(["editor"]))
    );

    let refresh = json!({ "refreshToken": session.refresh.expose() }).to_string();
    let refreshed = client.post("/api/auth/refresh").header(ContentType::JSON).body(refresh);
    assert_eq!(refreshed.dispatch().status(), Status::Ok);

    bench.wait(bench.auth().accounts().disable(&ann)).expect("ann is there");
    assert_eq!(
        client.get("/api/users/me").bearer(&session).dispatch().status(),
        Status::Unauthorized
    );
    assert!(matches!(bench.sign_in(&ann), Err(SessionError::InvalidCredentials)));
}

#[require_role(AppRole::Editor, mfa)]
#[get("/press")]
fn press() {}

#[test]
fn a_session_may_begin_with_a_second_factor() {
    let settings = json!({
        "second_factor": { "required_for": ["admin"] },
        "factor_keys": [{ "name": "test", "secret": "q0bTqv7Qm1mVY5c4n3n9zZr8tH2kLwXs" }],
    });
    let figment = Figment::from(rocket::Config::debug_default()).merge(("auth", settings));
    let bench = TestBench::with::<AppRole>(figment).expect("a bench");
    let app = rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .mount("/", guarded_routes![press]);
    let client = blocking::Client::tracked(bench.attach(app)).expect("it launches");
    let ann = bench.add_user("ann@example.com", [AppRole::Admin]).expect("a user");
    let sessions = [bench.sign_in(&ann), bench.sign_in_with_factor(&ann)];
    let [plain, strong] = sessions.map(|session| session.expect("a session"));
    let renewed = bench.wait(bench.auth().refresh(strong.refresh.expose(), &ClientInfo::default()));
    let renewed = renewed.expect("the session goes on");
    for (session, status) in [
        (&plain, Status::Unauthorized),
        (&strong, Status::Ok),
        (&renewed, Status::Ok),
    ] {
        assert_eq!(client.get("/press").bearer(session).dispatch().status(), status);
        let identity = bench.auth().verify_access(session.access.expose()).expect("good");
        let is_admin = identity.effective_roles().contains(AppRole::Admin);
        assert_eq!(is_admin, status == Status::Ok);
    }
}

#[test]
#[should_panic(expected = "`auth.second_factor` is off")]
fn a_bench_without_second_factors_signs_in_with_none() {
    let bench = TestBench::new::<AppRole>().expect("a bench");
    let ann = bench.add_user("ann@example.com", [AppRole::Admin]).expect("a user");
    drop(bench.sign_in_with_factor(&ann));
}

#[rocket::async_test]
async fn the_clock_is_moved_by_hand_and_everything_is_judged_by_it() {
    let (bench, app) = demo();
    let client = asynchronous::Client::tracked(app).await.expect("the demo launches");
    let ann = bench.add_user("ann@example.com", [AppRole::Viewer]).expect("a user");
    let session = bench.sign_in(&ann).expect("a session");
    for (step, status) in [(899, Status::Ok), (1, Status::Unauthorized)] {
        bench.clock().advance(Duration::from_secs(step));
        let answer = client.get("/api/users/me").bearer(&session).dispatch().await;
        assert_eq!(answer.status(), status, "{step}");
    }
    // Past the idle end there is nothing to refresh; the row is judged by the same clock.
    bench.clock().advance(Duration::from_secs(7 * 24 * 60 * 60));
    let refreshed = bench
        .auth()
        .refresh(session.refresh.expose(), &Default::default())
        .await;
    assert!(matches!(refreshed, Err(SessionError::TokenExpired)), "{refreshed:?}");
}

#[test]
fn no_password_opens_the_account_of_a_user_without_one_and_benches_share_nothing() {
    let (bench, app) = demo();
    let client = blocking::Client::tracked(app).expect("the demo launches");
    bench.add_user("ann@example.com", [AppRole::Viewer]).expect("a user");
    for password in ["none", "", "*"] {
        let body = json!({ "email": "ann@example.com", "password": password }).to_string();
        let answer = client
            .post("/api/auth/login")
            .header(ContentType::JSON)
            .body(body)
            .dispatch();
        assert_eq!(answer.status(), Status::Unauthorized, "{password}");
    }
    assert!(
        bench.add_user("Ann@example.com", [AppRole::Viewer]).is_err(),
        "the e-mail is taken"
    );
    let other = TestBench::new::<AppRole>().expect("a bench");
    other
        .add_user("ann@example.com", [AppRole::Admin])
        .expect("another store");
}

#[test]
fn a_user_proven_elsewhere_is_signed_in_without_a_password_and_a_disabled_or_unknown_one_is_not() {
    let (bench, app) = demo();
    let client = blocking::Client::tracked(app).expect("the demo launches");
    let ann = bench.add_user("ann@example.com", [AppRole::Editor]).expect("a user");
    let sign_in =
        |user: &UserId, replaced: Option<&str>| bench.wait(bench.auth().login_as(user, &Default::default(), replaced));
    let me = |session| client.get("/api/users/me").bearer(session).dispatch().status();

    let first = sign_in(&ann, None).expect("a session");
    assert_eq!(me(&first), Status::Ok);
    // The session that the browser still had ends, as at any sign-in.
    let second = sign_in(&ann, Some(first.refresh.expose())).expect("another session");
    assert_ne!(first.session, second.session);
    assert_eq!((me(&first), me(&second)), (Status::Unauthorized, Status::Ok));

    bench.wait(bench.auth().accounts().disable(&ann)).expect("ann is there");
    for user in [&ann, &UserId::random()] {
        let refused = sign_in(user, None);
        assert!(matches!(refused, Err(SessionError::InvalidCredentials)), "{user}");
    }
}

#[authenticated]
#[get("/own")]
fn own() {}

#[test]
fn the_users_and_the_audit_sinks_that_an_application_gave_to_its_fairing_stay() {
    let figment = Figment::from(rocket::Config::debug_default()).merge(("log_level", "off"));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let ann = Account::new(UserId::random(), "ann@example.com", SecretString::new("none"));
    let users = OwnUsers::new([ann.clone().with_roles([AppRole::Viewer])]);
    let (sent, heard) = channel();
    let sink = move |event: &Event| sent.send(event.kind).expect("the test listens");
    let fairing = Auth::builder::<AppRole>().accounts(users).audit(sink).fairing();
    let app = rocket::custom(figment).attach(fairing).mount("/", guarded_routes![own]);
    let client = blocking::Client::untracked(bench.attach(app)).expect("it launches");
    let status = |session: &TokenPair| client.get("/own").bearer(session).dispatch().status();

    let session = bench.sign_in(&ann.id).expect("her account is the application's");
    assert_eq!(status(&session), Status::Ok);
    let ended = bench.wait(bench.auth().logout_all(&ann.id, &ClientInfo::default()));
    ended.expect("the store answers");
    assert_eq!(status(&session), Status::Unauthorized);
    assert!(heard.try_iter().any(|kind| kind == EventKind::SessionsRevoked));

    let none = bench.add_user("ed@example.com", [AppRole::Viewer]);
    assert!(matches!(none, Err(SessionError::Accounts(_))), "{none:?}");
    // The clock is the bench's.
    let session = bench.sign_in(&ann.id).expect("she signs in again");
    bench.clock().advance(Duration::from_secs(900));
    assert_eq!(status(&session), Status::Unauthorized);
}

/// Passes on the kind of each mail.
struct Passed(Sender<MessageKind>);

#[async_trait]
impl Courier for Passed {
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
        self.0.send(message.kind).map_err(CourierError::new)
    }
}

#[test]
fn the_courier_that_an_application_gave_to_its_auth_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = json!({ "flows": { "reset": true }, "public_url": "https://app.example.com" });
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("auth", settings));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let (sent, mails) = channel();
    let store = format!("sqlite://{}", folder.path().join("auth.db").display());
    let config = Config::from_figment(&figment.clone().merge(("auth.store", store))).expect("good settings");
    let builder = Auth::builder::<AppRole>().courier(Passed(sent));
    let auth = bench.wait(builder.build(config)).expect("it is built");
    let app = rocket::custom(figment).attach(auth.into_fairing());
    let client = blocking::Client::untracked(bench.attach(app)).expect("it launches");

    bench.add_user("ann@example.com", [AppRole::Viewer]).expect("a user");
    let forgot = client.post("/api/auth/password/forgot").header(ContentType::JSON);
    let answer = forgot
        .body(json!({ "email": "ann@example.com" }).to_string())
        .dispatch();
    assert_eq!(answer.status(), Status::Accepted);
    let mail = mails.recv_timeout(Duration::from_secs(30));
    assert_eq!(mail, Ok(MessageKind::PasswordReset));
}
