//! Pages rendered on the server.

use askama::Template;
use auth_core::config::{FlowsConfig, SignUp};
use auth_core::{Auth, Config, Role, public};
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::{State, get};

use crate::notice::Said;
use crate::role::AppRole;

/// A page from a template, with the headers that keep other sites and scripts out. The browser
/// loads and requests only from this server, and turns no text into HTML or script
/// (`trusted-types`). A picture may be part of the page: a QR code is.
pub struct Page<T>(pub T);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
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
    /// Which account pages there are.
    flows: FlowsConfig,
    may_sign_up: bool,
    may_invite: bool,
    offers_factors: bool,
    all_roles: &'static [&'static str],
}

/// To sign in and to see oneself, by script; or to sign in by a form, which leads to the dashboard.
#[public("one signs in from here")]
#[get("/")]
pub fn index(auth: &State<Auth>, said: Said) -> Page<Index> {
    let flows = &auth.config().flows;
    Page(Index {
        mount: auth.config().mount.trim_end_matches('/').to_owned(),
        forms: base(auth.config()).to_owned(),
        notice: said.text(),
        flows: flows.clone(),
        may_sign_up: flows.sign_up == SignUp::Open,
        may_invite: flows.sign_up != SignUp::Off,
        offers_factors: offers_factors(auth.config()),
        all_roles: AppRole::NAMES,
    })
}

/// Whether users can add an authenticator app.
pub fn offers_factors(config: &Config) -> bool {
    config.second_factor.is_on()
}

/// What the paths of the forms begin with: where the endpoints are.
pub fn base(config: &Config) -> &str {
    &config.mount
}
