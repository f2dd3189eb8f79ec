//! The document of the demo, and what the library puts into any document.

use auth_core::openapi::{AnnotateError, add_endpoints, annotate};
use auth_core::testing::AsUser;
use auth_core::{AccessMap, User, authenticated, guarded_routes, public, require_role};
use rocket::http::Status;
use rocket::local::blocking::Client;
use rocket::request::Request;
use rocket::{get, post, put};
use rocket_app::role::AppRole;
use serde_json::{Value, json};

use crate::demo;

/// What is for people: pages, forms and files.
const PEOPLES: &[&str] = &[
    "/",
    "/assets/",
    "/change-email",
    "/confirm-email",
    "/dashboard",
    "/delete-account",
    "/docs",
    "/forgot-password",
    "/reset-password",
    "/sign-in-link",
    "/sign-up",
    "/api/auth/form/",
];

fn operation<'d>(document: &'d Value, method: &str, path: &str) -> &'d Value {
    let path = path.replace('<', "{").replace('>', "}");
    &document["paths"][&path][method.to_lowercase()]
}

#[test]
fn every_route_of_the_demo_is_in_its_document_with_its_security() {
    let (_bench, app) = demo();
    let client = Client::tracked(app).expect("the demo launches");
    let answer = client.get("/openapi.json").as_role(AppRole::Viewer).dispatch();
    assert_eq!(answer.status(), Status::Ok);
    let document: Value = serde_json::from_str(&answer.into_string().expect("a body")).expect("JSON");
    let mut seen = 0;
    for entry in AccessMap::of(client.rocket()).entries() {
        let for_people = |path: &str| entry.path == path || (path != "/" && entry.path.starts_with(path));
        if PEOPLES.iter().any(|path| for_people(path)) {
            continue;
        }
        let found = operation(&document, &entry.method, &entry.path);
        let decision = entry.decision.as_deref().expect("a decision");
        // The monitor's own route forwards every other caller to the route for admins.
        if entry.handler == "scraped" {
            continue;
        }
        seen += 1;
        assert_eq!(found["x-access-rule"], decision, "{entry:?}");
        let status = |code: &str| found["responses"][code].is_object();
        match decision {
            public if public.starts_with("public") => {
                let by_refresh_token = ["/api/auth/refresh", "/api/auth/logout"].contains(&entry.path.as_str());
                let none = if by_refresh_token {
                    json!([{ "refreshCookie": [] }, {}])
                } else {
                    json!([])
                };
                assert_eq!(found["security"], none, "{entry:?}");
                assert!(found["x-required-roles"].is_null(), "{entry:?}");
            }
            "authenticated" => {
                assert_eq!(found["security"], json!([{ "bearer": [] }]), "{entry:?}");
                assert!(status("401") && found["x-required-roles"].is_null(), "{entry:?}");
            }
            _ => {
                assert_eq!(found["security"], json!([{ "bearer": [] }]), "{entry:?}");
                assert!(status("401") && status("403"), "{entry:?}");
                let role = decision.trim_start_matches("any(").split(',').next();
                assert_eq!(found["x-required-roles"], json!([role]), "{entry:?}");
            }
        }
    }
    let operations = document["paths"].as_object().expect("paths").values();
    let operations: usize = operations.map(|item| item.as_object().expect("an item").len()).sum();
    assert_eq!(operations, seen, "and no other");
    let report = operation(&document, "GET", "/api/reports/<id>");
    assert_eq!(report["x-policies"], json!(["owns_report(id)"]));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(
        schemes["refreshCookie"]["name"], "refresh_token",
        "as in the debug profile"
    );
    assert!(schemes["accessCookie"].is_null(), "it is not read here");
}

#[test]
fn the_document_and_its_page_are_for_signed_in_users() {
    let (_bench, app) = demo();
    let client = Client::tracked(app).expect("the demo launches");
    for path in ["/openapi.json", "/docs"] {
        assert_eq!(client.get(path).dispatch().status(), Status::Unauthorized, "{path}");
        let answer = client.get(path).as_role(AppRole::Viewer).dispatch();
        assert_eq!(answer.status(), Status::Ok, "{path}");
    }
    let page = client.get("/docs").as_role(AppRole::Viewer).dispatch();
    let policy = page.headers().get_one("Content-Security-Policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let page = page.into_string().expect("a page");
    assert!(
        !page.contains("style=") && !page.contains("<script>"),
        "nothing inline: {page}"
    );
}

async fn mine(_: &User<AppRole>, _id: u32, _: &Request<'_>) -> bool {
    false
}

#[public("for every client")]
#[get("/open?<page>")]
fn open(page: Option<u32>) -> String {
    format!("{page:?}")
}

#[authenticated]
#[post("/in")]
fn signed_in() {}

#[require_role(any(all(AppRole::Editor, not(AppRole::Viewer)), mine(id)), fresh = "5m")]
#[put("/things/<id>")]
fn change(id: u32) -> String {
    id.to_string()
}

fn map() -> AccessMap {
    AccessMap::of(&rocket::build().mount("/x", guarded_routes![open, signed_in, change]))
}

#[test]
fn what_a_rule_asks_for_is_put_beside_what_the_document_says() {
    let mut document = json!({
        "openapi": "3.0.3",
        "paths": {
            "/x/open": { "get": { "responses": {} }, "head": {} },
            "/x/things/{number}": {
                "parameters": [],
                "put": { "responses": { "401": { "description": "my own" } }, "summary": "kept" },
            },
        },
        "components": { "schemas": { "Mine": {} } },
    });
    let done = annotate(&mut document, &map()).expect("all are known");
    assert_eq!(done.operations, 3);
    let undocumented: Vec<&str> = done.undocumented.iter().map(|entry| entry.handler.as_str()).collect();
    assert_eq!(undocumented, ["signed_in"]);
    for method in ["get", "head"] {
        assert_eq!(document["paths"]["/x/open"][method]["security"], json!([]), "{method}");
        assert!(document["paths"]["/x/open"][method]["responses"]["401"].is_null());
    }
    let put = &document["paths"]["/x/things/{number}"]["put"];
    assert_eq!(put["x-required-roles"], json!(["editor"]), "not what must not be held");
    assert_eq!(put["x-policies"], json!(["mine(id)"]));
    assert_eq!(put["x-fresh-seconds"], 300);
    assert_eq!(
        put["x-access-rule"],
        "any(all(editor, not(viewer)), mine(id)), fresh = \"5m\""
    );
    assert_eq!(
        (&put["summary"], &put["responses"]["401"]["description"]),
        (&json!("kept"), &json!("my own"))
    );
    assert_eq!(put["responses"]["403"]["$ref"], "#/components/responses/AuthForbidden");
    assert!(document["components"]["responses"]["AuthForbidden"].is_object());
    assert!(document["components"]["schemas"]["Mine"].is_object());
}

#[test]
fn a_document_that_is_wrong_about_what_there_is_is_refused_and_left_as_it_was() {
    let item = json!({ "get": {}, "put": {} });
    let document = json!({ "openapi": "3.1.0", "paths": { "/x/open": item, "/x/gone/{id}": item } });
    let mut tried = document.clone();
    let unknown = ["GET /x/gone/{id}", "PUT /x/gone/{id}", "PUT /x/open"].map(str::to_owned);
    let refused = annotate(&mut tried, &map()).expect_err("no route answers these");
    assert_eq!(refused, AnnotateError::UnknownOperations(unknown.to_vec()));
    assert_eq!(tried, document);
    for other in [
        json!({ "swagger": "2.0" }),
        json!([]),
        json!({ "openapi": "3.1.0", "paths": [] }),
        json!({ "openapi": "3.1.0", "components": { "schemas": 1 } }),
    ] {
        let mut tried = other.clone();
        let refused = annotate(&mut tried, &map());
        assert!(matches!(refused, Err(AnnotateError::NotOpenApi(_))), "{other}");
        assert_eq!(tried, other);
    }
}

#[test]
fn the_endpoints_stand_where_they_are_mounted() {
    let mut document = json!({ "openapi": "3.1.0", "paths": { "/mine": {} } });
    add_endpoints(&mut document, "/elsewhere");
    for path in [
        "/mine",
        "/elsewhere/login",
        "/elsewhere/sessions/{id}",
        "/.well-known/jwks.json",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
}
