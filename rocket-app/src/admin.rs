//! The JSON routes for admins: users, their roles, and the access map.

use auth_core::{AccessMap, Auth, AuthError, Role, User, require_role};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder};
use rocket::serde::json::Json;
use rocket::{State, async_trait, get, put};
use serde::{Deserialize, Serialize};

use crate::people::{self, NotChanged, Person};
use crate::reports::Reports;
use crate::role::AppRole;

/// The users, and the roles there are.
#[derive(utoipa::ToSchema, Serialize)]
pub struct Users {
    #[schema(value_type = Vec<String>)]
    roles: &'static [&'static str],
    users: Vec<Person>,
}

/// Every user.
///
/// # Errors
///
/// 503 when the users cannot be read.
#[utoipa::path(get, path = "/api/admin/users", responses(
    (status = 200, body = Users),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[get("/admin/users")]
pub async fn users(reports: &State<Reports>) -> Result<Json<Users>, Status> {
    let users = reports.people().await.map_err(|_| Status::ServiceUnavailable)?;
    Ok(Json(Users {
        roles: AppRole::NAMES,
        users,
    }))
}

/// The roles that a user is to have.
#[derive(utoipa::ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRoles {
    roles: Vec<String>,
}

/// Replaces a user's roles; the user's next request refreshes its token.
///
/// # Errors
///
/// 404 for an unknown user, 422 for an unknown role, for admins who would take their own role away, and where no enabled
/// admin would be left.
#[utoipa::path(put, path = "/api/admin/users/{id}/roles", params(("id" = String, Path)), request_body = NewRoles, responses(
    (status = 204, description = "Replaced."),
    (status = 404, response = crate::schema::Refused),
    (status = 413, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[put("/admin/users/<id>/roles", data = "<new>")]
pub async fn set_roles(
    auth: &State<Auth>,
    admin: &User<AppRole>,
    id: &str,
    new: Json<NewRoles>,
) -> Result<Status, NotChanged> {
    people::set_roles(auth, admin, id, &new.roles).await?;
    Ok(Status::NoContent)
}

/// Disables a user, whose sessions end.
///
/// # Errors
///
/// 404 for an unknown user, 422 for oneself and for the last enabled admin.
#[utoipa::path(put, path = "/api/admin/users/{id}/disable", params(("id" = String, Path)), responses(
    (status = 204, description = "Disabled."),
    (status = 404, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[put("/admin/users/<id>/disable")]
pub async fn disable(auth: &State<Auth>, admin: &User<AppRole>, id: &str) -> Result<Status, NotChanged> {
    people::disable(auth, admin, id).await?;
    Ok(Status::NoContent)
}

/// Every route with its decision, as it is printed at launch.
#[utoipa::path(get, path = "/api/admin/access-map", responses((status = 200, body = Vec<crate::schema::Route>)))]
#[require_role(AppRole::Admin)]
#[get("/admin/access-map")]
pub fn access_map(map: Mounted) -> Json<AccessMap> {
    Json(map.0)
}

/// The access map of the server that a request came to.
pub struct Mounted(AccessMap);

#[async_trait]
impl<'r> FromRequest<'r> for Mounted {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Mounted, Self::Error> {
        Outcome::Success(Mounted(AccessMap::of(request.rocket())))
    }
}

impl<'r> Responder<'r, 'static> for NotChanged {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            NotChanged::Unknown => Err(Status::NotFound),
            NotChanged::Impossible => Err(Status::UnprocessableEntity),
            NotChanged::Refused(refused) => AuthError::respond_to(refused, request),
        }
    }
}
