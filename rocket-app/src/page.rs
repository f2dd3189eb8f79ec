//! Pages rendered on the server.

use askama::Template;
use auth_core::config::Config;
use auth_core::{Auth, public};
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::{State, get};

use crate::notice::Said;

/// A template on its way to a browser, with the headers that keep other sites and scripts out: what the page loads and asks
/// comes from here, and no text becomes HTML or script (`trusted-types`).
pub struct Page<T>(pub T);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

impl<'r, T: Template> Responder<'r, 'static> for Page<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let html = self.0.render().map_err(|_| Status::InternalServerError)?;
        Response::build_from((ContentType::HTML, html).respond_to(request)?)
            .header(Header::new("Content-Security-Policy", POLICY))
            .header(Header::new("Referrer-Policy", "same-origin"))
            .header(Header::new("Cache-Control", "no-store"))
            .ok()
    }
}

/// The front page.
#[derive(Template)]
#[template(path = "index.html")]
pub struct Index {
    /// Where the library's endpoints are.
    mount: String,
    /// Where the forms are.
    forms: String,
    notice: &'static str,
}

/// To sign in and to see oneself, by script; or to sign in by a form, which leads to the dashboard.
#[public("one signs in from here")]
#[get("/")]
pub fn index(auth: &State<Auth>, said: Said) -> Page<Index> {
    Page(Index {
        mount: auth.config().mount.trim_end_matches('/').to_owned(),
        forms: base(auth.config()).to_owned(),
        notice: said.0,
    })
}

/// What the paths of the forms begin with: where the endpoints are.
pub fn base(config: &Config) -> &str {
    &config.mount
}
