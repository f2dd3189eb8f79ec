//! Which part of a request did not parse.
//!
//! If a parameter of the path or the query does not parse, Rocket goes on to the next route with
//! status 422. If the body does not parse, Rocket answers at once. A catcher sees only the status.
//! So a guarded route notes that it went on, and the catcher reads the rest from the last route
//! that Rocket tried.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use rocket::http::Status;
use rocket::request::Request;
use rocket::{Route, route};

use super::error::AuthError;
use super::error_kind::AuthErrorKind;

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
    Some(AuthError::saying(AuthErrorKind::InvalidRequest, part))
}

/// The sentence that says where the route has parameters; `None` where it has none: then a guard of
/// the application went on.
fn parameters(route: &Route) -> Option<&'static str> {
    // `<_>` and `<_..>` take anything.
    let has_parameter = |part: &str, separator| {
        let mut parts = part.split(separator);
        parts.any(|part| part.starts_with('<') && !part.starts_with("<_>") && !part.starts_with("<_.."))
    };
    let path = has_parameter(route.uri.path(), '/');
    let query = route.uri.query().is_some_and(|query| has_parameter(query, '&'));
    match (path, query) {
        (true, true) => Some("The path or the query is not what is expected here."),
        (true, false) => Some("The path is not what is expected here."),
        (false, true) => Some("The query is not what is expected here."),
        (false, false) => None,
    }
}
