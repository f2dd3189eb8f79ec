//! Which route is guarded by what: recorded when routes are listed, read at launch.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use rocket::{Phase, Rocket, Route};
use serde::Serialize;

use super::decide::Requirement;
use crate::role::RoleEnum;

/// The decisions of recorded routes, by the address of the route's name.
///
/// Rocket's routes carry nothing of ours, and two handlers in two modules may have one name. But a name's *address* says
/// which of two equal names it is: each recorded route gets a copy of its name that is never freed, so that no other text
/// ever has its address. The copy moves and is cloned with the route; a route whose name is another text is unguarded.
static DECISIONS: LazyLock<Mutex<HashMap<usize, Recorded>>> = LazyLock::new(Mutex::default);

/// What is known of a recorded route.
#[derive(Clone)]
struct Recorded {
    decision: String,
    requirement: Requirement,
}

/// Records `decision` on `route`. Leaks the route's name, once per route listed; never an empty one, which has no address.
pub(crate) fn record_decision(mut route: Route, requirement: &Requirement) -> Route {
    let name = route
        .name
        .as_deref()
        .filter(|name| !name.is_empty())
        .unwrap_or("(unnamed)");
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let recorded = Recorded {
        decision: text(requirement),
        requirement: *requirement,
    };
    DECISIONS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name.as_ptr().addr(), recorded);
    route.name = Some(Cow::Borrowed(name));
    route
}

/// The decision as it would be written in the attribute: `any(admin, editor), fresh = "5m"`.
fn text(requirement: &Requirement) -> String {
    match requirement.fresh {
        Some(secs) => {
            let fresh = humantime::format_duration(Duration::from_secs(secs.into()));
            format!("{}, fresh = \"{fresh}\"", requirement.decision)
        }
        None => requirement.decision.to_string(),
    }
}

fn recorded(route: &Route) -> Option<Recorded> {
    let address = route.name.as_deref()?.as_ptr().addr();
    DECISIONS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&address)
        .cloned()
}

/// The enum whose roles the recorded decision of `route` names.
pub(crate) fn role_enum_of(route: &Route) -> Option<RoleEnum> {
    requirement_of(route)?.roles
}

/// The recorded decision of `route`.
pub(crate) fn requirement_of(route: &Route) -> Option<Requirement> {
    recorded(route).map(|recorded| recorded.requirement)
}

/// Every route of an application with its decision, sorted by path and method.
///
/// `Display` is a table for a terminal; it serializes as an array of entries.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct AccessMap(Vec<AccessEntry>);

/// One line of the access map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccessEntry {
    /// Where it is mounted, base and parameters included: `/api/reports/<id>`.
    pub path: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// The handler's name.
    pub handler: String,
    /// The decision's text; `None` for a route that has none.
    pub decision: Option<String>,
}

impl AccessMap {
    /// The map of the routes mounted so far.
    pub fn of<P: Phase>(rocket: &Rocket<P>) -> AccessMap {
        let mut entries: Vec<AccessEntry> = rocket.routes().map(AccessEntry::of).collect();
        entries.sort();
        AccessMap(entries)
    }

    /// The lines.
    pub fn entries(&self) -> &[AccessEntry] {
        &self.0
    }

    /// The routes that nobody decided about.
    pub fn unguarded(&self) -> impl Iterator<Item = &AccessEntry> {
        self.0.iter().filter(|entry| entry.decision.is_none())
    }
}

impl AccessEntry {
    pub(crate) fn of(route: &Route) -> AccessEntry {
        AccessEntry {
            path: route.uri.to_string(),
            method: route.method.to_string(),
            handler: route.name.as_deref().unwrap_or("(unnamed)").to_owned(),
            decision: recorded(route).map(|recorded| recorded.decision),
        }
    }
}

impl fmt::Display for AccessMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&AccessEntry) -> &str| {
            self.0
                .iter()
                .map(|entry| text(entry).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (method, path, handler) = (width(|e| &e.method), width(|e| &e.path), width(|e| &e.handler));
        for entry in &self.0 {
            let decision = entry.decision.as_deref().unwrap_or("NO DECISION");
            writeln!(
                f,
                "{:method$}  {:path$}  {:handler$}  {decision}",
                entry.method, entry.path, entry.handler
            )?;
        }
        Ok(())
    }
}
