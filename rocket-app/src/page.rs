//! Pages rendered on the server.

use askama::Template;
use auth_core::public;
use rocket::get;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

/// A template on its way to a browser, with the headers that keep other sites and scripts out.
pub struct Page<T>(pub T);

impl<'r, T: Template> Responder<'r, 'static> for Page<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let html = self.0.render().map_err(|_| Status::InternalServerError)?;
        let policy =
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        Response::build_from((ContentType::HTML, html).respond_to(request)?)
            .header(Header::new("Content-Security-Policy", policy))
            .header(Header::new("Referrer-Policy", "same-origin"))
            .header(Header::new("Cache-Control", "no-store"))
            .ok()
    }
}

/// The front page.
#[derive(Template)]
#[template(path = "index.html")]
pub struct Index {
    host: String,
}

/// Says how to sign in.
#[public("one signs in from here")]
#[get("/")]
pub fn index(host: Option<&rocket::http::uri::Host<'_>>) -> Page<Index> {
    Page(Index {
        host: host.map_or_else(|| "127.0.0.1:8000".to_owned(), ToString::to_string),
    })
}
