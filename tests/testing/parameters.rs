//! A handler whose parameters ask for more than its decision: map, document and matrix say what
//! requests get.

use auth_core::openapi::annotate;
use auth_core::testing::{Access, AsUser, TestBench, access_matrix};
use auth_core::{AccessMap, Role, User, authenticated, guarded_routes, public, require_role};
use rocket::http::Status;
use rocket::local::blocking::Client;
use rocket::{State, get};
use rocket_app::role::AppRole;
use serde_json::json;

#[require_role(AppRole::Admin)]
struct AdminUser<'r>(#[expect(dead_code, reason = "only that it is there matters")] &'r User<AppRole>);

type Me = User<AppRole>;

#[public("by value")]
#[get("/value")]
fn value(user: User<AppRole>) -> String {
    user.id().to_string()
}

#[public("by reference")]
#[get("/reference/<id>")]
fn reference(id: u8, user: &User<AppRole>) -> String {
    format!("{id} {}", user.id())
}

#[public("by another name")]
#[get("/alias")]
fn alias(user: Me) -> String {
    user.id().to_string()
}

#[public("a guard struct")]
#[get("/struct")]
fn by_struct(admin: AdminUser<'_>) {
    let _ = admin;
}

#[public("may be signed in")]
#[get("/option")]
fn option(user: Option<User<AppRole>>, result: Result<&User<AppRole>, auth_core::AuthError>) -> String {
    format!("{} {}", user.is_some(), result.is_ok())
}

#[public("nothing of ours")]
#[get("/other")]
fn other(roles: &State<u8>) -> String {
    roles.to_string()
}

#[authenticated]
#[get("/both")]
fn both(user: &User<AppRole>, admin: AdminUser<'_>) -> String {
    let _ = admin;
    user.id().to_string()
}

#[test]
fn what_parameters_ask_for_is_what_the_map_the_matrix_and_the_document_say() {
    let figment = rocket::Config::figment().merge(("log_level", "off"));
    let bench = TestBench::with::<AppRole>(figment.clone()).expect("a bench");
    let routes = guarded_routes![value, reference, alias, by_struct, option, other, both];
    let app = rocket::custom(figment).manage(7u8).mount("/", routes);
    let client = Client::tracked(bench.attach(app)).expect("launches");
    let map = AccessMap::of(client.rocket());
    let matrix = access_matrix(&client);
    for (path, request, decision) in [
        ("/value", "/value", "authenticated"),
        ("/reference/<id>", "/reference/7", "authenticated"),
        ("/alias", "/alias", "authenticated"),
        ("/struct", "/struct", "admin"),
        ("/option", "/option", "public: may be signed in"),
        ("/other", "/other", "public: nothing of ours"),
        ("/both", "/both", "authenticated and admin"),
    ] {
        let entry = map.entries().iter().find(|entry| entry.path == path).expect("a route");
        assert_eq!(entry.decision.as_deref(), Some(decision), "{path}");
        let said = |status: Status| match status.code {
            200 => Access::Allowed,
            refused => Access::Refused(refused),
        };
        let anonymous = client.get(request).dispatch().status();
        assert_eq!(matrix.access("GET", path, "anonymous"), Some(said(anonymous)), "{path}");
        for role in AppRole::ALL {
            let answer = client.get(request).as_role(*role).dispatch().status();
            assert_eq!(
                matrix.access("GET", path, role.name()),
                Some(said(answer)),
                "{path} {}",
                role.name()
            );
        }
    }

    let mut document = json!({ "openapi": "3.1.0", "paths": { "/value": { "get": {} }, "/option": { "get": {} } } });
    annotate(&mut document, &map).expect("both are routes");
    assert_eq!(document["paths"]["/value"]["get"]["x-access-rule"], "authenticated");
    assert!(
        document["paths"]["/value"]["get"]["responses"]["401"].is_object(),
        "{document}"
    );
    assert_eq!(
        document["paths"]["/option"]["get"]["x-access-rule"],
        "public: may be signed in"
    );
}
