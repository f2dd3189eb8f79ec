//! One decision for routes that are not handlers of ours: a file server, a library's pages.

use rocket::async_trait;
use rocket::data::Data;
use rocket::request::Request;
use rocket::route::{Handler, Outcome, Route};

use super::access::GuardStruct;
use super::access_map::record_decision;
use super::decide::Requirement;
use super::policy::PolicyFailure;
use super::{unparsed, unread};
use crate::role::{Decision, Role, RoleEnum, RoleTerm, Rule, Terms};

/// Who may use routes wrapped by [`protect`]: a role, an array of roles (any of them), or one of the constructors.
pub struct Protection(Requirement);

impl Protection {
    /// Anyone who is signed in.
    pub const fn authenticated() -> Protection {
        Protection(Requirement::plain(Decision::Authenticated, None))
    }

    /// Anyone; the reason stands in the access map.
    pub const fn public(reason: &'static str) -> Protection {
        Protection(Requirement::plain(Decision::Public { reason }, None))
    }

    /// What the guard struct `G` requires: any rule that can be written in `#[require_role(…)]`.
    pub const fn of<G: GuardStruct>() -> Protection {
        Protection(Requirement::of::<G>())
    }
}

impl<R: Role> From<R> for Protection {
    fn from(role: R) -> Protection {
        let rule = Rule::Role(RoleTerm::from(role));
        Protection(Requirement::plain(Decision::Rule(rule), Some(RoleEnum::of::<R>())))
    }
}

impl<R: Role, const N: usize> From<[R; N]> for Protection {
    fn from(roles: [R; N]) -> Protection {
        // Rules are made of what lives for ever; this one is made once, for routes that do.
        let terms: Vec<Rule> = roles.into_iter().map(|role| Rule::Role(RoleTerm::from(role))).collect();
        let rule = Rule::Any(Terms::of(Box::leak(terms.into_boxed_slice())));
        Protection(Requirement::plain(Decision::Rule(rule), Some(RoleEnum::of::<R>())))
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
pub fn protect(protection: impl Into<Protection>, routes: impl Into<Vec<Route>>) -> Vec<Route> {
    let Protection(requirement) = protection.into();
    let wrap = |route: Route| record_decision(behind(requirement, route), &requirement);
    routes.into().into_iter().map(wrap).collect()
}

/// The route with the decision before its handler, and with it before all that the handler reads.
pub(crate) fn behind(requirement: Requirement, mut route: Route) -> Route {
    route.handler = Box::new(Protected {
        requirement,
        handler: route.handler,
    });
    route
}

#[derive(Clone)]
struct Protected {
    requirement: Requirement,
    handler: Box<dyn Handler>,
}

#[async_trait]
impl Handler for Protected {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let outcome = match self.requirement.authorize(request).await {
            Ok(()) => self.handler.handle(request, data).await,
            Err(PolicyFailure::Refused(refused)) => {
                refused.record_answer(request);
                unread::drain(request, data).await;
                Outcome::Error(refused.status())
            }
            Err(PolicyFailure::Forward(status)) => Outcome::Forward((data, status)),
        };
        unparsed::note(request, &outcome);
        outcome
    }
}
