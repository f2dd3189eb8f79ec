//! Style, script and icon of the page, which are part of the program.

use std::hash::{DefaultHasher, Hash, Hasher};

use auth_core::public;
use rocket::get;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};

/// A file for a browser, which caches it and checks each time whether it is still the same.
pub struct Asset {
    kind: ContentType,
    content: &'static str,
}

impl Asset {
    fn named(name: &str) -> Option<Asset> {
        let (kind, content) = match name {
            "account.js" => (ContentType::JavaScript, include_str!("../assets/account.js")),
            "auth.js" => (ContentType::JavaScript, include_str!("../assets/auth.js")),
            "docs.js" => (ContentType::JavaScript, include_str!("../assets/docs.js")),
            "dom.js" => (ContentType::JavaScript, include_str!("../assets/dom.js")),
            "factor.js" => (ContentType::JavaScript, include_str!("../assets/factor.js")),
            "page.js" => (ContentType::JavaScript, include_str!("../assets/page.js")),
            "step_up.js" => (ContentType::JavaScript, include_str!("../assets/step_up.js")),
            "users.js" => (ContentType::JavaScript, include_str!("../assets/users.js")),
            "style.css" => (ContentType::CSS, include_str!("../assets/style.css")),
            "icon.svg" => (ContentType::SVG, include_str!("../assets/icon.svg")),
            _ => return None,
        };
        Some(Asset { kind, content })
    }

    /// Names the content, so that a browser can ask for another (RFC 9110 §8.8.3).
    fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }
}

/// One of the page's files.
#[public("style and script of the page")]
#[get("/assets/<name>")]
pub fn asset(name: &str) -> Option<Asset> {
    Asset::named(name)
}

impl<'r> Responder<'r, 'static> for Asset {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let tag = self.tag();
        let known = request
            .headers()
            .get("If-None-Match")
            .flat_map(|tags| tags.split(','))
            .any(|known| known.trim() == tag);
        let mut response = if known {
            Response::build().status(Status::NotModified).finalize()
        } else {
            (self.kind, self.content).respond_to(request)?
        };
        response.set_header(Header::new("ETag", tag));
        response.set_header(Header::new("Cache-Control", "no-cache"));
        Ok(response)
    }
}
