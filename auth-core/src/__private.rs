//! What generated code may name, and nothing else may. Not part of the public interface.

use std::fmt::Debug;
use std::pin::Pin;

pub use auth_macros::{after_route, outside_impl};
pub use rocket;
use rocket::request::{Outcome, Request};
use rocket::{Ignite, Rocket, Route};

pub use crate::role::{
    Decision, PolicyTerm, Role, RoleEnum, RoleSet, RoleTerm, Rule, ScopeOf, ScopedRole, ScopedTerm, Terms,
};
pub use crate::web::AccessPolicy;
use crate::web::{self, GuardReply, Listing, refusal_of_field};
pub use crate::web::{
    AccessRule, AsksNothing, AuthError, DecidedHandler, GuardStruct, GuardedRoutes, Parameter, Passed, PolicyAnswer,
    PolicyContext, PolicyFailure, PolicyFuture, PolicyReply, Takes, User, context, segment, segments,
};

/// What `FromRequest::from_request` of a guard struct returns.
pub type GuardFuture<'f, G> = Pin<Box<dyn Future<Output = Outcome<G, AuthError>> + Send + 'f>>;

/// A role inside a rule: the variant, and its discriminant.
pub const fn role<R: Role>(role: R, discriminant: i128) -> Rule {
    Rule::Role(RoleTerm::of(role, discriminant))
}

/// A role in a scope inside a rule: the variant, its discriminant, the place of its answer, and the
/// path parameter that names the scope.
pub const fn role_in<R: ScopedRole>(
    role: R,
    discriminant: i128,
    index: u32,
    segment: usize,
    parameter: &'static str,
) -> ScopedTerm {
    ScopedTerm::of(role, discriminant, index, segment, parameter)
}

/// Compiles where `T` is the type of the path parameter that names where the roles of `R` hold.
pub const fn refuse_other_scope<T: ScopeOf<R>, R>() {}

/// Stops the compiler, with `message`, where the first role within a scope includes the second.
///
/// # Panics
///
/// Then: it is called in constants only, which panic as the program is compiled.
#[track_caller]
pub const fn refuse_included_in_scope<R: ScopedRole>(
    (role, discriminant): (R, i128),
    (included, its_discriminant): (R, i128),
    message: &'static str,
) {
    let term = ScopedTerm::of(role, discriminant, 0, 0, "");
    let included = ScopedTerm::of(included, its_discriminant, 0, 0, "");
    assert!(
        !R::INCLUDES[term.bit() as usize].contains_bit(included.bit()),
        "{}",
        message
    );
}

/// Stops the compiler, with `message`, where the first role includes the second.
///
/// # Panics
///
/// Then: it is called in constants only, which panic as the program is compiled.
#[track_caller]
pub const fn refuse_included<R: Role>(
    (role, discriminant): (R, i128),
    (included, its_discriminant): (R, i128),
    message: &'static str,
) {
    let includes = R::INCLUDES[RoleTerm::of(role, discriminant).bit() as usize];
    assert!(
        !includes.contains_bit(RoleTerm::of(included, its_discriminant).bit()),
        "{}",
        message
    );
}

/// Stops the compiler where the reason of `#[public]` is a blank constant.
///
/// # Panics
///
/// Then: it is called in constants only, which panic as the program is compiled.
#[track_caller]
pub const fn refuse_blank(reason: &str) {
    assert!(
        !reason.trim_ascii().is_empty(),
        "the reason is blank: say why this needs no sign-in"
    );
}

/// The route of a handler, behind its decision, as Rocket's `routes!` mounts it. It is guarded all
/// the same, and launch refuses it.
pub fn unlisted<H: DecidedHandler>(handler: H) -> Route {
    web::guarded_route(handler, Listing::Unlisted)
}

/// Decides the rule `H` for a guard struct `G`.
///
/// # Errors
///
/// The outcome to return.
pub async fn authorize<H: AccessRule, G>(request: &Request<'_>) -> Result<(), Outcome<G, AuthError>> {
    AccessPolicy::of::<H>()
        .authorize(request)
        .await
        .map_err(|failure| match failure {
            PolicyFailure::Refused(refused) => {
                refused.record(request);
                Outcome::Error((refused.status(), refused))
            }
            PolicyFailure::Guard(status) => Outcome::Error((status, refusal_of_field(status))),
            PolicyFailure::Forward(status) => Outcome::Forward(status),
        })
}

/// What the guard of `#[guarded_by(…)]`, whose type has this name, decided before for a request to
/// `/can`: its answer is the same for every path that the client asks about.
pub fn former_guard_reply(request: &Request<'_>, guard: &'static str) -> Option<Result<PolicyReply, PolicyFailure>> {
    web::guard_decided_before(request, guard).map(GuardReply::into_result)
}

/// What the guard of `#[guarded_by(…)]`, whose type has this name, decided.
///
/// # Errors
///
/// [`PolicyFailure`] where it does not let the request pass.
pub fn guard_reply<T, E: Debug>(
    request: &Request<'_>,
    guard: &'static str,
    outcome: Outcome<T, E>,
) -> Result<PolicyReply, PolicyFailure> {
    let reply = GuardReply::of(outcome);
    web::keep_guard_reply(request, guard, reply);
    reply.into_result()
}

/// The user that a policy gets.
///
/// # Errors
///
/// The refusal, if there is no user; a rule calls a policy only if there is one.
pub fn policy_user<R: Role>(request: &Request<'_>) -> Result<User<R>, PolicyFailure> {
    web::user(request).map_err(PolicyFailure::Refused)
}

/// One field of a guard struct `G`, from the outcome of its own guard.
///
/// Not `async`: the future of a function that awaits a borrowed guard of any type cannot be seen to
/// be `Send`.
///
/// # Errors
///
/// The outcome to return.
pub fn field<T, E: Debug, G>(outcome: Outcome<T, E>) -> Result<T, Outcome<G, AuthError>> {
    match outcome {
        Outcome::Success(field) => Ok(field),
        Outcome::Error((status, _)) => Err(Outcome::Error((status, refusal_of_field(status)))),
        Outcome::Forward(status) => Err(Outcome::Forward(status)),
    }
}

/// The sentinel of a guard struct with the rule `H`.
pub fn abort_launch<H: AccessRule>(rocket: &Rocket<Ignite>) -> bool {
    web::abort_without_roles(rocket, H::ROLES, std::any::type_name::<H>())
}
