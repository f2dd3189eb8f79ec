//! Which route is guarded by what, read from the routes.

use std::fmt;
use std::time::Duration;

use rocket::{Phase, Rocket, Route};
use serde::Serialize;

use super::authorize::{AccessPolicy, needs_second_factor, strictest_freshness};
use super::guarded_route::decisions_of;
use super::state::AuthState;
use crate::role::{Decision, Rule};

/// The decisions as they would be written in attributes: `any(admin, editor), mfa, fresh = "5m"`.
/// Several stand behind each other, and a request must pass all of them; those that are public turn
/// no request away.
fn text(decisions: &[AccessPolicy]) -> Option<String> {
    let mut asking: Vec<String> = Vec::new();
    for text in decisions.iter().filter(|one| !one.is_public()).map(text_of) {
        if !asking.contains(&text) {
            asking.push(text);
        }
    }
    match asking.is_empty() {
        true => decisions.first().map(text_of),
        false => Some(asking.join(" and ")),
    }
}

fn text_of(requirement: &AccessPolicy) -> String {
    let mut text = requirement.decision.to_string();
    if requirement.mfa {
        text.push_str(", mfa");
    }
    if let Some(secs) = requirement.fresh {
        let fresh = humantime::format_duration(Duration::from_secs(secs.into()));
        text.push_str(&format!(", fresh = \"{fresh}\""));
    }
    text
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
#[non_exhaustive]
pub struct AccessEntry {
    /// The path with base and parameters, as mounted: `/api/reports/<id>`.
    pub path: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// The handler's name.
    pub handler: String,
    /// The decision's text; `None` for a route that has none.
    pub decision: Option<String>,
    /// What the decision requires, as data.
    #[serde(skip)]
    pub(crate) asked: Option<AccessRequirements>,
}

/// What a decision requires of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccessRequirements {
    /// An identity.
    pub(crate) identity: bool,
    /// More than that: roles, or a policy.
    pub(crate) rule: bool,
    /// The roles that the rule names, in its order, and `owner in org` for one in a scope; not
    /// those inside `not(…)`.
    pub(crate) roles: Vec<String>,
    /// The policies, as they are called.
    pub(crate) policies: Vec<String>,
    /// A sign-in within so many seconds.
    pub(crate) fresh: Option<u32>,
    /// A sign-in with a second factor.
    pub(crate) mfa: bool,
    /// A role in a scope that hides itself from strangers: they get 404.
    pub(crate) hides: bool,
}

impl AccessRequirements {
    fn of(decisions: &[AccessPolicy]) -> AccessRequirements {
        let mut asked = AccessRequirements {
            fresh: strictest_freshness(decisions),
            mfa: needs_second_factor(decisions),
            ..AccessRequirements::default()
        };
        for requirement in decisions {
            match requirement.decision {
                Decision::Public { .. } => {}
                Decision::Authenticated => asked.identity = true,
                Decision::Guard(guard) => asked.policies.push(guard.text().to_owned()),
                Decision::Rule(rule) => {
                    (asked.identity, asked.rule) = (true, true);
                    asked.walk(&rule, true);
                }
            }
        }
        asked
    }

    fn role(&mut self, name: String, asked_for: bool) {
        if asked_for && !self.roles.contains(&name) {
            self.roles.push(name);
        }
    }

    fn walk(&mut self, rule: &Rule, asked_for: bool) {
        match rule {
            Rule::Role(term) => self.role(term.name().to_owned(), asked_for),
            Rule::RoleIn(term) => {
                self.hides |= term.is_hidden();
                self.role(term.to_string(), asked_for);
            }
            Rule::Any(terms) | Rule::All(terms) => terms.rules().iter().for_each(|term| self.walk(term, asked_for)),
            Rule::Not(rule) => self.walk(rule, !asked_for),
            Rule::Policy(policy) => self.policies.push(policy.text().to_owned()),
        }
    }
}

impl AccessMap {
    /// The map of the routes mounted so far.
    pub fn of<P: Phase>(rocket: &Rocket<P>) -> AccessMap {
        let mut entries: Vec<AccessEntry> = rocket.routes().map(AccessEntry::of).collect();
        entries.sort();
        let state = rocket.state::<AuthState>();
        let access = state.filter(|state| state.auth.config().reads_access_cookie());
        let cookies = CookieNames {
            access: access.map(|state| state.access_cookie.name().to_owned()),
            refresh: state
                .map_or("refresh_token", |state| state.refresh_cookie.name())
                .to_owned(),
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

    /// The routes without a decision.
    pub fn unguarded(&self) -> impl Iterator<Item = &AccessEntry> {
        self.entries.iter().filter(|entry| entry.decision.is_none())
    }
}

impl AccessEntry {
    pub(crate) fn of(route: &Route) -> AccessEntry {
        let decisions = decisions_of(route);
        AccessEntry {
            path: route.uri.to_string(),
            method: route.method.to_string(),
            handler: route.name.as_deref().unwrap_or("(unnamed)").to_owned(),
            asked: (!decisions.is_empty()).then(|| AccessRequirements::of(&decisions)),
            decision: text(&decisions),
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
