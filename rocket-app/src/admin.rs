//! The JSON routes for admins: users, their roles, and the access map.

use auth_core::{AccessMap, Auth, AuthError, Role, SecretString, User, require_role};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder};
use rocket::serde::json::Json;
use rocket::{State, async_trait, delete, get, post, put};
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::people::{self, NotChanged, People, Person};
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
pub async fn users(auth: &State<Auth>) -> Result<Json<Users>, AuthError> {
    Ok(Json(Users {
        roles: AppRole::NAMES,
        users: people::list(auth).await?,
    }))
}

/// A user to add.
#[derive(utoipa::ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    email: String,
    #[schema(value_type = String)]
    password: SecretString,
    roles: Vec<String>,
}

/// Adds a user, who signs in with this password.
///
/// # Errors
///
/// 409 if the e-mail has an account. 422 for an unknown role, for what is no e-mail, and for a weak
/// password.
#[utoipa::path(post, path = "/api/admin/users", request_body = NewUser, responses(
    (status = 201, body = Person),
    (status = 408, response = crate::schema::Refused),
    (status = 409, response = crate::schema::Refused),
    (status = 413, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[post("/admin/users", data = "<new>")]
pub async fn add(people: People<'_>, new: Body<NewUser>) -> Result<(Status, Json<Person>), NotChanged> {
    let NewUser { email, password, roles } = new.0;
    let person = people.add(&email, password, &roles).await?;
    Ok((Status::Created, Json(person)))
}

/// A user to invite.
#[derive(utoipa::ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    email: String,
    roles: Vec<String>,
}

/// A link that the admin hands over. The server does not send it.
#[derive(utoipa::ToSchema, Serialize)]
pub struct Link {
    link: String,
}

impl Link {
    fn of(link: &SecretString) -> Json<Link> {
        Json(Link {
            link: link.expose().to_owned(),
        })
    }
}

/// Makes a link by which a user signs up with these roles. It is good for 7 days.
///
/// # Errors
///
/// 409 if the e-mail has an account. 422 for an unknown role, for what is no e-mail, and where
/// `flows.sign_up` is off.
#[utoipa::path(post, path = "/api/admin/invitations", request_body = Invitation, responses(
    (status = 201, body = Link),
    (status = 408, response = crate::schema::Refused),
    (status = 409, response = crate::schema::Refused),
    (status = 413, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[post("/admin/invitations", data = "<new>")]
pub async fn invite(people: People<'_>, new: Body<Invitation>) -> Result<(Status, Json<Link>), NotChanged> {
    let link = people.invite(&new.0.email, &new.0.roles).await?;
    Ok((Status::Created, Link::of(&link)))
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
/// 404 for an unknown user. 422 for an unknown role, for admins who would take their own role away,
/// and if no enabled admin would be left.
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
    people: People<'_>,
    admin: &User<AppRole>,
    id: &str,
    new: Json<NewRoles>,
) -> Result<Status, NotChanged> {
    people.set_roles(admin, id, &new.roles).await?;
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
pub async fn disable(people: People<'_>, admin: &User<AppRole>, id: &str) -> Result<Status, NotChanged> {
    people.disable(admin, id).await?;
    Ok(Status::NoContent)
}

/// Enables a user again. No session revives.
///
/// # Errors
///
/// 404 for an unknown user.
#[utoipa::path(put, path = "/api/admin/users/{id}/enable", params(("id" = String, Path)), responses(
    (status = 204, description = "Enabled."),
    (status = 404, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[put("/admin/users/<id>/enable")]
pub async fn enable(people: People<'_>, id: &str) -> Result<Status, NotChanged> {
    people.enable(id).await?;
    Ok(Status::NoContent)
}

/// The e-mail that a user is to have.
#[derive(utoipa::ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    email: String,
}

/// Sets a user's e-mail, without a mail. Links that the user has end.
///
/// # Errors
///
/// 404 for an unknown user, 409 if the e-mail has an account, 422 for what is no e-mail.
#[utoipa::path(put, path = "/api/admin/users/{id}/email", params(("id" = String, Path)), request_body = NewEmail, responses(
    (status = 204, description = "Set."),
    (status = 404, response = crate::schema::Refused),
    (status = 408, response = crate::schema::Refused),
    (status = 409, response = crate::schema::Refused),
    (status = 413, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[put("/admin/users/<id>/email", data = "<new>")]
pub async fn set_email(
    people: People<'_>,
    admin: &User<AppRole>,
    id: &str,
    new: Body<NewEmail>,
) -> Result<Status, NotChanged> {
    people.set_email(admin, id, &new.0.email).await?;
    Ok(Status::NoContent)
}

/// Makes a link by which a user sets a new password. It is good for an hour.
///
/// # Errors
///
/// 404 for a user who is unknown or disabled, 422 where `flows.reset` is off.
#[utoipa::path(post, path = "/api/admin/users/{id}/reset-link", params(("id" = String, Path)), responses(
    (status = 201, body = Link),
    (status = 404, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[post("/admin/users/<id>/reset-link")]
pub async fn reset_link(
    people: People<'_>,
    admin: &User<AppRole>,
    id: &str,
) -> Result<(Status, Json<Link>), NotChanged> {
    let link = people.reset_link(admin, id).await?;
    Ok((Status::Created, Link::of(&link)))
}

/// Removes a user's authenticator app and recovery codes: the user lost both. Only an admin who
/// proved a second factor within 10 minutes may do it.
///
/// # Errors
///
/// 404 for a user who is unknown or has no second factor, 422 for oneself.
#[utoipa::path(delete, path = "/api/admin/users/{id}/factors", params(("id" = String, Path)), responses(
    (status = 204, description = "Removed."),
    (status = 404, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin, mfa, fresh = "10m")]
#[delete("/admin/users/<id>/factors")]
pub async fn remove_factor(people: People<'_>, admin: &User<AppRole>, id: &str) -> Result<Status, NotChanged> {
    people.remove_factor(admin, id).await?;
    Ok(Status::NoContent)
}

/// Deletes a user for good.
///
/// # Errors
///
/// 404 for an unknown user, 422 for oneself and for the last enabled admin.
#[utoipa::path(delete, path = "/api/admin/users/{id}", params(("id" = String, Path)), responses(
    (status = 204, description = "Deleted."),
    (status = 404, response = crate::schema::Refused),
    (status = 422, response = crate::schema::Refused),
    (status = 503, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[delete("/admin/users/<id>")]
pub async fn delete(people: People<'_>, admin: &User<AppRole>, id: &str) -> Result<Status, NotChanged> {
    people.delete(admin, id).await?;
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
