//! For a load balancer: whether this node can do its work.

use auth_core::store::StoreError;
use auth_core::{Auth, public};
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, get};
use serde::Serialize;

/// The state of store and feed.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    store: &'static str,
    feed: &'static str,
    feed_age_ms: u64,
    /// What an operator has to know: the database is not the one that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

/// 200 while the store answers and revocations made elsewhere are read, else 503.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health), (status = 503, body = Health)))]
#[public("for the load balancer")]
#[get("/health")]
pub async fn health(auth: &State<Auth>) -> (Status, Json<Health>) {
    let answer = auth.ping().await;
    let store_answers = answer.is_ok();
    let feed_is_stale = auth.feed_is_stale();
    let status = if store_answers && !feed_is_stale {
        Status::Ok
    } else {
        Status::ServiceUnavailable
    };
    let health = Health {
        store: if store_answers { "ok" } else { "unavailable" },
        feed: if feed_is_stale { "stale" } else { "ok" },
        feed_age_ms: u64::try_from(auth.feed_age().as_millis()).unwrap_or(u64::MAX),
        problem: match answer {
            // A text of the library's own: other errors may name hosts.
            Err(StoreError::Displaced(why)) => Some(why),
            _ => None,
        },
    };
    (status, Json(health))
}
