//! Which route is guarded by what: recorded when routes are listed, read at launch.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use rocket::{Phase, Rocket, Route};
use serde::Serialize;

use super::decide::Requirement;
use super::state::Web;
use crate::role::{Decision, RoleEnum, Rule};

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
pub struct AccessMap {
    entries: Vec<AccessEntry>,
    #[serde(skip)]
    cookies: CookieNames,
}

/// What the cookies are called that carry tokens here.
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    /// `None` where access tokens are not read from cookies, or nothing is configured yet.
    pub(crate) access: Option<String>,
    pub(crate) refresh: String,
}

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
    /// What the decision asks for, as data.
    #[serde(skip)]
    pub(crate) asked: Option<Asked>,
}

/// What a decision asks of whoever comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// An identity.
    pub(crate) identity: bool,
    /// More than that: roles, or a policy.
    pub(crate) rule: bool,
    /// The roles that the rule names as asked for, in its order; not those inside `not(…)`.
    pub(crate) roles: Vec<&'static str>,
    /// The policies, as they are called.
    pub(crate) policies: Vec<&'static str>,
    /// A sign-in within so many seconds.
    pub(crate) fresh: Option<u32>,
}

impl Asked {
    fn of(requirement: &Requirement) -> Asked {
        let mut asked = Asked {
            fresh: requirement.fresh,
            ..Asked::default()
        };
        match requirement.decision {
            Decision::Public { .. } => {}
            Decision::Authenticated => asked.identity = true,
            Decision::Rule(rule) => {
                (asked.identity, asked.rule) = (true, true);
                asked.walk(&rule, true);
            }
        }
        asked
    }

    fn walk(&mut self, rule: &Rule, asked_for: bool) {
        match rule {
            Rule::Role(term) if asked_for && !self.roles.contains(&term.name()) => self.roles.push(term.name()),
            Rule::Role(_) => {}
            Rule::Any(terms) | Rule::All(terms) => terms.rules().iter().for_each(|term| self.walk(term, asked_for)),
            Rule::Not(rule) => self.walk(rule, !asked_for),
            Rule::Policy(policy) => self.policies.push(policy.text()),
        }
    }
}

impl AccessMap {
    /// The map of the routes mounted so far.
    pub fn of<P: Phase>(rocket: &Rocket<P>) -> AccessMap {
        let mut entries: Vec<AccessEntry> = rocket.routes().map(AccessEntry::of).collect();
        entries.sort();
        let web = rocket.state::<Web>();
        let access = web.filter(|web| web.auth.config().reads_access_cookie());
        let cookies = CookieNames {
            access: access.map(|web| web.access_cookie.name().to_owned()),
            refresh: web.map_or("refresh_token", |web| web.refresh_cookie.name()).to_owned(),
        };
        AccessMap { entries, cookies }
    }

    pub(crate) fn cookies(&self) -> &CookieNames {
        &self.cookies
    }

    /// The lines.
    pub fn entries(&self) -> &[AccessEntry] {
        &self.entries
    }

    /// The routes that nobody decided about.
    pub fn unguarded(&self) -> impl Iterator<Item = &AccessEntry> {
        self.entries.iter().filter(|entry| entry.decision.is_none())
    }
}

impl AccessEntry {
    pub(crate) fn of(route: &Route) -> AccessEntry {
        AccessEntry {
            path: route.uri.to_string(),
            method: route.method.to_string(),
            handler: route.name.as_deref().unwrap_or("(unnamed)").to_owned(),
            asked: requirement_of(route).as_ref().map(Asked::of),
            decision: recorded(route).map(|recorded| recorded.decision),
        }
    }
}

impl fmt::Display for AccessMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&AccessEntry) -> &str| {
            self.entries
                .iter()
                .map(|entry| text(entry).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (method, path, handler) = (width(|e| &e.method), width(|e| &e.path), width(|e| &e.handler));
        for entry in &self.entries {
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
