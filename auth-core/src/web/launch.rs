//! What is checked once everything is mounted, just before the first request could come.

use std::convert::Infallible;

use rocket::http::Method;
use rocket::http::uri::Origin;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Ignite, Rocket, Route, Sentinel, async_trait};
use tracing::{error, warn};

use super::access_map::AccessEntry;
use super::authorize::{abort_without_roles, needs_second_factor};
use super::guarded_route::{decisions_of, is_unlisted};
use super::ranks;
use super::state::AuthState;
use crate::config::{Config, UnguardedRoutes};

/// Whether the log would show request headers, and with them tokens, outside the debug profile.
/// Rocket's own logger follows the setting `log_level`, which is checked as it is read; an
/// application may have brought another logger.
pub(crate) fn refuse_dumped_headers(config: &Config) -> bool {
    let shown = log::log_enabled!(target: "rocket::server", log::Level::Debug);
    let refused = shown && !config.is_debug();
    if refused {
        error!(
            "the application's logger shows `debug` records of the target `rocket::server`, which hold request headers, and with them tokens; outside the debug profile show no more than `info` of it"
        );
    }
    refused
}

/// The check of all routes. One endpoint takes it as a guard, and every server with the fairing has
/// that endpoint. Rocket prints this type's name if launch aborts.
pub(super) struct AccessDecisions;

#[async_trait]
impl<'r> FromRequest<'r> for AccessDecisions {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> Outcome<AccessDecisions, Infallible> {
        Outcome::Success(AccessDecisions)
    }
}

impl Sentinel for AccessDecisions {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        abort_with_unguarded_routes(rocket)
    }
}

/// Aborts launch where a route has no decision, naming each one.
fn abort_with_unguarded_routes(rocket: &Rocket<Ignite>) -> bool {
    let Some(state) = rocket.state::<AuthState>() else {
        return true;
    };
    let denied = state.auth.config().unguarded_routes == UnguardedRoutes::Deny;
    // Handlers have sentinels of their own; routes wrapped by `protect` are seen here only.
    let mut abort = rocket.routes().fold(false, |abort, route| {
        let name = route.name.as_deref().unwrap_or("(unnamed)");
        let abort_for = |roles| abort_without_roles(rocket, roles, name);
        let roles = decisions_of(route).into_iter().map(|decision| decision.roles);
        roles.fold(abort, |abort, roles| abort_for(roles) || abort)
    });
    if let Some(page) = &state.auth.config().sign_in_page {
        abort = abort_with_guarded_page(rocket, page) || abort;
    }
    abort = ranks::abort_with_conflicts(rocket) || abort;
    warn_of_missing_factors(rocket, state);
    let mut unguarded: Vec<(AccessEntry, &Route)> =
        rocket.routes().map(|route| (AccessEntry::of(route), route)).collect();
    unguarded.retain(|(entry, _)| entry.decision.is_none());
    unguarded.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (entry, route) in unguarded {
        let (problem, advice) = unguarded_route(route);
        let text = format!("{} {} ({}) {problem}", entry.method, entry.path, entry.handler);
        if denied {
            error!("{text}; {advice}, or set `auth.unguarded_routes = \"warn\"`");
            abort = true;
        } else {
            warn!("{text}; {advice}");
        }
    }
    abort
}

/// Warns of routes that no user passes: they need a second factor, and no user can have one.
fn warn_of_missing_factors(rocket: &Rocket<Ignite>, state: &AuthState) {
    if state.auth.config().second_factor.is_on() {
        return;
    }
    let closed = rocket
        .routes()
        .filter(|route| needs_second_factor(&decisions_of(route)))
        .map(|route| format!("{} {}", route.method, route.uri));
    let mut closed: Vec<String> = closed.collect();
    closed.sort();
    if !closed.is_empty() {
        warn!(
            "no user passes `mfa` in the rule of {}, as `auth.second_factor` is off; set `auth.second_factor = \"offered\"`",
            closed.join(", ")
        );
    }
}

/// What is wrong with a route that has no recorded decision, and what to write instead.
fn unguarded_route(route: &Route) -> (&'static str, String) {
    const NONE: &str = "has no access decision";

    // Rocket names a route by its handler's function. A file server's name is a sentence, and a
    // route made by hand has none.
    let is_name = |name: &&str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let handler = route.name.as_deref().filter(is_name);
    let list = |name: &str| format!("mount it by `guarded_routes![{name}]`");
    match handler {
        Some(name) if is_unlisted(route) => (
            "is mounted by `routes!`, which also takes handlers without an access decision",
            list(name),
        ),
        Some(name) => (NONE, format!("write one above the handler and {}", list(name))),
        None => (
            NONE,
            format!(
                "put one before these routes: `.mount(\"{}\", protect(YourRole::Admin, …))`",
                route.uri.base()
            ),
        ),
    }
}

/// Aborts launch if the sign-in page requires a signed-in user: the browser would be redirected to
/// it for ever.
fn abort_with_guarded_page(rocket: &Rocket<Ignite>, page: &str) -> bool {
    let Ok(page_uri) = Origin::parse(page) else {
        return false;
    };
    let requested = ranks::RequestedUri::of(&page_uri);
    let answering = rocket
        .routes()
        .filter(|route| route.method == Method::Get && requested.is_for(route))
        .min_by_key(|route| route.rank);
    let guarded = answering.filter(|route| decisions_of(route).iter().any(|decision| !decision.is_public()));
    let Some(route) = guarded else { return false };
    error!(
        "`auth.sign_in_page` is `{page}`, and its handler `{}` lets only signed-in users pass; name a page whose handler is `#[public(\"…\")]`",
        route.name.as_deref().unwrap_or("(unnamed)")
    );
    true
}
