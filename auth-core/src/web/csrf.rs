//! Cross-site request forgery: Fetch Metadata first, then `Origin`.

use rocket::http::Method;
use rocket::request::Request;

use super::error::AuthError;
use super::error_kind::AuthErrorKind;
use super::state::{AuthState, declared};
use crate::audit::{Event, EventKind};

/// Whether the request, as the client sent it, may change state. Rocket lets a form field `_method`
/// rewrite the method of a POST before our code runs. So a request with a form's content type
/// counts as a POST.
pub(crate) fn changes_state(request: &Request<'_>) -> bool {
    let safe = matches!(
        request.method(),
        Method::Get | Method::Head | Method::Options | Method::Trace
    );
    let is_form = request
        .content_type()
        .is_some_and(|kind| kind.is_form() || kind.is_form_data());
    !safe || is_form
}

/// Whether the request asks for a WebSocket, which the same-origin policy does not cover.
pub(crate) fn is_websocket_upgrade(request: &Request<'_>) -> bool {
    let names_websocket = |value: &str| {
        value
            .split(',')
            .any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
    };
    request.headers().get("Upgrade").any(names_websocket)
}

/// Whether a request may use a cookie, or sign in. It must come from a page of ours, from a page of
/// an allowed origin, or from a client that is not a browser.
pub(crate) fn is_allowed_origin(request: &Request<'_>, allowed_origins: &[String]) -> bool {
    let sites: Vec<&str> = request.headers().get("Sec-Fetch-Site").collect();
    let origins: Vec<&str> = request.headers().get("Origin").collect();
    match sites.as_slice() {
        ["same-origin"] => return true,
        // The user typed the address, or followed a bookmark.
        ["none"] if !changes_state(request) => return true,
        _ => {}
    }
    match origins.as_slice() {
        [origin] => is_allowed(origin, request, allowed_origins),
        // Every browser sends `Origin`, `Sec-Fetch-Site` or `Referer` with the requests checked
        // here.
        [] => sites.is_empty() && !request.headers().contains("Referer"),
        _ => false,
    }
}

impl AuthState {
    /// Refuses a request that signs in or carries a cookie, and comes from a page that may do
    /// neither.
    pub(crate) fn require_same_origin(&self, request: &Request<'_>) -> Result<(), AuthError> {
        if is_allowed_origin(request, &self.auth.config().allowed_origins) {
            return Ok(());
        }
        let event = Event::new(EventKind::CsrfRejected).route(declared(request));
        self.auth.emit(&self.client(request), event);
        Err(AuthError::new(AuthErrorKind::CsrfRejected))
    }
}

fn is_allowed(origin: &str, request: &Request<'_>, allowed_origins: &[String]) -> bool {
    if !allowed_origins.is_empty() {
        return allowed_origins.iter().any(|allowed| allowed == origin);
    }
    let Some(origin) = Authority::of_origin(origin) else {
        return false;
    };
    let mut hosts = request.headers().get("Host");
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => origin.is(host),
        (Some(_), Some(_)) => false,
        (None, _) => request.host().is_some_and(|host| origin.is(&host.to_string())),
    }
}

/// Host and port of a page's origin. The scheme is not compared, as a proxy may have ended the TLS,
/// but says the port that is not written.
struct Authority<'a> {
    written: &'a str,
    unwritten_port: &'static str,
}

impl<'a> Authority<'a> {
    /// `None` for what is no page's, such as `null`.
    fn of_origin(origin: &'a str) -> Option<Authority<'a>> {
        let http = origin.strip_prefix("http://").map(|written| (written, ":80"));
        let (written, unwritten_port) =
            http.or_else(|| origin.strip_prefix("https://").map(|written| (written, ":443")))?;
        Some(Authority {
            written,
            unwritten_port,
        })
    }

    /// Whether this is `host`, as a `Host` header writes it: some proxies write the port that
    /// browsers leave out.
    fn is(&self, host: &str) -> bool {
        let host = host.strip_suffix(self.unwritten_port).unwrap_or(host);
        !host.is_empty() && host.eq_ignore_ascii_case(self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_host_by_name_and_port() {
        for (origin, host, same) in [
            ("https://app.example.com", "app.example.com", true),
            ("http://app.example.com", "app.example.com", true),
            ("https://app.example.com", "APP.example.com", true),
            ("https://app.example.com", "app.example.com:443", true),
            ("http://app.example.com", "app.example.com:80", true),
            ("http://app.example.com", "app.example.com:443", false),
            ("https://app.example.com", "app.example.com:80", false),
            ("https://app.example.com:8443", "app.example.com:8443", true),
            ("https://app.example.com:8443", "app.example.com", false),
            ("https://app.example.com", "app.example.com:8443", false),
            ("https://app.example.com", "app.example.com.", false),
            ("https://app.example.com.evil.example", "app.example.com", false),
            ("https://evil.example@app.example.com", "app.example.com", false),
            ("https://app.example.com/", "app.example.com", false),
            ("http://[::1]:8000", "[::1]:8000", true),
            ("http://[::1]", "[::1]:80", true),
            ("http://[::1]", "[::1]", true),
            ("https://[fe80::443]", "[fe80::443]", true),
            ("https://", "", false),
            ("https://", ":443", false),
        ] {
            let origin = Authority::of_origin(origin).expect("a page's");
            assert_eq!(origin.is(host), same, "{} {host}", origin.written);
        }
        for nobodys in [
            "null",
            "",
            "app.example.com",
            "file://",
            "chrome-extension://app.example.com",
            "HTTP://x",
        ] {
            assert!(Authority::of_origin(nobodys).is_none(), "{nobodys}");
        }
    }
}
