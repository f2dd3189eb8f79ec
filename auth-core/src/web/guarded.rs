//! The route of a handler with a decision.

use std::any::type_name;
use std::marker::PhantomData;

use rocket::route::Route;
use rocket::sentinel::resolve;
use rocket::{Ignite, Rocket, Sentinel};

use super::access::{AccessRule, DecidedHandler};
use super::decide::Requirement;
use super::launch;
use super::protect::{Listing, behind};

/// What launch asks of the handler `H`: that the fairing is there, and for the enum that the handler's decision names.
struct Authorized<H>(PhantomData<fn() -> H>);

impl<H: AccessRule> Sentinel for Authorized<H> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launch::abort_without_roles(rocket, H::ROLES, type_name::<H>())
    }
}

/// The route of `handler`, under the handler's name and behind its decision.
pub(crate) fn guarded_route<H: DecidedHandler>(handler: H, listing: Listing) -> Route {
    let mut info = handler.route_info();
    let requirement = Requirement::of::<H>();
    info.name = H::NAME;
    if !requirement.is_public() {
        info.sentinels.push(resolve!(Authorized<H>));
    }
    // Rocket asks the guards themselves, in their order.
    let asked = H::PARAMETERS.iter().rev().flatten();
    let route = asked.fold(Route::from(info), |route, asked| {
        behind(*asked, Listing::Parameter, route)
    });
    behind(requirement, listing, route)
}
