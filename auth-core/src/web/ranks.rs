//! Routes whose requests another route of a lower rank gets first.
//!
//! Rocket tries routes in the order of their ranks, and goes on to the next one when a parameter
//! does not parse. A decision comes before the parameters and never goes on. Its refusal is the
//! answer, also to a request that was for the next route.

use rocket::http::MediaType;
use rocket::http::uri::Origin;
use rocket::{Ignite, Rocket, Route};
use tracing::{error, warn};

use super::access_map::AccessEntry;
use super::authorize::{needs_second_factor, strictest_freshness};
use super::guarded_route::decisions_of;
use super::state::AuthState;
use crate::config::RankConflicts;
use crate::role::Demand;

/// How many of a route's requests another route matches as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overlap {
    /// None, or only requests for which the other route is the more specific one. It has a fixed
    /// segment, query field or format where the first has none, so its author meant them.
    None,
    Some,
    All,
}

/// A part of a route's path, as Rocket reads it.
pub(crate) enum Segment<'a> {
    Fixed(&'a str),
    Dynamic,
    /// `<path..>`: any number of segments, or none.
    Trailing,
}

/// Whether launch is to be aborted for routes that stricter ones stand before. Names each pair.
pub(super) fn abort_with_conflicts(rocket: &Rocket<Ignite>) -> bool {
    let Some(state) = rocket.state::<AuthState>() else {
        return false;
    };
    let setting = state.auth.config().rank_conflicts;
    if setting == RankConflicts::Allow {
        return false;
    }
    let mut found = false;
    for (first, second) in conflicts(rocket, state) {
        let text = format!(
            "{} comes before {}, and refuses users whom the second lets in; state the same decision above both, or make their paths \
             differ in a fixed segment, or give the second the lower rank and a parameter whose type parses only its own values",
            named(first),
            named(second)
        );
        if setting == RankConflicts::Deny {
            error!("{text}; or set `auth.rank_conflicts = \"warn\"`");
        } else {
            warn!("{text}");
        }
        found = true;
    }
    found && setting == RankConflicts::Deny
}

/// The routes, first and second, of which the first gets requests that are for the second, and
/// refuses some that the second would let in.
fn conflicts<'r>(rocket: &'r Rocket<Ignite>, state: &AuthState) -> Vec<(&'r Route, &'r Route)> {
    let roles = state.auth.roles();
    // A route without a decision lets every client in, as a public one does.
    let demands: Vec<(&Route, Demand)> = rocket.routes().map(|route| (route, demand_of(route))).collect();
    let mut found = Vec::new();
    for (second, lets_in) in &demands {
        let before = demands
            .iter()
            .filter(|(first, _)| overlap(first, second) != Overlap::None)
            .filter(|(_, demand)| lets_in.lets_in_more_than(demand, roles));
        found.extend(before.map(|(first, _)| (*first, *second)));
    }
    found
}

/// How many of the requests for `second` the route `first` gets before.
fn overlap(first: &Route, second: &Route) -> Overlap {
    let possible = first.method == second.method
        && first.rank < second.rank
        && query_is_no_narrower(&first.uri.origin, &fields(&second.uri.origin))
        && format_is_no_narrower(first.format.as_ref(), second.format.as_ref());
    if possible {
        path_overlap(&segments(&first.uri.origin), &segments(&second.uri.origin))
    } else {
        Overlap::None
    }
}

/// The path and query of a request, to be compared with those of routes. Rocket decodes them, and
/// compares them with those of a route as they are written.
pub(super) struct RequestedUri<'a> {
    path: Vec<Segment<'a>>,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> RequestedUri<'a> {
    pub(super) fn of(uri: &'a Origin<'_>) -> RequestedUri<'a> {
        RequestedUri {
            path: uri.path().segments().map(Segment::Fixed).collect(),
            fields: uri.query().into_iter().flat_map(|query| query.segments()).collect(),
        }
    }

    /// Whether `route` takes it, with any values of its parameters.
    pub(super) fn is_for(&self, route: &Route) -> bool {
        path_overlap(&segments(&route.uri.origin), &self.path) == Overlap::All
            && query_is_no_narrower(&route.uri.origin, &self.fields)
    }
}

/// The path of a route.
pub(crate) fn segments<'a>(uri: &'a Origin<'_>) -> Vec<Segment<'a>> {
    let segments = uri.path().raw_segments().map(|segment| segment.as_str());
    segments
        // A slash at the end makes no difference to Rocket.
        .filter(|segment| !segment.is_empty())
        .map(|segment| match parameter(segment) {
            Some(name) if name.ends_with("..") => Segment::Trailing,
            Some(_) => Segment::Dynamic,
            None => Segment::Fixed(segment),
        })
        .collect()
}

/// The query fields that a route requires by name and value.
pub(crate) fn fields<'a>(uri: &'a Origin<'_>) -> Vec<(&'a str, &'a str)> {
    let fields = uri.query().into_iter().flat_map(|query| query.raw_segments());
    fields
        .map(|field| field.as_str())
        .filter(|field| parameter(field).is_none())
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .collect()
}

/// `id` of `<id>`.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('<')?.strip_suffix('>')
}

fn path_overlap(first: &[Segment<'_>], second: &[Segment<'_>]) -> Overlap {
    let mut overlap = Overlap::All;
    let mut second = second.iter();
    let mut has_parameter = false;
    let mut tail = false;
    for segment in first {
        has_parameter |= !matches!(segment, Segment::Fixed(_));
        if matches!(segment, Segment::Trailing) {
            return overlap;
        }
        // From its trailing segment on, the second takes anything.
        let wanted = if tail { Some(&Segment::Trailing) } else { second.next() };
        match (segment, wanted) {
            (Segment::Fixed(mine), Some(Segment::Fixed(theirs))) if mine == theirs => {}
            (Segment::Dynamic, Some(Segment::Fixed(_) | Segment::Dynamic)) => {}
            (Segment::Dynamic, Some(Segment::Trailing)) => (overlap, tail) = (Overlap::Some, true),
            _ => return Overlap::None,
        }
    }
    match second.next() {
        None => overlap,
        // Nothing of the first can fail to parse: these few requests are its own.
        Some(Segment::Trailing) if has_parameter => Overlap::Some,
        Some(_) => Overlap::None,
    }
}

/// Whether each fixed query field that `route` requires is among `asked`. Parameters in a query may
/// be missing.
fn query_is_no_narrower(route: &Origin<'_>, asked: &[(&str, &str)]) -> bool {
    fields(route).iter().all(|field| asked.contains(field))
}

/// Whether the first route takes every format that the second takes.
fn format_is_no_narrower(first: Option<&MediaType>, second: Option<&MediaType>) -> bool {
    let takes = |mine: &str, theirs: &str| mine == "*" || mine == theirs;
    match (first, second) {
        (None, _) => true,
        (Some(mine), Some(theirs)) => {
            takes(mine.top().as_str(), theirs.top().as_str()) && takes(mine.sub().as_str(), theirs.sub().as_str())
        }
        (Some(_), None) => false,
    }
}

/// What a request must meet to pass `route`.
fn demand_of(route: &Route) -> Demand {
    let decisions = decisions_of(route);
    Demand {
        fresh: strictest_freshness(&decisions),
        mfa: needs_second_factor(&decisions),
        decisions: decisions.into_iter().map(|requirement| requirement.decision).collect(),
    }
}

/// `GET /user/<id>` (`by_id`, rank 1, authenticated)
fn named(route: &Route) -> String {
    let AccessEntry {
        path,
        method,
        handler,
        decision,
        ..
    } = AccessEntry::of(route);
    let decision = decision.as_deref().unwrap_or("no decision");
    format!("`{method} {path}` (`{handler}`, rank {}, {decision})", route.rank)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use rocket::http::Method;
    use rocket::route::dummy_handler;

    use super::*;

    fn route(method: Method, uri: &str, format: Option<&str>, rank: Option<isize>) -> Route {
        let mut route = Route::ranked(rank, method, uri, dummy_handler);
        route.format = format.map(|format| MediaType::from_str(format).expect("a media type"));
        route
    }

    #[test]
    fn a_path_of_a_lower_rank_gets_what_it_matches() {
        use Overlap::{All, None, Some};
        for (first, second, expected) in [
            ("/user/<id>", "/user/<name>", All),
            ("/user/<id>", "/user/me", All),
            ("/user/me", "/user/<id>", None),
            ("/user/me", "/user/me", All),
            ("/user/<id>/", "/user/me", All),
            ("/user/<id>", "/post/<id>", None),
            ("/user/<id>", "/user/<id>/posts", None),
            ("/user/<id>", "/user", None),
            ("/user/<id>/posts", "/user/<id>/<tab>", None),
            ("/user/<id>/<tab>", "/user/<id>/posts", All),
            ("/<page>", "/user/<id>", None),
            ("/<_>/<id>", "/user/<name>", All),
            ("/<area>/posts", "/user/<id>", None),
            // Any number of segments.
            ("/<path..>", "/user/<id>", All),
            ("/<path..>", "/", All),
            ("/<_..>", "/<path..>", All),
            ("/user/<path..>", "/user", All),
            ("/user/<path..>", "/post/<id>", None),
            ("/user/<path..>", "/<path..>", None),
            ("/<file>", "/<path..>", Some),
            ("/docs/<id>", "/docs/<path..>", Some),
            ("/docs/<id>", "/docs/<id>/<path..>", Some),
            ("/docs/<id>/<page>", "/docs/<path..>", Some),
            ("/docs/<id>/edit", "/docs/<path..>", None),
            ("/api/<id>", "/<path..>", None),
            ("/", "/<path..>", None),
            ("/docs", "/docs/<path..>", None),
            // Queries: parameters may be missing, fixed fields may not.
            ("/search?<q>", "/search", All),
            ("/search", "/search?<q>", All),
            ("/search?lang=en", "/search", None),
            ("/search?lang=en", "/search?lang=en&<q>", All),
            ("/search?<q>", "/search?lang=en", All),
            ("/search?lang=en", "/search?lang=de", None),
            ("/search?<q..>", "/search?<lang>", All),
        ] {
            let [first_route, second_route] =
                [(first, 1), (second, 2)].map(|(uri, rank)| route(Method::Get, uri, Option::None, Option::Some(rank)));
            assert_eq!(
                overlap(&first_route, &second_route),
                expected,
                "{first} before {second}"
            );
            assert_eq!(
                overlap(&second_route, &first_route),
                None,
                "{second} is asked after {first}"
            );
        }
    }

    #[test]
    fn a_request_is_decoded_and_a_route_is_not() {
        for (page, path, expected) in [
            ("/sign-in", "/sign-in", true),
            ("/sign%2Din", "/sign-in", true),
            ("/sign-in", "/sign%2Din", false),
            ("/sign%2Fin", "/sign/in", false),
            ("/%3Cpage%3E", "/<page>", true),
            ("/%3Cpage%3E/edit", "/x/edit", false),
            ("/sign-in?l%61ng=en", "/sign-in?lang=en", true),
            ("/sign-in?lang", "/sign-in?lang=en", false),
            ("/sign-in/", "/sign-in", true),
        ] {
            let uri = Origin::parse(page).expect("a page");
            assert_eq!(
                RequestedUri::of(&uri).is_for(&route(Method::Get, path, None, None)),
                expected,
                "{page} at {path}"
            );
        }
    }

    #[test]
    fn the_default_ranks_count_as_those_that_are_written() {
        let get = |uri| route(Method::Get, uri, None, None);
        assert_eq!(overlap(&get("/search?<q>"), &get("/search")), Overlap::All);
        assert_eq!(overlap(&get("/search"), &get("/search?<q>")), Overlap::None);
        assert_eq!(overlap(&get("/user/<id>"), &get("/<path..>")), Overlap::None);
        assert_eq!(
            overlap(&get("/<id>"), &route(Method::Get, "/<path..>", None, Some(10))),
            Overlap::Some
        );
    }

    #[test]
    fn where_it_is_mounted_belongs_to_the_path() {
        let based = |base: &str, uri, rank| {
            let route = route(Method::Get, uri, None, Some(rank));
            route.map_base(|_| base.to_owned()).expect("a base")
        };
        assert_eq!(
            overlap(&based("/user", "/<id>", 1), &based("/", "/user/<name>", 2)),
            Overlap::All
        );
        assert_eq!(
            overlap(&based("/user", "/<id>", 1), &based("/post", "/<id>", 2)),
            Overlap::None
        );
    }

    #[test]
    fn only_a_route_of_the_same_method_and_of_no_narrower_format_is_in_the_way() {
        const JSON: Option<&str> = Some("application/json");
        const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
        for method in [Method::Get, Method::Post] {
            for (first, second, expected) in [
                (None, JSON, Overlap::All),
                (JSON, JSON, Overlap::All),
                (Some("application/*"), JSON, Overlap::All),
                (Some("*/*"), JSON, Overlap::All),
                (JSON, None, Overlap::None),
                (JSON, FORM, Overlap::None),
                (JSON, Some("*/*"), Overlap::None),
            ] {
                let [first, second] =
                    [(first, 1), (second, 2)].map(|(format, rank)| route(method, "/x", format, Some(rank)));
                assert_eq!(
                    overlap(&first, &second),
                    expected,
                    "{method}: {:?} {:?}",
                    first.format,
                    second.format
                );
            }
        }
        let [get, post] =
            [(Method::Get, 1), (Method::Post, 2)].map(|(method, rank)| route(method, "/x", None, Some(rank)));
        assert_eq!(overlap(&get, &post), Overlap::None);
    }
}
