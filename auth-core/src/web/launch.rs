//! What is checked once everything is mounted, just before the first request could come.

use rocket::{Ignite, Rocket};
use tracing::{error, warn};

use super::access_map::{AccessMap, role_enum_of};
use super::state::Web;
use crate::config::{Config, UnguardedRoutes};
use crate::role::RoleEnum;

/// Whether the log would show request headers, and with them tokens, outside the debug profile. Rocket's own logger follows the
/// setting `log_level`, which is checked as it is read; an application may have brought another logger.
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

/// Aborts launch where a guard would be used without the fairing, or with another role enum than the fairing's.
pub(crate) fn abort_without_roles(rocket: &Rocket<Ignite>, roles: Option<RoleEnum>, guard: &str) -> bool {
    let Some(web) = rocket.state::<Web>() else {
        error!("`{guard}` needs the authentication fairing; add `.attach(auth_core::fairing::<YourRole>())`");
        return true;
    };
    let ours = web.auth.roles().role_enum();
    match roles {
        Some(theirs) if theirs != ours => {
            error!(
                "`{guard}` speaks of `{}`, but the fairing was attached for `{}`; use one role enum",
                theirs.name(),
                ours.name()
            );
            true
        }
        _ => false,
    }
}

/// Aborts launch where a route has no decision, naming each one.
pub(crate) fn abort_with_unguarded_routes(rocket: &Rocket<Ignite>) -> bool {
    let Some(web) = rocket.state::<Web>() else { return true };
    let map = AccessMap::of(rocket);
    let denied = web.auth.config().unguarded_routes == UnguardedRoutes::Deny;
    // Handlers have sentinels of their own; routes wrapped by `protect` are seen here only.
    let mut abort = rocket.routes().fold(false, |abort, route| {
        let name = route.name.as_deref().unwrap_or("(unnamed)");
        abort_without_roles(rocket, role_enum_of(route), name) || abort
    });
    for entry in map.unguarded() {
        let text = format!(
            "{} {} ({}) has no access decision",
            entry.method, entry.path, entry.handler
        );
        if denied {
            error!(
                "{text}; state one above the handler and mount it with `guarded_routes![…]`, or set `auth.unguarded_routes = \"warn\"`"
            );
            abort = true;
        } else {
            warn!("{text}");
        }
    }
    abort
}
