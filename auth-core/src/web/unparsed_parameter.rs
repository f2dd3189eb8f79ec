//! Which part of a request did not parse.
//!
//! Rocket goes on to the next route with 422 where a parameter of the path or the query does not parse, and answers a body that does
//! not parse at once. A catcher sees the status alone. So a guarded route notes that it went on, and the catcher reads the rest from
//! the route that was asked last.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use rocket::http::Status;
use rocket::request::Request;
use rocket::{Route, route};

use super::error::{AuthError, Kind, Unparsed};

/// The address of the route that went on last.
#[derive(Default)]
struct ForwardedRoute(AtomicUsize);

/// Notes where the route of the request went on because of a parameter.
pub(super) fn note(request: &Request<'_>, outcome: &route::Outcome<'_>) {
    if let (route::Outcome::Forward((_, status)), Some(route)) = (outcome, request.route())
        && *status == Status::UnprocessableEntity
    {
        request
            .local_cache(ForwardedRoute::default)
            .0
            .store(ptr::from_ref(route).addr(), Ordering::Relaxed);
    }
}

/// The reason for an answer of `status`, where it is a parameter that did not parse.
pub(super) fn reason(status: Status, request: &Request<'_>) -> Option<AuthError> {
    let route = request.route().filter(|_| status == Status::UnprocessableEntity)?;
    let went_on = request.local_cache(ForwardedRoute::default).0.load(Ordering::Relaxed) == ptr::from_ref(route).addr();
    let part = parameters(route).filter(|_| went_on)?;
    Some(AuthError::new(Kind::Unparsed(part)))
}

/// Where the route has parameters; `None` where it has none: then a guard of the application went on.
fn parameters(route: &Route) -> Option<Unparsed> {
    // `<_>` and `<_..>` take anything.
    let has_parameter = |part: &str, separator| {
        let mut parts = part.split(separator);
        parts.any(|part| part.starts_with('<') && !part.starts_with("<_>") && !part.starts_with("<_.."))
    };
    let path = has_parameter(route.uri.path(), '/');
    let query = route.uri.query().is_some_and(|query| has_parameter(query, '&'));
    match (path, query) {
        (true, true) => Some(Unparsed::PathOrQuery),
        (true, false) => Some(Unparsed::Path),
        (false, true) => Some(Unparsed::Query),
        (false, false) => None,
    }
}
