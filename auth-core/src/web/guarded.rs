//! The route of a handler with a decision.

use std::any::type_name;
use std::marker::PhantomData;

use rocket::route::{Route, StaticInfo};
use rocket::sentinel::resolve;
use rocket::{Ignite, Rocket, Sentinel};

use super::access::AccessRule;
use super::decide::Requirement;
use super::launch;
use super::protect::behind;

/// What launch asks of the handler `H`: that the fairing is there, and for the enum that the handler's decision speaks of.
struct Authorized<H>(PhantomData<fn() -> H>);

impl<H: AccessRule> Sentinel for Authorized<H> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launch::abort_without_roles(rocket, H::ROLES, type_name::<H>())
    }
}

/// The route that Rocket made of the function of the handler `H`, under the handler's name and behind its decision.
///
/// It is guarded however it is mounted. That the decision is known is recorded by `guarded_routes!` only.
pub(crate) fn guarded_route<H: AccessRule>(name: &'static str, mut info: StaticInfo) -> Route {
    info.name = name;
    info.sentinels.push(resolve!(Authorized<H>));
    behind(Requirement::of::<H>(), Route::from(info))
}
