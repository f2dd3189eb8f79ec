//! Cross-Origin Resource Sharing: the answers that scripts on pages of `auth.allowed_origins` may
//! read (the Fetch standard, section "CORS protocol").
//!
//! It opens answers, and decides no request: [`csrf`](super::csrf) judges who may use a cookie.

use std::convert::Infallible;

use rocket::http::{Header, Method, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::{Route, async_trait, options};

use super::catchers::{add_to_vary, is_endpoint};
use super::state::AuthState;
use crate::config::{Config, Cors};
use crate::{guarded_routes, public};

/// Which pages may read an answer.
pub(super) const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";

/// For how long a browser need not ask again, in seconds: two hours, the most that Chromium keeps.
const MAX_AGE: &str = "7200";

/// Which headers a script may read. That of the application stays.
const EXPOSE_HEADERS: &str = "Access-Control-Expose-Headers";

/// What a script may read beside the body and the headers that it may always read.
const EXPOSED: &str = "Retry-After, WWW-Authenticate";

/// The longest list of headers that is answered. No client needs a longer one.
const MAX_HEADERS_BYTES: usize = 1024;

/// Where the routes of [`preflight_routes`] are mounted.
pub(super) fn base(config: &Config) -> &str {
    match config.cors {
        Cors::All => "/",
        Cors::Off | Cors::Endpoints => &config.mount,
    }
}

/// The answers to preflights, for where there are any.
pub(super) fn preflight_routes(cors: Cors) -> Vec<Route> {
    match cors {
        Cors::Off => Vec::new(),
        Cors::Endpoints | Cors::All => guarded_routes![preflight],
    }
}

// Behind every route that the application has for OPTIONS.
#[public("a browser asks before it sends the request of a page of another origin")]
#[options("/<_..>", rank = 1000)]
fn preflight(asked: Preflight<'_>) -> Preflight<'_> {
    asked
}

/// A question of a browser for a page of a listed origin. Others are not answered: they get 404, as
/// without CORS.
struct Preflight<'r> {
    headers: Option<&'r str>,
}

#[async_trait]
impl<'r> FromRequest<'r> for Preflight<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Preflight<'r>, Infallible> {
        let headers = request.headers();
        let is_listed = AuthState::of(request).is_ok_and(|state| listed_origin(state, request).is_some());
        if !is_listed || !headers.contains("Access-Control-Request-Method") {
            return Outcome::Forward(Status::NotFound);
        }
        let asked = headers.get_one("Access-Control-Request-Headers");
        Outcome::Success(Preflight {
            headers: asked.filter(|names| is_list_of_names(names)),
        })
    }
}

/// Whether it is a list of names of headers, as browsers write it.
fn is_list_of_names(names: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~, ".contains(&b);
    names.len() <= MAX_HEADERS_BYTES && names.bytes().all(is_part)
}

impl<'r> Responder<'r, 'r> for Preflight<'r> {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'r> {
        let mut response = Response::build();
        response
            .status(Status::NoContent)
            .header(Header::new(
                "Access-Control-Allow-Methods",
                "GET, HEAD, POST, PUT, PATCH, DELETE",
            ))
            .header(Header::new("Access-Control-Max-Age", MAX_AGE));
        if let Some(names) = self.headers {
            response.header(Header::new("Access-Control-Allow-Headers", names));
        }
        response.ok()
    }
}

/// Lets the page that sent the request read the answer, success or refusal, if its origin is
/// listed.
pub(super) fn share(state: &AuthState, request: &Request<'_>, response: &mut Response<'_>) {
    let is_covered = match state.auth.config().cors {
        Cors::Off => return,
        Cors::Endpoints => is_endpoint(state, request),
        Cors::All => true,
    };
    // An answer that is for every page, and one of which the application says for whom it is.
    if !is_covered || response.headers().contains(ALLOW_ORIGIN) {
        return;
    }
    // A cache must not give the answer for one origin to another, or to none.
    add_to_vary(response, "Origin");
    let Some(origin) = listed_origin(state, request).map(str::to_owned) else {
        return;
    };
    response.set_header(Header::new(ALLOW_ORIGIN, origin));
    response.set_header(Header::new("Access-Control-Allow-Credentials", "true"));
    if request.method() != Method::Options && !response.headers().contains(EXPOSE_HEADERS) {
        response.set_header(Header::new(EXPOSE_HEADERS, EXPOSED));
    }
}

/// The origin of the page that sent the request, if it is on the list.
fn listed_origin<'r>(state: &AuthState, request: &'r Request<'_>) -> Option<&'r str> {
    let mut origins = request.headers().get("Origin");
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return None;
    };
    let allowed = &state.auth.config().allowed_origins;
    allowed.iter().any(|listed| listed == origin).then_some(origin)
}
