//! The JSON routes: each with its decision above it.

use auth_core::{Auth, AuthError, User, authenticated, public, require_role};
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{Responder, State, get};
use serde::Serialize;

use crate::reports::{Report, Reports};
use crate::role::AppRole;

/// One sentence.
#[derive(Serialize)]
pub struct Message {
    message: &'static str,
}

/// What everybody may read.
#[public("news are for everybody")]
#[get("/public")]
pub fn public_news() -> Json<Message> {
    Json(Message {
        message: "everybody may read this",
    })
}

/// The signed-in user.
#[derive(Serialize)]
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
#[authenticated]
#[get("/users/me")]
pub async fn me(auth: &State<Auth>, user: &User<AppRole>) -> Result<Json<Me>, AuthError> {
    let account = auth.account(user.id()).await?;
    Ok(Json(Me {
        id: user.id().to_string(),
        email: account.email,
        roles: user.roles().map(auth_core::Role::name).collect(),
        session_id: user.session_id().to_string(),
    }))
}

/// For admins.
#[require_role(AppRole::Admin)]
#[get("/admin")]
pub fn admin() -> Json<Message> {
    Json(Message {
        message: "only admins may read this",
    })
}

/// For editors, and for admins, who are editors as well.
#[require_role(AppRole::Editor)]
#[get("/editor")]
pub fn editor() -> Json<Message> {
    Json(Message {
        message: "editors and admins may read this",
    })
}

/// Why there is no report.
#[derive(Responder)]
pub enum NoReport {
    /// The user may not read it.
    Refused(AuthError),
    /// There is none, or the database does not answer.
    Missing(Status),
}

/// One report: for admins and for its owner.
///
/// # Errors
///
/// 403 for whoever is neither, also when there is no such report: who may not read it learns nothing of it.
#[authenticated]
#[get("/reports/<id>")]
pub async fn report(reports: &State<Reports>, user: &User<AppRole>, id: i32) -> Result<Json<Report>, NoReport> {
    let report = reports
        .find(id)
        .await
        .map_err(|_| NoReport::Missing(Status::ServiceUnavailable))?;
    match report {
        Some(report) if user.has(AppRole::Admin) || report.owner == user.id().as_str() => Ok(Json(report)),
        None if user.has(AppRole::Admin) => Err(NoReport::Missing(Status::NotFound)),
        _ => Err(NoReport::Refused(AuthError::insufficient_role())),
    }
}
