//! Traps of the frameworks below: each is shown on a route without our care, beside what ours does. Those of bcrypt stand with
//! `auth_core::password`.

use auth_core::{guarded_routes, public};
use rocket::request::Request;
use rocket::serde::json::Json;
use rocket::{Build, Rocket, get, post};
use serde::Deserialize;
use serde_json::json;

use crate::support::{ANN, Server, parts};

/// What a route written straight on Rocket sees.
struct Bare {
    access_cookie: String,
    client_ip: String,
}

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for Bare {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> rocket::request::Outcome<Bare, Self::Error> {
        let cookie = request.cookies().get("access_token");
        rocket::request::Outcome::Success(Bare {
            access_cookie: cookie.map_or_else(String::new, |cookie| cookie.value().to_owned()),
            client_ip: request.client_ip().map_or_else(String::new, |ip| ip.to_string()),
        })
    }
}

#[public("the trap of the cookies")]
#[get("/cookie")]
fn cookie(bare: Bare) -> String {
    bare.access_cookie
}

#[public("the trap of the proxy")]
#[get("/ip")]
fn ip(bare: Bare) -> String {
    bare.client_ip
}

#[public("the trap of the rewritten method")]
#[rocket::delete("/thing")]
fn delete_thing() -> &'static str {
    "deleted"
}

#[derive(Deserialize)]
struct Login {
    password: String,
}

#[public("the trap of Json")]
#[post("/json", data = "<body>")]
fn json_body(body: Json<Login>) -> String {
    body.into_inner().password
}

fn bare(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.mount("/bare", guarded_routes![cookie, ip, delete_thing, json_body])
}

async fn server() -> Server {
    Server::options().with_access_cookie().extended(bare).start().await
}

#[tokio::test]
async fn rocket_decodes_cookie_names_and_lets_the_last_win_and_we_read_the_raw_header() {
    let server = server().await;
    let access = server.sign_in(ANN).await.access;
    for pairs in [
        format!("access_token={access}; access%5Ftoken=planted"),
        format!("access_token={access}; access_token=planted"),
    ] {
        assert_eq!(server.get("/bare/cookie").cookie(&pairs).await.text, "planted");
        server.get("/api/users/me").cookie(&pairs).await.ok();
    }
}

#[tokio::test]
async fn rocket_believes_what_a_client_says_of_its_address_and_we_do_not() {
    let server = server().await;
    let claimed = "203.0.113.7";
    assert_eq!(server.get("/bare/ip").header("X-Real-IP", claimed).await.text, claimed);
    let login = server.post("/api/auth/login").header("X-Real-IP", claimed);
    let access = login.json(&ANN.login()).await.field("accessToken");
    let sessions = server.get("/api/auth/sessions").bearer(&access).await.json();
    assert_eq!(sessions[0]["ip"], "127.0.0.1");
}

#[tokio::test]
async fn rocket_turns_a_form_of_another_site_into_any_method_and_we_judge_the_post_it_was() {
    let server = server().await;
    let form = |path: &str| {
        let ask = server.post(path).header("Sec-Fetch-Site", "cross-site");
        ask.body("application/x-www-form-urlencoded", "_method=DELETE")
    };
    assert_eq!(form("/bare/thing").await.text, "deleted");
    let session = server.sign_in(ANN).await;
    let sid = parts(&session.access).1["sid"].as_str().expect("text").to_owned();
    form(&format!("/api/auth/sessions/{sid}"))
        .cookie(format!("access_token={}", session.access))
        .await
        .refused(403, "csrf_rejected");
    server.me(&session.access).await.ok();
}

#[tokio::test]
async fn rockets_json_takes_any_content_type_and_logs_what_it_cannot_read_and_ours_does_neither() {
    let server = server().await;
    let good = json!({ "email": ANN.email, "password": "kestrel-over-quarry" }).to_string();
    let plain = server.post("/bare/json").body("text/plain", good.as_str()).await;
    assert_eq!(plain.text, "kestrel-over-quarry");
    server
        .post("/api/auth/login")
        .body("text/plain", good.as_str())
        .await
        .refused(415, "unsupported_media_type");

    let broken = |path: &str, secret: &str| {
        let body = format!("{{\"password\": {secret}");
        server.post(path).body("application/json", body)
    };
    broken("/api/auth/login", "\"heron-under-bridge\"")
        .await
        .refused(422, "invalid_request");
    assert!(server.log.with("heron-under-bridge").is_empty());
    broken("/bare/json", "\"gannet-at-the-cliff\"").await;
    assert!(
        !server.log.with("gannet-at-the-cliff").is_empty(),
        "else this trap is gone"
    );
}
