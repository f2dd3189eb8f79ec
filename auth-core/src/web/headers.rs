//! Headers that go with an answer, whoever wrote its body.

use std::borrow::Cow;

use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::Response;

use super::error::AuthError;
use super::identify::asked;
use super::state::Web;
use crate::config::TokenSource;
use crate::metrics;

/// What caches are told of an answer for one caller.
pub(super) const NOT_KEPT: &str = "no-store, private";

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
    keep_from_caches(web, request, response, reason.is_some());
    // Where Rocket ends the TLS itself, its Shield does this.
    if came_by_tls(web, request) && !response.headers().contains(HSTS) {
        response.set_header(Header::new(HSTS, "max-age=31536000"));
    }
    if is_endpoint(web, request) {
        response.set_header(Header::new("Cache-Control", "no-store"));
        protect_from_browsers(response);
    }
}

/// What an answer that depends on the caller says to caches: the next caller must not get it.
///
/// A handler's own `Cache-Control` stays. Then, and where an anonymous caller gets what all anonymous callers get, `Vary` keeps the
/// answers of different callers apart.
fn keep_from_caches(web: &Web, request: &Request<'_>, response: &mut Response<'_>, refused: bool) {
    let caller = asked(request);
    let failed = response.status().code >= 400;
    let is_personal = refused || caller.is_some_and(|caller| failed || caller.is_ok());
    if is_personal && !response.headers().contains("Cache-Control") {
        response.set_header(Header::new("Cache-Control", NOT_KEPT));
    }
    if caller.is_some() && !failed {
        vary(web, response);
    }
}

/// Adds the headers that carry tokens to `Vary`.
fn vary(web: &Web, response: &mut Response<'_>) {
    let sources = &web.auth.config().token_sources;
    let carriers = match (
        sources.contains(&TokenSource::Header),
        web.auth.config().reads_access_cookie(),
    ) {
        (true, true) => "Authorization, Cookie",
        (false, true) => "Cookie",
        (_, false) => "Authorization",
    };
    let said: Vec<&str> = response.headers().get("Vary").collect();
    let all = if said.is_empty() {
        carriers.into()
    } else {
        Cow::from(format!("{}, {carriers}", said.join(", ")))
    };
    response.set_header(Header::new("Vary", all));
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
