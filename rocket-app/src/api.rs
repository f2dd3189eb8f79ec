//! The JSON routes: each with its decision above it.

use auth_core::{Auth, AuthError, User, authenticated, public, require_role};
use rocket::http::Status;
use rocket::request::Request;
use rocket::serde::json::Json;
use rocket::{State, get};
use serde::Serialize;

use crate::reports::{Report, ReportError, Reports};
use crate::role::AppRole;

/// One sentence.
#[derive(utoipa::ToSchema, Serialize)]
pub struct Message {
    message: &'static str,
}

/// What every client may read.
#[utoipa::path(get, path = "/api/public", responses((status = 200, body = Message)))]
#[public("every client may read the news")]
#[get("/public")]
pub fn public_news() -> Json<Message> {
    Json(Message {
        message: "every client may read this",
    })
}

/// The signed-in user.
#[derive(utoipa::ToSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    id: String,
    email: String,
    roles: Vec<&'static str>,
    session_id: String,
}

/// Who am I?
///
/// # Errors
///
/// 401 when the account is gone, 503 when the accounts cannot be read.
#[utoipa::path(get, path = "/api/users/me", responses(
    (status = 200, body = Me),
    (status = 503, response = crate::schema::Refused),
))]
#[authenticated]
#[get("/users/me")]
pub async fn me(auth: &State<Auth>, user: &User<AppRole>) -> Result<Json<Me>, AuthError> {
    let account = auth.accounts().enabled(user.id()).await?;
    Ok(Json(Me {
        id: user.id().to_string(),
        email: account.email,
        roles: user.roles().map(auth_core::Role::name).collect(),
        session_id: user.session_id().to_string(),
    }))
}

/// For admins.
#[utoipa::path(get, path = "/api/admin", responses((status = 200, body = Message)))]
#[require_role(AppRole::Admin)]
#[get("/admin")]
pub fn admin() -> Json<Message> {
    Json(Message {
        message: "only admins may read this",
    })
}

/// For editors, and for admins, who are editors as well.
#[utoipa::path(get, path = "/api/editor", responses((status = 200, body = Message)))]
#[require_role(AppRole::Editor)]
#[get("/editor")]
pub fn editor() -> Json<Message> {
    Json(Message {
        message: "editors and admins may read this",
    })
}

/// One report, for admins and its owner. Other users do not even learn whether the report exists.
///
/// # Errors
///
/// 404 for an admin who requests an unknown report; 503 when the reports cannot be read.
#[utoipa::path(get, path = "/api/reports/{id}", params(("id" = i32, Path)), responses(
    (status = 200, body = Report),
    (status = 404, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(any(AppRole::Admin, owns_report(id)))]
#[get("/reports/<id>")]
pub async fn report(reports: &State<Reports>, id: i32) -> Result<Json<Report>, Status> {
    let report = reports.find(id).await.map_err(|_| Status::ServiceUnavailable)?;
    report.map(Json).ok_or(Status::NotFound)
}

/// The policy of [`report`]: whether it is the user's own.
async fn owns_report(user: &User<AppRole>, id: i32, request: &Request<'_>) -> Result<bool, ReportError> {
    // [`crate::rocket`] manages the reports where it mounts the routes. Without them no user owns a
    // report.
    let Some(reports) = request.rocket().state::<Reports>() else {
        return Ok(false);
    };
    Ok(reports
        .find(id)
        .await?
        .is_some_and(|report| report.owner == user.id().as_str()))
}
