//! The access matrix of the demo, kept: a change of any decision shows in `snapshots/`.

use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::testing::{Access, TestBench, access_matrix};
use auth_core::{User, authenticated, guarded_by, guarded_routes, public, require_role};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{async_trait, get, post, routes};
use rocket_app::role::AppRole;

use crate::demo;

#[test]
fn the_access_matrix_of_the_demo_is_the_one_that_was_agreed_on() {
    let (_bench, app) = demo();
    let client = rocket::local::blocking::Client::tracked(app).expect("the demo launches");
    insta::assert_snapshot!("access_matrix", access_matrix(&client));
}

#[rocket::async_test]
async fn the_matrix_is_the_same_through_the_asynchronous_client() {
    let (_bench, app) = demo();
    let (_other, again) = demo();
    let client = rocket::local::asynchronous::Client::tracked(app)
        .await
        .expect("launches");
    let asynchronous = access_matrix(&client);
    let blocking = std::thread::spawn(|| {
        let client = rocket::local::blocking::Client::tracked(again).expect("launches");
        access_matrix(&client)
    });
    assert_eq!(asynchronous, blocking.join().expect("no panic"));
}

static RAN: AtomicUsize = AtomicUsize::new(0);

#[public("counts")]
#[get("/open")]
fn open() {
    RAN.fetch_add(1, Ordering::Relaxed);
}

async fn asked(_: &User<AppRole>, _: &Request<'_>) -> bool {
    RAN.fetch_add(1, Ordering::Relaxed);
    true
}

#[require_role(any(AppRole::Admin, asked()), fresh = "5m")]
#[get("/asks")]
fn asks() {
    RAN.fetch_add(1, Ordering::Relaxed);
}

#[get("/forgotten")]
fn forgotten() {
    RAN.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn the_matrix_runs_no_handler_and_no_policy_and_names_a_route_that_nobody_decided_about() {
    let figment = rocket::Config::figment().merge(("log_level", "off"));
    let warns = figment.clone().merge(("auth.unguarded_routes", "warn"));
    let bench = TestBench::with::<AppRole>(warns).expect("a bench");
    let app = rocket::custom(figment)
        .mount("/", guarded_routes![open, asks])
        .mount("/", routes![forgotten]);
    let client = rocket::local::blocking::Client::tracked(bench.attach(app)).expect("launches");

    let matrix = access_matrix(&client);
    let access = |path, who| matrix.access("GET", path, who).expect("a route and a column");
    assert_eq!(access("/open", "anonymous"), Access::Allowed);
    assert_eq!(access("/asks", "anonymous"), Access::Refused(401));
    assert_eq!(access("/asks", "admin"), Access::Allowed);
    assert_eq!(access("/asks", "viewer"), Access::Policy);
    assert_eq!(access("/forgotten", "anonymous"), Access::Unguarded);
    assert_eq!(matrix.access("POST", "/open", "admin"), None);
    assert_eq!(matrix.access("GET", "/open", "boss"), None);
    assert_eq!(RAN.load(Ordering::Relaxed), 0);

    let table = matrix.outside("/api/auth").to_string();
    assert!(table.contains("UNGUARDED") && table.contains("NO DECISION"), "{table}");
    assert!(!table.contains("/login"), "{table}");
}

#[authenticated]
#[get("/user/<id>")]
fn by_id(id: u32) -> String {
    id.to_string()
}

#[public("profiles")]
#[get("/user/<name>", rank = 2)]
fn by_name(name: &str) -> String {
    name.to_owned()
}

#[require_role(any(AppRole::Admin, asked()))]
#[get("/user/<_>/<id>", rank = 1)]
fn of_user(id: u32) -> String {
    id.to_string()
}

#[require_role(not(AppRole::Viewer))]
#[get("/user/<_>/<name>", rank = 2)]
fn of_user_by_name(name: &str) -> String {
    name.to_owned()
}

#[test]
fn the_matrix_says_what_a_route_behind_another_one_gets_from_the_router() {
    let figment = rocket::Config::figment().merge(("log_level", "off"));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let routes = guarded_routes![by_id, by_name, of_user, of_user_by_name];
    let app = rocket::custom(figment).mount("/", routes);
    let client = rocket::local::blocking::Client::tracked(bench.attach(app)).expect("launches");

    let matrix = access_matrix(&client);
    let access = |path, who| matrix.access("GET", path, who).expect("a route and a column");
    let status = client.get("/user/bob").dispatch().status().code;
    assert_eq!(access("/user/<name>", "anonymous"), Access::Refused(status));
    assert_eq!(status, 401);
    assert_eq!(access("/user/<name>", "viewer"), Access::Allowed);
    for (who, expected) in [
        ("anonymous", Access::Refused(401)),
        ("admin", Access::Allowed),
        ("editor", Access::Policy),
        ("viewer", Access::Refused(403)),
    ] {
        assert_eq!(access("/user/<_>/<name>", who), expected, "{who}");
    }
}

#[require_role(AppRole::Admin)]
#[get("/files/<_..>", rank = 1)]
fn all_files() {}

#[public("a file")]
#[get("/files/<_>/<_>", rank = 2)]
fn a_file() {}

#[public("a format of its own")]
#[get("/report", format = "text/csv", rank = 2)]
fn as_csv() {}

#[require_role(AppRole::Admin)]
#[get("/report", format = "application/json", rank = 1)]
fn as_json() {}

#[require_role(AppRole::Admin)]
#[get("/search?lang=en", rank = 1)]
fn in_english() {}

#[public("any language")]
#[get("/search?<lang>", rank = 2)]
fn in_any_language(lang: &str) -> String {
    lang.to_owned()
}

#[authenticated]
#[post("/form", format = "*/*", rank = 1)]
fn of_any_type() {}

#[public("behind")]
#[post("/form", format = "application/json", rank = 2)]
fn of_json() {}

#[authenticated]
#[get("/50%25", rank = 1)]
fn half() {}

#[public("behind")]
#[get("/<_>", rank = 9)]
fn whole() {}

/// A client of an asynchronous test stands in a runtime already.
#[rocket::async_test]
async fn the_router_judges_lengths_formats_and_query_fields() {
    let figment = rocket::Config::figment().merge(("log_level", "off"));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let routes = guarded_routes![
        all_files,
        a_file,
        as_csv,
        as_json,
        in_english,
        in_any_language,
        of_any_type,
        of_json,
        half,
        whole
    ];
    let app = rocket::custom(figment).mount("/", routes);
    let client = rocket::local::asynchronous::Client::tracked(bench.attach(app));
    let client = client.await.expect("launches");

    let matrix = access_matrix(&client);
    for (method, path, expected) in [
        ("GET", "/files/<_>/<_>", Access::Refused(401)),
        ("GET", "/search?<lang>", Access::Allowed),
        ("GET", "/50%25", Access::Refused(401)),
        ("GET", "/<_>", Access::Allowed),
    ] {
        assert_eq!(
            matrix.access(method, path, "anonymous"),
            Some(expected),
            "{method} {path}"
        );
    }
    // Two routes of one path, and a row for each: the table names their handlers.
    let of = |handler: &str| {
        let row = matrix
            .rows()
            .iter()
            .find(|row| row.route.handler.ends_with(handler))
            .expect("a row");
        row.access[0]
    };
    assert_eq!(of("as_csv"), Access::Allowed);
    assert_eq!(of("as_json"), Access::Refused(401));
    assert_eq!(of("of_json"), Access::Refused(401));
}

/// A guard of the application; the matrix does not run it.
struct Robot;

#[async_trait]
impl<'r> FromRequest<'r> for Robot {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Robot, ()> {
        RAN.fetch_add(1, Ordering::Relaxed);
        Outcome::Success(Robot)
    }
}

#[guarded_by(Robot)]
#[get("/builds")]
fn builds() {}

#[test]
fn a_route_that_a_guard_decides_depends_on_the_guard_for_every_caller() {
    let bench = TestBench::new::<AppRole>().expect("a bench");
    let app = rocket::build().mount("/", guarded_routes![builds]);
    let client = rocket::local::blocking::Client::tracked(bench.attach(app)).expect("launches");
    let matrix = access_matrix(&client);
    let row = matrix.rows().iter().find(|row| row.route.path == "/builds");
    let row = row.expect("the route");
    assert_eq!(row.route.decision.as_deref(), Some("guarded by Robot"));
    assert!(row.access.iter().all(|access| *access == Access::Policy), "{row:?}");
}
