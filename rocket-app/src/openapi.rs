//! An OpenAPI document of the JSON routes, and a page that shows it, both for signed-in users.
//!
//! What a route takes and gives stands above its handler (`utoipa`); who may use it is put in by
//! the library, from the decision itself. Pages and forms are for people, and are not in it.

use askama::Template;
use auth_core::openapi::{AnnotateError, add_endpoints, add_flow_endpoints, annotate};
use auth_core::{AccessMap, Auth};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::serde::json::Json;
use rocket::{State, async_trait, get};
use serde_json::Value;
use utoipa::OpenApi;

use crate::page::Page;
use crate::schema::Refused;

/// The routes of the demo; those of the library come from the library.
#[derive(OpenApi)]
#[openapi(
    info(title = "rocket-app", description = "The demo of auth-core."),
    paths(
        crate::api::public_news,
        crate::api::me,
        crate::api::admin,
        crate::api::editor,
        crate::api::report,
        crate::admin::users,
        crate::admin::add,
        crate::admin::invite,
        crate::admin::set_roles,
        crate::admin::disable,
        crate::admin::enable,
        crate::admin::set_email,
        crate::admin::reset_link,
        crate::admin::delete,
        crate::admin::access_map,
        crate::health::health,
        crate::monitor::metrics,
        document
    ),
    components(responses(Refused))
)]
struct Demo;

/// The route that is there only where the server offers second factors.
#[derive(OpenApi)]
#[openapi(paths(crate::admin::remove_factor))]
struct Factors;

/// Its path in the access map.
const FACTORS_OF_A_USER: &str = "/api/admin/users/<id>/factors";

/// The document of a server with these routes, whose endpoints are at `mount`.
///
/// # Errors
///
/// [`AnnotateError`] when a handler says another path than it is mounted at.
pub fn describe(map: &AccessMap, mount: &str) -> Result<Value, AnnotateError> {
    let mut api = Demo::openapi();
    if map.entries().iter().any(|entry| entry.path == FACTORS_OF_A_USER) {
        api.merge(Factors::openapi());
    }
    let mut document = serde_json::to_value(api).unwrap_or_default();
    add_endpoints(&mut document, mount);
    add_flow_endpoints(&mut document, mount, map);
    annotate(&mut document, map)?;
    Ok(document)
}

/// The document of the server that a request came to.
pub struct Described(Result<Value, AnnotateError>);

#[async_trait]
impl<'r> FromRequest<'r> for Described {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Described, Self::Error> {
        let mount = request
            .rocket()
            .state::<Auth>()
            .map(|auth| auth.config().mount.as_str());
        let described = describe(&AccessMap::of(request.rocket()), mount.unwrap_or("/api/auth"));
        Outcome::Success(Described(described))
    }
}

/// This document.
///
/// # Errors
///
/// 500 when a handler says another path than it is mounted at, which a test excludes.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, body = Object)))]
#[get("/openapi.json")]
pub fn document(described: Described) -> Result<Json<Value>, Status> {
    described.0.map(Json).map_err(|_| Status::InternalServerError)
}

/// The page that shows the document.
#[derive(Template)]
#[template(path = "docs.html")]
pub struct Docs;

/// The document, for people.
#[get("/docs")]
pub fn page(_auth: &State<Auth>) -> Page<Docs> {
    Page(Docs)
}
