//! What the application's own tests do: they call handlers, and ask for every one of them.

mod called;
mod requests;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;

use rocket::fairing::AdHoc;
use rocket::http::uri::Host;
use rocket::http::{Header, Method};
use rocket::local::blocking::{Client, LocalResponse};

/// The routes that have answered.
static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Headers that the fairing sets on every answer, and those that differ by the hour.
const LEFT_OUT: [&str; 6] = [
    "cache-control",
    "content-security-policy",
    "date",
    "referrer-policy",
    "x-frame-options",
    "vary",
];

/// Writes all that the two compilations must agree on to the file that `REPORT` names.
#[test]
fn every_route_answers() {
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let app = super::application().attach(AdHoc::on_response("routes that answered", |request, _| {
        Box::pin(async move {
            let route = request.route().map(|route| format!("{} {}", route.method, route.uri));
            ASKED.lock().expect("a lock").extend(route);
        })
    }));
    let bench = auth_core::testing::TestBench::new::<super::roles::AppRole>().expect("a bench");
    let app = bench.attach(app); // auth_core
    let client = Client::untracked(app).expect("the application launches");

    let status = client.get("/methods").dispatch().status();
    assert_eq!(status.code, 401, "the decision stands before the handler"); // auth_core
    let _ = status;

    let mut report = String::new();
    let own = |path: &str| !path.starts_with("/api/auth") && !path.starts_with("/.well-known");
    let mut routes: Vec<_> = client.rocket().routes().filter(|route| own(route.uri.path())).collect();
    // Rocket keeps those of each method in order, but not the methods.
    routes.sort_by_key(|route| route.method.as_str());
    for route in &routes {
        let (name, format) = (route.name.as_deref(), route.format.as_ref());
        let line = (route.method, route.uri.to_string(), route.rank, name, format);
        writeln!(report, "{line:?} {route}").expect("a text grows");
    }
    for (what, headers, body) in requests::ALL {
        let (method, uri) = what.split_once(' ').expect("a method and a URI");
        let method: Method = method.parse().expect("a method");
        let mut request = client.req(method, uri).body(body).remote(([127, 0, 0, 1], 80).into());
        for (name, value) in headers.split(" | ").filter_map(|header| header.split_once(": ")) {
            match (name, value.split_once('=')) {
                ("cookie", Some(cookie)) => request = request.cookie(cookie),
                ("host", _) => request.inner_mut().set_host(Host::parse(value).expect("a host")),
                _ => request.add_header(Header::new(name, value)),
            }
        }
        let request = auth_core::testing::AsUser::as_role(request, super::roles::AppRole::Admin);
        writeln!(report, "{what}: {}", told(request.dispatch())).expect("a text grows");
    }
    let asked = ASKED.lock().expect("a lock");
    let missing: Vec<_> = routes
        .iter()
        .map(|route| format!("{} {}", route.method, route.uri))
        .filter(|route| !asked.contains(route))
        .collect();
    assert!(missing.is_empty(), "not asked: {missing:#?}\n{report}");
    if let Some(file) = std::env::var_os("REPORT") {
        std::fs::write(file, report).expect("the report is written");
    }
}

/// An answer on one line.
fn told(answer: LocalResponse<'_>) -> String {
    let mut headers: Vec<String> = answer
        .headers()
        .iter()
        .filter(|header| !LEFT_OUT.contains(&header.name().as_str().to_lowercase().as_str()))
        .map(|header| header.to_string())
        .collect();
    headers.sort();
    let status = answer.status();
    let body = answer.into_bytes().unwrap_or_default();
    format!("{status} {headers:?} {}", body.escape_ascii())
}
