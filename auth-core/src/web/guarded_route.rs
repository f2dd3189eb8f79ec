//! A decision in front of a route: of a handler of ours, or of routes that are none, such as a file
//! server's.

use std::any::type_name;
use std::cell::RefCell;
use std::marker::PhantomData;

use rocket::data::Data;
use rocket::http::Header;
use rocket::request::Request;
use rocket::route::{Handler, Outcome, Route, StaticInfo};
use rocket::sentinel::resolve;
use rocket::{Ignite, Rocket, Sentinel, async_trait};

use super::authorize::{AccessPolicy, AccessRule, GuardStruct, abort_without_roles};
use super::catchers::{NOT_KEPT, note_own_guard};
use super::memberships::abort_without_memberships;
use super::policy::PolicyFailure;
use super::{unparsed_parameter, unread_body};
use crate::role::{Decision, Role, RoleEnum, RoleTerm, Rule, Terms};

/// The decision for routes wrapped by [`protect`]: a role, an array of roles (any of them), or one
/// of the constructors.
pub struct Protection(AccessPolicy);

impl Protection {
    /// Every signed-in user.
    pub const fn authenticated() -> Protection {
        Protection(AccessPolicy::plain(Decision::Authenticated, None))
    }

    /// Every caller, signed in or not. The access map prints the reason.
    pub const fn public(reason: &'static str) -> Protection {
        Protection(AccessPolicy::plain(Decision::Public { reason }, None))
    }

    /// The rule of the guard struct `G`: any rule that can be written in `#[require_role(…)]`.
    pub const fn of<G: GuardStruct>() -> Protection {
        Protection(AccessPolicy::of::<G>())
    }
}

impl<R: Role> From<R> for Protection {
    fn from(role: R) -> Protection {
        let rule = Rule::Role(RoleTerm::from(role));
        Protection(AccessPolicy::plain(Decision::Rule(rule), Some(RoleEnum::of::<R>())))
    }
}

impl<R: Role, const N: usize> From<[R; N]> for Protection {
    fn from(roles: [R; N]) -> Protection {
        // Rules are made of what lives for ever; this one is made once, for routes that do.
        let terms: Vec<Rule> = roles.into_iter().map(|role| Rule::Role(RoleTerm::from(role))).collect();
        let rule = Rule::Any(Terms::of(Box::leak(terms.into_boxed_slice())));
        Protection(AccessPolicy::plain(Decision::Rule(rule), Some(RoleEnum::of::<R>())))
    }
}

/// Puts one decision before all of `routes`.
///
/// ```no_run
/// use auth_core::{Protection, Role, protect};
/// use rocket::fs::FileServer;
/// # #[derive(Role, Clone, Copy)] enum AppRole { Admin, Editor }
///
/// # let rocket = rocket::build();
/// rocket
///     .mount("/drafts", protect([AppRole::Admin, AppRole::Editor], FileServer::from("drafts")))
///     .mount("/style", protect(Protection::public("style sheets"), FileServer::from("style")));
/// ```
pub fn protect(protection: impl IntoProtection, routes: impl IntoRoutes) -> Vec<Route> {
    let Protection(policy) = protection.into();
    let wrap = |route: Route| guard_route(policy, Listing::Listed, route);
    routes.into().into_iter().map(wrap).collect()
}

/// A decision for [`protect`]: a role, an array of roles, or a [`Protection`].
///
/// Every type that becomes a [`Protection`] implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who may use the routes",
    label = "this is no access decision",
    note = "write `protect(decision, routes)`, where the decision is a role, an array of roles of which one is enough,\n\
            `Protection::authenticated()`, `Protection::public(\"why\")` or `Protection::of::<YourGuard>()`"
)]
pub trait IntoProtection: Into<Protection> {}

#[diagnostic::do_not_recommend]
impl<T: Into<Protection>> IntoProtection for T {}

/// Routes for [`protect`]: a `Vec<Route>`, or a type that becomes one, such as a file server.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of routes",
    label = "these are no routes",
    note = "write `protect(decision, routes)`, where the routes are `FileServer::from(\"files\")`, `routes![…]`\n\
            or another `Vec<Route>`"
)]
pub trait IntoRoutes: Into<Vec<Route>> {}

#[diagnostic::do_not_recommend]
impl<T: Into<Vec<Route>>> IntoRoutes for T {}

/// Whether an application listed the route where undecided handlers do not compile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// By `guarded_routes!` or [`protect`].
    Listed,
    /// By the type of a parameter: the parameter's guard decides, and the route shows it.
    Parameter,
    /// By Rocket's `routes!`. Launch refuses the route: the list may have undecided handlers too.
    Unlisted,
}

/// The route with the decision before its handler, and with it before all that the handler reads.
pub(crate) fn guard_route(policy: AccessPolicy, listing: Listing, mut route: Route) -> Route {
    route.handler = Box::new(GuardedHandler {
        policy,
        listing,
        handler: route.handler,
    });
    route
}

/// The decisions in front of the handler of `route`, the outermost first; empty where the outermost
/// is not listed, or is something else.
///
/// The decisions are read from the handler that enforces them, so that no route shows a decision
/// that it does not have. A `dyn Handler` tells its type to no code outside Rocket. But it can be
/// cloned, and [`GuardedHandler`] knows at which address it is being cloned.
pub(crate) fn decisions_of(route: &Route) -> Vec<AccessPolicy> {
    let found = read(route);
    match found.first() {
        Some((Listing::Listed, _)) => found.into_iter().map(|(_, policy)| policy).collect(),
        _ => Vec::new(),
    }
}

/// The decisions in front of the handler of `route`, listed or not: what a request meets.
pub(crate) fn enforced_decisions_of(route: &Route) -> Vec<AccessPolicy> {
    read(route).into_iter().map(|(_, policy)| policy).collect()
}

/// Whether a handler of ours is mounted by Rocket's `routes!`.
pub(crate) fn is_unlisted(route: &Route) -> bool {
    matches!(read(route).first(), Some((Listing::Unlisted, _)))
}

/// What stands in front of the handler of `route`, the outermost first.
fn read(route: &Route) -> Vec<(Listing, AccessPolicy)> {
    READING.set(Some(Reading {
        next: address(&*route.handler),
        found: Vec::new(),
    }));
    drop(route.handler.clone());
    READING.take().map(|reading| reading.found).unwrap_or_default()
}

/// What [`read`] has found so far.
struct Reading {
    /// Where the next handler stands.
    next: usize,
    found: Vec<(Listing, AccessPolicy)>,
}

thread_local! {
    static READING: RefCell<Option<Reading>> = const { RefCell::new(None) };
}

fn address(handler: &dyn Handler) -> usize {
    std::ptr::from_ref(handler).cast::<()>().addr()
}

struct GuardedHandler {
    policy: AccessPolicy,
    listing: Listing,
    handler: Box<dyn Handler>,
}

impl Clone for GuardedHandler {
    fn clone(&self) -> GuardedHandler {
        READING.with_borrow_mut(|reading| match reading {
            Some(reading) if reading.next == address(self) => {
                reading.found.push((self.listing, self.policy));
                reading.next = address(&*self.handler);
            }
            _ => {}
        });
        GuardedHandler {
            policy: self.policy,
            listing: self.listing,
            handler: self.handler.clone(),
        }
    }
}

#[async_trait]
impl Handler for GuardedHandler {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        if self.listing == Listing::Parameter {
            return self.handler.handle(request, data).await;
        }
        let by_guard = matches!(self.policy.decision, Decision::Guard(_));
        if by_guard {
            note_own_guard(request);
        }
        let outcome = match self.policy.authorize(request).await {
            Ok(()) => {
                let outcome = self.handler.handle(request, data).await;
                if by_guard { keep_from_caches(outcome) } else { outcome }
            }
            Err(PolicyFailure::Refused(refused)) => {
                refused.record_answer(request);
                unread_body::drain(request, data).await;
                Outcome::Error(refused.status())
            }
            Err(PolicyFailure::Guard(status)) => {
                unread_body::drain(request, data).await;
                Outcome::Error(status)
            }
            Err(PolicyFailure::Forward(status)) => Outcome::Forward((data, status)),
        };
        unparsed_parameter::note(request, &outcome);
        outcome
    }
}

/// An answer behind a guard of the application is for one caller, and this library cannot know
/// which headers tell the callers apart. The catchers do the same for a failure.
fn keep_from_caches(outcome: Outcome<'_>) -> Outcome<'_> {
    match outcome {
        Outcome::Success(mut response) if !response.headers().contains("Cache-Control") => {
            response.set_header(Header::new("Cache-Control", NOT_KEPT));
            Outcome::Success(response)
        }
        outcome => outcome,
    }
}

/// A handler with a decision, and what Rocket makes its route of. The attribute implements it.
///
/// A route made of it always has the decision in front, however this is implemented.
pub trait DecidedHandler: AccessRule {
    /// The handler's name, which the route gets.
    const NAME: &'static str;

    /// What the handler's request guards require, if they may require more than the decision.
    const PARAMETERS: &'static [Option<AccessPolicy>] = &[];

    /// What Rocket knows of the handler, without the decision.
    fn route_info(self) -> StaticInfo;
}

/// A list of handlers, as `guarded_routes!` makes it.
pub struct GuardedRoutes;

/// A list that takes the handler `H`. [`GuardedRoutes`] takes each handler with a decision.
#[diagnostic::on_unimplemented(
    message = "`{H}` does not say who may use it",
    label = "this handler has no access decision",
    note = "write one of these above the handler's route attribute:\n\
            `#[require_role(YourRole::Variant)]`, `#[authenticated]`, `#[public(\"why\")]`;\n\
            if it is a catcher, register it with `catchers![…]` instead"
)]
// The list has the trait and not the handler, so that the compiler's message has ten lines. On a
// handler it would also show where Rocket's attribute stands, and on a function the bound. It is
// one error, also where `#[launch]` repeats the list.
pub trait Takes<H> {
    /// The handler's route, behind its decision.
    #[doc(hidden)]
    fn route(handler: H) -> Route;
}

#[diagnostic::do_not_recommend]
impl<H: DecidedHandler> Takes<H> for GuardedRoutes {
    fn route(handler: H) -> Route {
        guarded_route(handler, Listing::Listed)
    }
}

// The route of a handler with a decision.

/// What launch checks for the handler `H`: that the fairing is attached, for the enum that the
/// handler's decision names, and that it has the memberships that the decision needs.
struct RoleSentinel<H>(PhantomData<fn() -> H>);

impl<H: AccessRule> Sentinel for RoleSentinel<H> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let name = type_name::<H>();
        abort_without_roles(rocket, H::ROLES, name) || abort_without_memberships(rocket, H::DECISION, name)
    }
}

/// The route of `handler`, under the handler's name and behind its decision.
pub(crate) fn guarded_route<H: DecidedHandler>(handler: H, listing: Listing) -> Route {
    let mut info = handler.route_info();
    let policy = AccessPolicy::of::<H>();
    info.name = H::NAME;
    if !policy.is_public() {
        info.sentinels.push(resolve!(RoleSentinel<H>));
    }
    // Rocket checks the guards themselves, in their order.
    let asked = H::PARAMETERS.iter().rev().flatten();
    let route = asked.fold(Route::from(info), |route, asked| {
        guard_route(*asked, Listing::Parameter, route)
    });
    guard_route(policy, listing, route)
}
