//! Where a request says it comes from, and whether it may change state, against the rules in plain words.
//!
//! The input is text: the method, then one header a line, as `Name: value`.

use auth_core::__internal::fuzzing;
use rocket::http::{Header, Method};

use super::server::server;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.lines();
    let Some(method) = lines.next().and_then(|name| name.parse::<Method>().ok()) else {
        return;
    };
    let headers: Vec<(&str, &str)> = lines
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, value)| {
            let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            named && !value.chars().any(char::is_control)
        })
        .collect();
    let mut request = server().client.req(method, "/api/auth/refresh");
    for (name, value) in &headers {
        request.add_header(Header::new((*name).to_owned(), (*value).to_owned()));
    }
    let request = request.inner();

    let configured = ["https://app.example".to_owned(), "http://localhost:8000".to_owned()];
    for allowed in [&[], configured.as_slice()] {
        let found = fuzzing::is_allowed_origin(request, allowed);
        let expected = comes_from_us(fuzzing::changes_state(request), &headers, allowed);
        assert_eq!(found, expected, "{headers:?} with {allowed:?}");
    }

    let upgrades = all(&headers, "upgrade").iter().any(|value| {
        let value = value.to_ascii_lowercase();
        value.split(',').map(str::trim).any(|protocol| protocol == "websocket")
    });
    assert_eq!(fuzzing::is_websocket_upgrade(request), upgrades, "{headers:?}");

    let kinds = all(&headers, "content-type");
    let changes = fuzzing::changes_state(request);
    match (method, kinds.as_slice()) {
        (Method::Get | Method::Head | Method::Options | Method::Trace, []) => assert!(!changes),
        // A form may be a POST that Rocket made into a GET.
        (_, ["application/x-www-form-urlencoded" | "multipart/form-data; boundary=x"]) => assert!(changes),
        (Method::Post | Method::Put | Method::Patch | Method::Delete | Method::Connect, _) => assert!(changes),
        _ => {}
    }
}

/// `same-origin` passes, and `none` where nothing is changed; otherwise an allowed `Origin`; without both and without a
/// `Referer` it is no browser.
fn comes_from_us(changes: bool, headers: &[(&str, &str)], allowed: &[String]) -> bool {
    let site = all(headers, "sec-fetch-site");
    if site == ["same-origin"] || (site == ["none"] && !changes) {
        return true;
    }
    let origin = all(headers, "origin");
    if origin.is_empty() {
        return site.is_empty() && all(headers, "referer").is_empty();
    }
    let [origin] = origin.as_slice() else { return false };
    if !allowed.is_empty() {
        return allowed.iter().any(|one| one == origin);
    }
    let host = all(headers, "host");
    let [host] = host.as_slice() else { return false };
    // Host and port as in `Host`; the scheme, which a proxy may have changed, is not compared.
    let origin = origin.to_ascii_lowercase();
    origin
        .find("://")
        .is_some_and(|at| origin[at + 3..] == host.to_ascii_lowercase())
}

fn all<'h>(headers: &[(&'h str, &'h str)], name: &str) -> Vec<&'h str> {
    let named = headers.iter().filter(|(other, _)| other.to_ascii_lowercase() == name);
    named.map(|(_, value)| *value).collect()
}
