//! `auth.second_factor = { required_for = […] }`: roles that count with a second factor only.

use std::collections::BTreeMap;

use auth_core::{User, authenticated, guarded_routes, require_role};
use rocket::figment::value::Value;
use rocket::get;
use rocket::request::Request;
use rocket_app::role::AppRole;
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::second_factor::{Clock, enrol, offering, sign_in, step_up};
use crate::support::{ANN, Answer, ED, Failed, Options, Server, Session, VIC, manual_clock, parts};

fn required_for(roles: &[&str]) -> Value {
    BTreeMap::from([("required_for", roles.to_vec())]).into()
}

/// A server on which admins need a factor, and its clock.
async fn server(options: impl FnOnce(Options) -> Options) -> (Server, Clock) {
    let clock = manual_clock();
    let offering = offering(Server::options().clock(&clock));
    let server = options(offering.set("second_factor", required_for(&["admin"])))
        .start()
        .await;
    (server, Some(clock))
}

async fn open(server: &Server, path: &str, access: &str) -> Answer {
    server.get(path).bearer(access).await
}

/// The refusal of a user whom a withheld role would let in.
#[track_caller]
fn needs_factor(answer: &Answer, parameters: &str) {
    answer.refused(401, "second_factor_required");
    let expected = format!("Bearer realm=\"auth-core\", error=\"insufficient_user_authentication\", {parameters}");
    assert_eq!(answer.header("WWW-Authenticate"), Some(expected.as_str()), "{answer:?}");
}

const MFA: &str = "acr_values=\"mfa\"";

// security: Second factors: A listed role counts with a factor only
#[tokio::test]
async fn a_listed_role_counts_in_a_session_with_a_second_factor_only() {
    let (server, clock) = server(|options| options).await;
    let plain = server.sign_in(ANN).await;
    assert_eq!(
        parts(&plain.access).1["roles"],
        json!(["admin"]),
        "tokens stay as they are"
    );
    needs_factor(&open(&server, "/api/admin", &plain.access).await, MFA);
    open(&server, "/api/editor", &plain.access).await.ok();
    assert_eq!(server.me(&plain.access).await.ok().json()["roles"], json!([]));
    let ed = server.sign_in(ED).await;
    open(&server, "/api/admin", &ed.access)
        .await
        .refused(403, "insufficient_role");
    assert_eq!(server.me(&ed.access).await.ok().json()["roles"], json!(["editor"]));
    let can = open(&server, "/api/auth/can?path=/api/admin", &plain.access).await;
    assert_eq!(can.ok().json()["error"], "second_factor_required");
    let denied = server.log.events("authorization_denied");
    assert!(denied[0].text.contains("code=\"second_factor_required\""), "{denied:?}");

    // Without a factor yet: enrolment, and a step-up for one access token.
    let (app, _) = enrol(&server, &plain, &clock).await;
    let stepped = step_up(&server, &plain, ANN, &app.next_code()).await;
    open(&server, "/api/admin", &stepped.ok().field("accessToken"))
        .await
        .ok();
    needs_factor(&open(&server, "/api/admin", &plain.access).await, MFA);
    let renewed = Session::of(&server.refresh(&plain.refresh).await);
    needs_factor(&open(&server, "/api/admin", &renewed.access).await, MFA);

    let strong = sign_in(&server, ANN, &app).await;
    let renewed = Session::of(&server.refresh(&strong.refresh).await);
    for access in [&strong.access, &renewed.access] {
        open(&server, "/api/admin", access).await.ok();
        assert_eq!(server.me(access).await.ok().json()["roles"], json!(["admin"]));
    }
    // The password alone proves no factor.
    let prove = server.post("/api/auth/reauthenticate").bearer(&strong.access);
    let weaker = prove.json(&json!({ "password": ANN.password })).await;
    needs_factor(&open(&server, "/api/admin", &weaker.field("accessToken")).await, MFA);
}

#[tokio::test]
async fn a_role_that_is_granted_during_a_session_counts_if_the_session_has_a_factor() {
    let (server, clock) = server(|options| options).await;
    let plain = server.sign_in(VIC).await;
    let (app, _) = enrol(&server, &plain, &clock).await;
    let strong = sign_in(&server, VIC, &app).await;
    server.set_roles(VIC, &["viewer", "admin"]).await.expect("granted");
    for session in [&plain, &strong] {
        open(&server, "/api/admin", &session.access)
            .await
            .refused(401, "token_stale");
    }
    let plain = Session::of(&server.refresh(&plain.refresh).await);
    let strong = Session::of(&server.refresh(&strong.refresh).await);
    needs_factor(&open(&server, "/api/admin", &plain.access).await, MFA);
    assert_eq!(server.me(&plain.access).await.ok().json()["roles"], json!(["viewer"]));
    open(&server, "/api/admin", &strong.access).await.ok();
    server.set_roles(VIC, &["viewer"]).await.expect("taken");
    let plain = Session::of(&server.refresh(&plain.refresh).await);
    open(&server, "/api/admin", &plain.access)
        .await
        .refused(403, "insufficient_role");
}

async fn is_even(user: &User<AppRole>, id: u32, _: &Request<'_>) -> bool {
    assert!(!user.has(AppRole::Admin) || user.methods().is_multi_factor());
    id.is_multiple_of(2)
}

#[require_role(all(AppRole::Admin, is_even(id)), fresh = "10m")]
#[get("/lots/<id>")]
fn lot(id: u32) -> String {
    id.to_string()
}

#[require_role(any(AppRole::Admin, is_even(id)))]
#[get("/doors/<id>")]
fn door(id: u32) -> String {
    id.to_string()
}

#[require_role(all(AppRole::Viewer, not(AppRole::Editor)))]
#[get("/reading-room")]
fn reading_room() -> &'static str {
    "hush"
}

#[require_role(AppRole::Admin)]
struct Admins(User<AppRole>);

#[authenticated]
#[get("/who")]
fn who(user: &User<AppRole>, admin: Option<Admins>) -> String {
    let roles: Vec<_> = user.roles().collect();
    let withheld = user.identity().withheld_roles().contains(AppRole::Admin);
    let admin = admin.map(|admin| admin.0.has(AppRole::Admin));
    let editor = user.effective_roles().contains(AppRole::Editor);
    format!("{roles:?} {} {admin:?} {editor} {withheld}", user.has(AppRole::Admin))
}

#[require_role(AppRole::Admin)]
#[get("/socket")]
fn socket(socket: rocket_ws::WebSocket) -> rocket_ws::Stream!['static] {
    rocket_ws::Stream! { socket =>
        for await message in socket {
            yield message?;
        }
    }
}

#[tokio::test]
async fn guards_rules_policies_and_sockets_do_not_see_a_withheld_role() {
    let routes = |options: Options| {
        options.extended(|rocket| rocket.mount("/x", guarded_routes![lot, door, reading_room, who, socket]))
    };
    let (server, clock) = server(routes).await;
    let plain = server.sign_in(ANN).await;
    let (app, _) = enrol(&server, &plain, &clock).await;
    let strong = sign_in(&server, ANN, &app).await;
    let read = async |path: &str, access: &str| open(&server, path, access).await;
    for (session, said) in [
        (&plain, "[] false None true true"),
        (&strong, "[Admin] true Some(true) true false"),
    ] {
        assert_eq!(read("/x/who", &session.access).await.ok().text, said);
    }
    // Where a policy decides as well, it is asked first.
    needs_factor(
        &read("/x/lots/2", &plain.access).await,
        "acr_values=\"mfa\", max_age=\"600\"",
    );
    read("/x/lots/3", &plain.access).await.refused(403, "insufficient_role");
    read("/x/lots/2", &strong.access).await.ok();
    read("/x/lots/3", &strong.access)
        .await
        .refused(403, "insufficient_role");
    read("/x/doors/2", &plain.access).await.ok();
    needs_factor(&read("/x/doors/3", &plain.access).await, MFA);
    read("/x/doors/3", &strong.access).await.ok();
    for session in [&plain, &strong] {
        let refused = read("/x/reading-room", &session.access).await;
        refused.refused(403, "insufficient_role");
    }
    for (session, refusal) in [(&plain, Some(401)), (&strong, None)] {
        let mut request = format!("ws://127.0.0.1:{}/x/socket", server.port)
            .into_client_request()
            .expect("an address");
        let bearer = format!("Bearer {}", session.access).parse().expect("a header");
        request.headers_mut().insert("Authorization", bearer);
        let refused = match connect_async(request).await {
            Ok(_) => None,
            Err(Error::Http(refused)) => Some(refused.status().as_u16()),
            Err(error) => panic!("no answer: {error}"),
        };
        assert_eq!(refused, refusal);
    }
}

#[tokio::test]
async fn what_includes_a_listed_role_counts_unless_it_is_listed_itself() {
    let (server, _) = server(|options| options.set("second_factor", required_for(&["editor"]))).await;
    let ann = server.sign_in(ANN).await;
    open(&server, "/api/admin", &ann.access).await.ok();
    assert_eq!(server.me(&ann.access).await.ok().json()["roles"], json!(["admin"]));
    let ed = server.sign_in(ED).await;
    needs_factor(&open(&server, "/api/editor", &ed.access).await, MFA);
    open(&server, "/api/admin", &ed.access)
        .await
        .refused(403, "insufficient_role");
}

#[tokio::test]
async fn a_role_that_there_is_not_and_a_list_without_a_key_abort_launch() {
    let fails = async |options: Options| -> Failed {
        match options.try_start().await {
            Err(failed) => failed,
            Ok(_) => panic!("a launch that must fail succeeded"),
        }
    };
    let list = |roles: &[&str]| offering(Server::options()).set("second_factor", required_for(roles));
    let without_key = Server::options().set("second_factor", required_for(&["admin"]));
    for (options, says) in [
        (
            list(&["admin", "owner"]),
            "`auth.second_factor.required_for` names `owner`; there are admin, editor, viewer",
        ),
        (list(&[]), "`auth.second_factor.required_for` names no role"),
        (without_key, "`auth.factor_keys` is required by `auth.second_factor`"),
    ] {
        let failed = fails(options).await;
        let errors = failed.log.errors();
        let said = failed.why.contains(says) || errors.iter().any(|line| line.text.contains(says));
        assert!(said, "{says}: {} {errors:?}", failed.why);
    }
}
