//! Handlers that a request guard of the application decides.

use auth_core::{AccessMap, AuthError, guarded_by, guarded_routes, public};
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Responder, async_trait, catch, catchers, get};

use crate::support::Server;

/// A program with a key, and its name.
struct Robot<'r>(&'r str);

#[async_trait]
impl<'r> FromRequest<'r> for Robot<'r> {
    type Error = &'static str;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Robot<'r>, &'static str> {
        match request.headers().get_one("X-Robot-Key") {
            Some("walks-by") => Outcome::Forward(Status::NotFound),
            Some("banned") => Outcome::Error((Status::Forbidden, "it is banned")),
            Some(name) => Outcome::Success(Robot(name)),
            None => Outcome::Error((Status::Unauthorized, "there is no key")),
        }
    }
}

#[guarded_by(Robot)]
#[get("/builds/<id>")]
fn build(id: u32, robot: Robot<'_>) -> String {
    format!("build {id} of {}", robot.0)
}

#[guarded_by(Robot)]
#[get("/lost")]
fn lost() -> Option<&'static str> {
    None
}

#[derive(Responder)]
#[response(status = 404)]
struct Kept(&'static str, Header<'static>);

#[guarded_by(Robot)]
#[get("/kept")]
fn kept() -> Kept {
    Kept("gone", Header::new("Cache-Control", "max-age=60"))
}

#[public("the next route")]
#[get("/builds/<id>", rank = 2)]
fn other(id: &str) -> String {
    format!("page {id}")
}

#[catch(401)]
fn own_page(request: &Request<'_>) -> String {
    format!("a key please, {:?}", AuthError::of(request).is_some())
}

async fn start() -> Server {
    Server::options()
        .set("rank_conflicts", "allow")
        .extended(|rocket| rocket.mount("/app", guarded_routes![build, other, lost, kept]))
        .start()
        .await
}

#[tokio::test]
async fn the_guard_decides_before_all_that_the_handler_reads_and_its_refusals_stand() {
    let server = start().await;
    let ask = async |path: &str, key: &str| server.get(path).header("X-Robot-Key", key).await;
    let passed = ask("/app/builds/7", "ada").await;
    assert_eq!(passed.ok().text, "build 7 of ada");
    assert_eq!(passed.header("Cache-Control"), Some("no-store, private"), "{passed:?}");
    for path in ["/app/builds/7", "/app/builds/seven"] {
        let page = server.get(path).header("Accept", "text/html").await;
        assert_eq!(page.status, 401, "no sign-in page: {page:?}");
        let refused = server.get(path).await;
        assert_eq!((refused.status, refused.field("error")), (401, "unauthorized".into()));
    }
    let banned = ask("/app/builds/7", "banned").await;
    assert_eq!((banned.status, banned.field("error")), (403, "forbidden".into()));
    for failed in [banned, server.get("/app/builds/7").await, ask("/app/lost", "ada").await] {
        assert!(failed.status >= 400, "{failed:?}");
        assert_eq!(failed.header("Cache-Control"), Some("no-store, private"), "{failed:?}");
    }
    let own = ask("/app/kept", "ada").await;
    assert_eq!((own.status, own.header("Cache-Control")), (404, Some("max-age=60")));
    let unguarded = server.get("/app/nowhere").await;
    assert_eq!((unguarded.status, unguarded.header("Cache-Control")), (404, None));
    assert_eq!(ask("/app/builds/7", "walks-by").await.ok().text, "page 7");
}

#[tokio::test]
async fn a_catcher_of_the_application_finds_no_reason_of_the_librarys() {
    let server = Server::options()
        .set("rank_conflicts", "allow")
        .extended(|rocket| {
            rocket
                .mount("/app", guarded_routes![build, other])
                .register("/app", catchers![own_page])
        })
        .start()
        .await;
    let answer = server.get("/app/builds/7").await;
    assert_eq!((answer.status, answer.text.as_str()), (401, "a key please, false"));
}

#[tokio::test]
async fn the_access_map_names_the_guard() {
    let rocket = rocket::build().mount("/app", guarded_routes![build]);
    let map = AccessMap::of(&rocket);
    let decisions: Vec<_> = map.entries().iter().map(|entry| entry.decision.as_deref()).collect();
    assert_eq!(decisions, [Some("guarded by Robot")]);
}
