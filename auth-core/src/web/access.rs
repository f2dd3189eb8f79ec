use std::future::ready;

use rocket::request::Request;
use rocket::route::{Route, StaticInfo};

use super::decide::Requirement;
use super::guarded::guarded_route;
use super::policy::PolicyFuture;
use super::protect::Listing;
use crate::role::{Decision, RoleEnum};

/// A handler, or a guard struct, that states who may pass.
///
/// Implemented by `#[require_role(…)]`, `#[authenticated]` and `#[public("why")]`, for the type of the handler's name. There is no
/// reason to implement it by hand.
pub trait AccessRule: Send + Sync + 'static {
    /// Who may pass.
    const DECISION: Decision;

    /// The enum whose roles the decision names; `None` where it names no role. Not an associated type: a handler may be more
    /// visible than the enum.
    const ROLES: Option<RoleEnum> = None;

    /// How long ago the user may have signed in, in seconds; `None`: any time.
    const FRESH: Option<u32> = None;

    /// The answer of the policy at `index` of the rule. Asked only when the roles do not decide.
    fn policy<'r>(index: u32, request: &'r Request<'_>) -> PolicyFuture<'r> {
        // A rule without policies asks for none; one that is asked for all the same fails closed.
        let _ = (index, request);
        Box::pin(ready(Ok(false)))
    }
}

/// A struct that states who may pass, made a request guard by `#[require_role(…)]` or `#[authenticated]`.
///
/// Only such a struct can stand before other routes, as [`Protection::of`](crate::Protection::of) asks. A handler's rule may name
/// parameters of the handler's own path, and would read another route's path in their place.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no guard struct",
    label = "this cannot stand before other routes",
    note = "a handler's rule reads the handler's own path; write a struct with the rule, and name the struct:\n\
            `#[require_role(YourRole::Variant)] struct YourGuard;`"
)]
pub trait GuardStruct: AccessRule {}

/// A handler with a decision, and what Rocket makes its route of. The attribute implements it.
///
/// A route made of it always has the decision in front, however this is implemented.
pub trait DecidedHandler: AccessRule {
    /// The handler's name, which the route gets.
    const NAME: &'static str;

    /// What the handler's request guards ask for, as far as they may ask for more than the decision.
    const PARAMETERS: &'static [Option<Requirement>] = &[];

    /// What Rocket knows of the handler, without the decision.
    fn route_info(self) -> StaticInfo;
}

/// The list that `guarded_routes!` makes.
pub struct List;

/// What a [`List`] takes: every [`DecidedHandler`].
///
/// The list has the trait and not the handler, so that the compiler's message has ten lines: of a handler it would also show
/// where Rocket's attribute stands, and of a function the bound. It is one error, also where `#[launch]` repeats the list.
#[diagnostic::on_unimplemented(
    message = "`{H}` does not say who may use it",
    label = "this handler has no access decision",
    note = "write one of these above the handler's route attribute:\n\
            `#[require_role(YourRole::Variant)]`, `#[authenticated]`, `#[public(\"why\")]`;\n\
            a catcher needs none: register it with `catchers![…]`"
)]
pub trait Takes<H> {
    /// The handler's route, behind its decision.
    fn route(handler: H) -> Route;
}

#[diagnostic::do_not_recommend]
impl<H: DecidedHandler> Takes<H> for List {
    fn route(handler: H) -> Route {
        guarded_route(handler, Listing::Listed)
    }
}
