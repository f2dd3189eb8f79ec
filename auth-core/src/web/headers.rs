//! Headers that go with an answer, whoever wrote its body.

use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::Response;

use super::error::AuthError;
use super::state::Web;
use crate::metrics;

const HSTS: &str = "Strict-Transport-Security";

/// Adds what the contract asks of a refusal, and of every answer of an endpoint.
pub(crate) fn complete(web: &Web, request: &Request<'_>, response: &mut Response<'_>) {
    let status = response.status();
    let unexplained = (status == Status::Unauthorized).then(|| AuthError::from_status(status));
    // To ask for a reason makes room for one: not where all is well.
    let refused = (status.code >= 400).then(|| AuthError::of(request)).flatten();
    let reason = refused.filter(|reason| reason.status() == status);
    if let Some(reason) = reason {
        metrics::count(metrics::REFUSALS, Some(reason.code()));
    }
    if let Some(reason) = reason.or(unexplained.as_ref()) {
        let challenge = reason
            .challenge(&web.auth.config().issuer)
            .map(|value| ("WWW-Authenticate", value));
        let retry = reason.retry_after_secs().map(|secs| ("Retry-After", secs.to_string()));
        for (name, value) in challenge.into_iter().chain(retry) {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value));
            }
        }
    }
    // Where Rocket ends the TLS itself, its Shield does this.
    if came_by_tls(web, request) && !response.headers().contains(HSTS) {
        response.set_header(Header::new(HSTS, "max-age=31536000"));
    }
    if is_endpoint(web, request) {
        response.set_header(Header::new("Cache-Control", "no-store"));
        protect_from_browsers(response);
    }
}

/// The headers of every body that this library writes. `nosniff` is not among them: Rocket's Shield adds it to every
/// response, and warns when somebody was faster.
pub(crate) fn protect_from_browsers(response: &mut Response<'_>) {
    response.set_header(Header::new("Referrer-Policy", "no-referrer"));
    response.set_header(Header::new(
        "Content-Security-Policy",
        "default-src 'none'; frame-ancestors 'none'",
    ));
}

/// Whether a trusted proxy took the request from its client by TLS, on a server that is no plaything: a browser that was told
/// once asks for nothing but TLS under this name for a year (RFC 6797).
fn came_by_tls(web: &Web, request: &Request<'_>) -> bool {
    !web.auth.config().is_debug()
        && web.comes_from_trusted_proxy(request)
        && request.headers().get("X-Forwarded-Proto").eq(["https"])
}

/// Judged as Rocket routes: empty segments do not count, and the others are decoded.
fn is_endpoint(web: &Web, request: &Request<'_>) -> bool {
    let (path, mount) = (request.uri().path(), web.auth.config().mount.as_str());
    // Most paths are spelled plainly, and need not be taken apart.
    if !path.as_str().contains('%') && !path.as_str().contains("//") {
        return path
            .as_str()
            .strip_prefix(mount)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let mut segments = path.segments().filter(|segment| !segment.is_empty());
    let mut mount = mount.split('/').filter(|segment| !segment.is_empty());
    mount.all(|wanted| segments.next() == Some(wanted))
}
