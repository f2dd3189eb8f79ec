//! What generated code may name, and nothing else may. Not part of the public interface.

pub use rocket;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Ignite, Rocket, Route};

pub use crate::role::{Decision, Role, RoleEnum, RoleSet, RoleTerm, Rule};
use crate::web::{self, refusal_of_field};
pub use crate::web::{AccessRule, AuthError, Authorized, User};

/// Records the decision of the handler `H` on its route, for the access map and the launch check.
pub fn guarded<H: AccessRule>(route: Route) -> Route {
    web::record_decision(route, H::DECISION)
}

/// Decides the rule `H` for a guard struct `G`.
///
/// # Errors
///
/// The outcome to return.
pub async fn authorize<H: AccessRule, G>(request: &Request<'_>) -> Result<(), Outcome<G, AuthError>> {
    let decided = web::authorize(request, &H::DECISION, H::ROLES);
    decided.map_err(|refused| {
        refused.record(request);
        Outcome::Error((refused.status(), refused))
    })
}

/// One field of a guard struct `G`: a guard by itself.
///
/// # Errors
///
/// The outcome to return.
pub async fn field<'r, T: FromRequest<'r>, G>(request: &'r Request<'_>) -> Result<T, Outcome<G, AuthError>> {
    match T::from_request(request).await {
        Outcome::Success(field) => Ok(field),
        Outcome::Error((status, _)) => Err(Outcome::Error((status, refusal_of_field(status)))),
        Outcome::Forward(status) => Err(Outcome::Forward(status)),
    }
}

/// The sentinel of a guard struct with the rule `H`.
pub fn abort_launch<H: AccessRule>(rocket: &Rocket<Ignite>) -> bool {
    web::abort_without_roles(rocket, H::ROLES, std::any::type_name::<H>())
}
