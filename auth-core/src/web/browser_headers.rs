//! The headers for browsers in every answer.

use rocket::async_trait;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Header;
use rocket::request::Request;
use rocket::response::Response;

/// A browser guesses no type, shows no page of the application in a frame, and tells other sites no
/// addresses.
const DEFAULTS: [(&str, &str); 3] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    // Not `no-referrer`: browsers without Fetch Metadata would send `Origin: null` with forms.
    ("Referrer-Policy", "same-origin"),
];

/// Adds the headers that the application did not set. Attached at ignition, so that it runs after
/// the application's own fairings: Rocket's Shield warns of a header that is there already.
pub(super) struct BrowserHeaders;

#[async_trait]
impl Fairing for BrowserHeaders {
    fn info(&self) -> Info {
        Info {
            name: "Headers for browsers",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, _: &'r Request<'_>, response: &mut Response<'r>) {
        for (name, value) in DEFAULTS {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value));
            }
        }
    }
}
