//! What several operations of the OpenAPI document answer with.

use utoipa::{ToResponse, ToSchema};

/// Why a request was refused.
#[derive(ToSchema, ToResponse)]
#[response(description = "Refused.", content_type = "application/json")]
#[expect(dead_code, reason = "described, not built: the library's catchers write it")]
pub struct Refused {
    error: String,
    message: String,
}

/// A route with its decision.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, not built: the library's access map is it")]
pub struct Route {
    path: String,
    method: String,
    handler: String,
    decision: Option<String>,
}
