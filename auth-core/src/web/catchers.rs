//! The answers to refusals: JSON, or a page for whoever prefers HTML.

use std::io::Cursor;

use rocket::catcher::{Catcher, Handler};
use rocket::http::uri::Origin;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::Response;
use serde::Serialize;

use super::accept::prefers_html;
use super::csrf;
use super::error::AuthError;
use super::headers;
use super::state::Web;
use super::unparsed;
use crate::metrics;

/// Answers whatever nobody else answers below its base.
pub(crate) fn default_catcher() -> Catcher {
    let mut catcher = Catcher::new(None, Refusals);
    catcher.name = Some("auth refusals".into());
    catcher
}

#[derive(Clone)]
struct Refusals;

#[derive(Serialize)]
struct Refusal {
    error: &'static str,
    message: &'static str,
}

#[rocket::async_trait]
impl Handler for Refusals {
    async fn handle<'r>(&self, status: Status, request: &'r Request<'_>) -> rocket::catcher::Result<'r> {
        let recorded = AuthError::of(request)
            .filter(|reason| reason.status() == status)
            .cloned();
        let sign_in_page = recorded.as_ref().and_then(|_| sign_in_page(status, request));
        let reason = recorded
            .or_else(|| unparsed::reason(status, request))
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
        metrics::count(metrics::REFUSALS, Some(reason.code()));
        response.set_status(Status::SeeOther);
        response.set_header(Header::new("Location", page.to_owned()));
        response.set_header(Header::new("Cache-Control", headers::NOT_KEPT));
    } else {
        set_body(&mut response, ContentType::HTML, html(reason, status));
    }
    headers::protect_from_browsers(&mut response);
    // What is no request to Rocket (an unknown method, a malformed path) passes no fairing: neither ours nor Shield.
    if request.route().is_none() && status == Status::BadRequest {
        response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
        if let Ok(web) = Web::of(request) {
            headers::complete(web, request, &mut response);
        }
    }
    response
}

/// Where a browser without an identity is sent, if anywhere.
fn sign_in_page<'r>(status: Status, request: &'r Request<'_>) -> Option<&'r str> {
    let page = Web::of(request).ok()?.auth.config().sign_in_page.as_deref()?;
    // Only where a page was asked for: a form or a script that posts wants its answer.
    let asks_for_page = request.method() == Method::Get && !csrf::changes_state(request);
    (status == Status::Unauthorized && asks_for_page && !is_at(request, page)).then_some(page)
}

/// Whether the request is for `page` itself, which must not send the browser to itself for ever. Judged as Rocket routes: empty
/// segments do not count, and the others are decoded.
fn is_at(request: &Request<'_>, page: &str) -> bool {
    let Ok(page) = Origin::parse(page) else { return false };
    let here = request.uri().path().segments().filter(|segment| !segment.is_empty());
    here.eq(page.path().segments().filter(|segment| !segment.is_empty()))
}

fn json(reason: &AuthError) -> String {
    let refusal = Refusal {
        error: reason.code(),
        message: reason.message(),
    };
    // Two fixed texts always serialize; the fallback is what they would have said.
    serde_json::to_string(&refusal).unwrap_or_else(|_| format!("{{\"error\":\"{}\"}}", reason.code()))
}

/// A page of fixed texts: nothing of the request stands in it, so there is nothing to escape.
fn html(reason: &AuthError, status: Status) -> String {
    let (code, message) = (status.code, reason.message());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{code}</title>\n<h1>{code}</h1>\n\
         <p>{message}</p>\n</html>\n"
    )
}

fn set_body(response: &mut Response<'_>, kind: ContentType, body: String) {
    response.set_header(kind);
    response.set_sized_body(body.len(), Cursor::new(body));
}
