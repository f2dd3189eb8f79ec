//! Adds the access rule of each route to an OpenAPI 3 document, made by hand or by any tool.
//!
//! ```
//! use auth_core::{AccessMap, openapi};
//! # use auth_core::{Role, guarded_routes, require_role};
//! # #[derive(Role, Clone, Copy)] enum AppRole { Admin }
//! # #[require_role(AppRole::Admin)] #[rocket::get("/stats/<year>")] fn stats(year: u16) -> String { year.to_string() }
//! # let rocket = rocket::build().mount("/api", guarded_routes![stats]);
//!
//! let mut document = serde_json::json!({
//!     "openapi": "3.1.0",
//!     "info": { "title": "Statistics", "version": "1" },
//!     "paths": { "/api/stats/{year}": { "get": { "responses": { "200": { "description": "the statistics" } } } } },
//! });
//! let done = openapi::annotate(&mut document, &AccessMap::of(&rocket))?;
//! assert_eq!((done.operations, done.undocumented.len()), (1, 0));
//! let get = &document["paths"]["/api/stats/{year}"]["get"];
//! assert_eq!(get["x-required-roles"], serde_json::json!(["admin"]));
//! assert_eq!(get["security"], serde_json::json!([{ "bearer": [] }]));
//! assert!(get["responses"]["401"].is_object() && get["responses"]["403"].is_object());
//! # Ok::<(), openapi::AnnotateError>(())
//! ```

mod annotate;
mod endpoints;

pub use annotate::{Annotated, annotate};
pub use endpoints::{add_endpoints, add_flow_endpoints};

/// Why a document could not be annotated. It is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnnotateError {
    /// It is no OpenAPI 3 document: an object with `openapi: 3.…`, whose `paths` and `components`,
    /// if there, are objects.
    #[error("this is no OpenAPI 3 document: {0}")]
    NotOpenApi(&'static str),
    /// It has operations that no mounted route answers; a document that is wrong about what there
    /// is would be wrong about who may use it.
    #[error("the document has operations that no route answers: {}", .0.join(", "))]
    UnknownOperations(Vec<String>),
}
