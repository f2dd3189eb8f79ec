//! `rocket_okapi`: the document by its macros, the routes by `guarded_routes!`.

use auth_core::{Auth, Role, guarded_routes, public, require_role};
use rocket::serde::json::Json;
use rocket::{get, launch};
use rocket_okapi::{openapi, openapi_get_spec};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

/// The drafts.
#[openapi(tag = "Drafts")]
#[require_role(AppRole::Admin, AppRole::Editor)]
#[get("/drafts/<id>")]
fn drafts(id: u32) -> Json<Vec<u32>> {
    Json(vec![id])
}

/// Whether the server runs.
#[openapi]
#[public("for the load balancer")]
#[get("/health")]
fn health() -> &'static str {
    "ok"
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .mount("/api", guarded_routes![drafts, health])
        .manage(openapi_get_spec![drafts, health])
}
