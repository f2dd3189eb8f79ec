//! The answers to refusals: JSON, or a page for a client that prefers HTML.

use std::borrow::Cow;
use std::io::Cursor;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use rocket::catcher::{Catcher, Handler};
use rocket::http::uri::Origin;
use rocket::http::{Accept, ContentType, Header, MediaType, Method, Status};
use rocket::request::Request;
use rocket::response::Response;
use serde::Serialize;

use super::authenticate::asked;
use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use super::state::AuthState;
use super::{csrf, unparsed_parameter};
use crate::config::TokenSource;
use crate::metrics;

/// Answers every error below its base that has no catcher of its own.
pub(crate) fn default_catcher() -> Catcher {
    let mut catcher = Catcher::new(None, Refusals);
    catcher.name = Some("auth refusals".into());
    catcher
}

#[derive(Clone)]
struct Refusals;

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'static str,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
}

#[rocket::async_trait]
impl Handler for Refusals {
    async fn handle<'r>(&self, status: Status, request: &'r Request<'_>) -> rocket::catcher::Result<'r> {
        let recorded = AuthError::of(request)
            .filter(|reason| reason.status() == status)
            .cloned();
        let sign_in_page = recorded.as_ref().and_then(|_| sign_in_page(status, request));
        let reason = recorded
            .or_else(|| unparsed_parameter::reason(status, request))
            .unwrap_or_else(|| AuthError::from_status(status));
        Ok(answer(&reason, status, sign_in_page, request))
    }
}

fn answer<'r>(
    reason: &AuthError,
    status: Status,
    sign_in_page: Option<&'r str>,
    request: &'r Request<'_>,
) -> Response<'r> {
    let mut response = Response::new();
    response.set_status(status);
    // An answer that depends on `Accept` must say so, or a cache gives one client the other's.
    response.set_header(Header::new("Vary", "Accept"));
    if !prefers_html(request) {
        set_body(&mut response, ContentType::JSON, json(reason));
    } else if let Some(page) = sign_in_page {
        // A refusal all the same, which its status no longer shows.
        metrics::count(metrics::REFUSALS, Some(reason.kind().code()));
        response.set_status(Status::SeeOther);
        response.set_header(Header::new("Location", page.to_owned()));
        response.set_header(Header::new("Cache-Control", NOT_KEPT));
    } else {
        set_body(&mut response, ContentType::HTML, html(reason, status));
    }
    protect_from_browsers(&mut response);
    // What is no request to Rocket (an unknown method, a malformed path) passes no fairing: neither
    // ours nor Shield.
    if request.route().is_none() && status == Status::BadRequest {
        response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
        if let Ok(state) = AuthState::of(request) {
            add_security_headers(state, request, &mut response);
        }
    }
    response
}

/// Where a browser without an identity is sent, if anywhere.
fn sign_in_page<'r>(status: Status, request: &'r Request<'_>) -> Option<&'r str> {
    let page = AuthState::of(request).ok()?.auth.config().sign_in_page.as_deref()?;
    // Only for a request for a page: a form or a script that posts needs the answer itself.
    let asks_for_page = request.method() == Method::Get && !csrf::changes_state(request);
    // A sign-in without a code cures no refusal that asks for one.
    let is_cured = AuthError::of(request).is_none_or(|refused| refused.kind() != AuthErrorKind::SecondFactorRequired);
    (status == Status::Unauthorized && asks_for_page && is_cured && !is_at(request, page)).then_some(page)
}

/// Whether the request is for `page` itself, which must not send the browser to itself for ever.
/// Judged as Rocket routes: empty segments do not count, and the others are decoded.
fn is_at(request: &Request<'_>, page: &str) -> bool {
    let Ok(page) = Origin::parse(page) else { return false };
    let here = request.uri().path().segments().filter(|segment| !segment.is_empty());
    here.eq(page.path().segments().filter(|segment| !segment.is_empty()))
}

fn json(reason: &AuthError) -> String {
    let refusal = Refusal {
        error: reason.code(),
        message: reason.message(),
        challenge: reason.second_factor_challenge(),
    };
    // Texts always serialize; the fallback is what they would have said.
    serde_json::to_string(&refusal).unwrap_or_else(|_| format!("{{\"error\":\"{}\"}}", reason.code()))
}

/// A page of fixed texts: nothing of the request stands in it. The application's own sentence is
/// plain text.
fn html(reason: &AuthError, status: Status) -> String {
    let code = status.code;
    let message = reason.message().replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{code}</title>\n<h1>{code}</h1>\n\
         <p>{message}</p>\n</html>\n"
    )
}

fn set_body(response: &mut Response<'_>, kind: ContentType, body: String) {
    response.set_header(kind);
    response.set_sized_body(body.len(), Cursor::new(body));
}

// Headers of an answer, whether this library or the application wrote its body.

/// The `Cache-Control` of an answer for one caller.
pub(super) const NOT_KEPT: &str = "no-store, private";

/// Whether a guard of the application decided on the request, and so on a refusal of it.
#[derive(Default)]
struct OwnGuard(AtomicBool);

/// Notes that a guard of the application decides: what it says is for one caller.
pub(super) fn note_own_guard(request: &Request<'_>) {
    request.local_cache(OwnGuard::default).0.store(true, Relaxed);
}

const HSTS: &str = "Strict-Transport-Security";

/// Adds the headers that the contract requires of a refusal, and of every answer of an endpoint.
pub(crate) fn add_security_headers(state: &AuthState, request: &Request<'_>, response: &mut Response<'_>) {
    let status = response.status();
    let unexplained = (status == Status::Unauthorized).then(|| AuthError::from_status(status));
    // Reading the reason allocates a place for it, so a success does not read it.
    let refused = (status.code >= 400).then(|| AuthError::of(request)).flatten();
    let reason = refused.filter(|reason| reason.status() == status);
    if let Some(reason) = reason {
        metrics::count(metrics::REFUSALS, Some(reason.kind().code()));
    }
    if let Some(reason) = reason.or(unexplained.as_ref()) {
        let challenge = reason
            .challenge(&state.auth.config().issuer)
            .map(|value| ("WWW-Authenticate", value));
        let retry = reason.retry_after_secs().map(|secs| ("Retry-After", secs.to_string()));
        for (name, value) in challenge.into_iter().chain(retry) {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value));
            }
        }
    }
    keep_from_caches(state, request, response, reason.is_some());
    // Where Rocket ends the TLS itself, its Shield does this.
    if came_by_tls(state, request) && !response.headers().contains(HSTS) {
        response.set_header(Header::new(HSTS, "max-age=31536000"));
    }
    if is_endpoint(state, request) {
        response.set_header(Header::new("Cache-Control", "no-store"));
        protect_from_browsers(response);
    }
}

/// What an answer that depends on the caller says to caches: the next caller must not get it.
///
/// A handler's own `Cache-Control` stays. Then, and where an anonymous caller gets what all
/// anonymous callers get, `Vary` keeps the answers of different callers apart.
fn keep_from_caches(state: &AuthState, request: &Request<'_>, response: &mut Response<'_>, refused: bool) {
    let caller = asked(request);
    let failed = response.status().code >= 400;
    let own_guard = || request.local_cache(OwnGuard::default).0.load(Relaxed);
    let is_personal = refused || caller.is_some_and(|caller| failed || caller.is_ok());
    if !response.headers().contains("Cache-Control") && (is_personal || failed && own_guard()) {
        response.set_header(Header::new("Cache-Control", NOT_KEPT));
    }
    if caller.is_some() && !failed {
        vary(state, response);
    }
}

/// Adds the headers that carry tokens to `Vary`.
fn vary(state: &AuthState, response: &mut Response<'_>) {
    let sources = &state.auth.config().token_sources;
    let carriers = match (
        sources.contains(&TokenSource::Header),
        state.auth.config().reads_access_cookie(),
    ) {
        (true, true) => "Authorization, Cookie",
        (false, true) => "Cookie",
        (_, false) => "Authorization",
    };
    add_to_vary(response, carriers);
}

/// Adds names of headers to `Vary`.
pub(super) fn add_to_vary(response: &mut Response<'_>, names: &'static str) {
    let said: Vec<&str> = response.headers().get("Vary").collect();
    let all = if said.is_empty() {
        names.into()
    } else {
        Cow::from(format!("{}, {names}", said.join(", ")))
    };
    response.set_header(Header::new("Vary", all));
}

/// The headers of every body that this library writes. `nosniff` is not among them: Rocket's Shield
/// adds it to every response, and warns if the response has it already.
pub(crate) fn protect_from_browsers(response: &mut Response<'_>) {
    response.set_header(Header::new("Referrer-Policy", "no-referrer"));
    response.set_header(Header::new(
        "Content-Security-Policy",
        "default-src 'none'; frame-ancestors 'none'",
    ));
}

/// Whether a trusted proxy took the request from its client by TLS, and the server does not run in
/// the debug profile. A browser that gets the header once uses only TLS for this name for a year
/// (RFC 6797).
fn came_by_tls(state: &AuthState, request: &Request<'_>) -> bool {
    !state.auth.config().is_debug()
        && state.comes_from_trusted_proxy(request)
        && request.headers().get("X-Forwarded-Proto").eq(["https"])
}

/// Judged as Rocket routes: empty segments do not count, and the others are decoded.
pub(super) fn is_endpoint(state: &AuthState, request: &Request<'_>) -> bool {
    let (path, mount) = (request.uri().path(), state.auth.config().mount.as_str());
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

// Whether a client gets a page or JSON.

/// A longer `Accept` is not read: no client needs it, and parsing takes time.
const MAX_ACCEPT_BYTES: usize = 1024;

/// Whether the client prefers `text/html` to JSON (RFC 9110 §12.5.1): by weight, then by the more
/// exact name, then by order.
pub(super) fn prefers_html(request: &Request<'_>) -> bool {
    let values: Vec<&str> = request.headers().get("Accept").collect();
    // Several headers are one list (RFC 9110 §5.3).
    let list = values.join(", ");
    list.len() <= MAX_ACCEPT_BYTES && list.parse().is_ok_and(|accept| is_for_html(&accept))
}

fn is_for_html(accept: &Accept) -> bool {
    let Some(html) = Liking::of(&MediaType::HTML, accept) else {
        return false;
    };
    let Some(json) = Liking::of(&MediaType::JSON, accept) else {
        return html.weight > 0.0;
    };
    if html.weight != json.weight {
        return html.weight > json.weight;
    }
    // What matches both equally, such as `*/*`, says nothing: the answer is JSON.
    html.weight > 0.0 && (html.exactness, json.position) > (json.exactness, html.position)
}

/// What a list says of one media type: by the most exact of the ranges that match it.
struct Liking {
    weight: f32,
    /// 0 for `*/*`, 1 for `text/*`, 2 for the type itself.
    exactness: u8,
    position: usize,
}

impl Liking {
    fn of(media: &MediaType, accept: &Accept) -> Option<Liking> {
        let likings = accept.iter().enumerate().filter_map(|(position, range)| {
            let exactness = match (range.top().as_str(), range.sub().as_str()) {
                ("*", "*") => 0,
                (top, "*") if media.top() == top => 1,
                (top, sub) if media.top() == top && media.sub() == sub => 2,
                _ => return None,
            };
            Some(Liking {
                weight: range.weight_or(1.0),
                exactness,
                position,
            })
        });
        // Of equally exact ranges the first.
        likings.reduce(|best, next| if next.exactness > best.exactness { next } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_preferred_by_weight_then_by_exactness_then_by_order() {
        for (accept, html) in [
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/html;level=1", true),
            ("text/html;charset=utf-8;q=0.1", true),
            ("text/vnd.turbo-stream.html, text/html, application/xhtml+xml", true),
            ("text/x-component, text/html", true),
            ("image/avif, image/webp, text/html;q=0.5", true),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                true,
            ),
            ("text/html, */*", true),
            ("*/*, text/html", true),
            ("text/html, application/json", true),
            ("application/json;q=0.9, text/html", true),
            ("text/*", true),
            ("text/*, application/*", true),
            ("text/html, application/json;q=0", true),
            ("application/json, text/html", false),
            ("text/html;q=0.5, application/json", false),
            ("text/html;q=0.5, */*", false),
            ("text/html;q=0", false),
            ("text/html;q=0, */*;q=0.1", false),
            ("text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", false),
            ("application/json, text/*", false),
            ("application/json, */*", false),
            ("*/*", false),
            ("application/*", false),
            ("image/png", false),
            ("text/plain", false),
            ("text/htmlx", false),
        ] {
            let list: Accept = accept.parse().expect("a list of ranges");
            assert_eq!(is_for_html(&list), html, "{accept}");
        }
    }
}
