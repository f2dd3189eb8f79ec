//! Users, sessions and time on the bench.

use std::time::Duration;

use auth_core::UserId;
use auth_core::session::SessionError;
use auth_core::testing::{AsUser, TestBench};
use rocket::http::{ContentType, Status};
use rocket::local::{asynchronous, blocking};
use rocket_app::role::AppRole;
use serde_json::{Value, json};

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

    bench
        .wait(bench.auth().disable_account("ann@example.com"))
        .expect("ann is there");
    assert_eq!(
        client.get("/api/users/me").bearer(&session).dispatch().status(),
        Status::Unauthorized
    );
    assert!(matches!(bench.sign_in(&ann), Err(SessionError::InvalidCredentials)));
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

    bench
        .wait(bench.auth().disable_account("ann@example.com"))
        .expect("ann is there");
    for user in [&ann, &UserId::random()] {
        let refused = sign_in(user, None);
        assert!(matches!(refused, Err(SessionError::InvalidCredentials)), "{user}");
    }
}
