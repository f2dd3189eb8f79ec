//! Which routes Rocket's own router tries, and in which order, without running a handler of the
//! application.

use std::sync::{Arc, Mutex, PoisonError};

use rocket::http::uri::Origin;
use rocket::http::{Accept, ContentType, MediaType, Method, Status};
use rocket::local::blocking::Client;
use rocket::route::{Handler, Outcome};
use rocket::{Build, Data, Orbit, Request, Rocket, Route};

use crate::web::ranks::{Segment, fields, segments};

/// A segment, or half of a media type, that no route of an application writes out.
const SAMPLE: &str = "access-matrix";

/// For each route of `rocket`, in its order, the routes that the router tries before it for a
/// request that is for that route.
///
/// A second server has the same routes with handlers that only record the call, and go on to the
/// next.
pub(super) fn asked_before(rocket: &Rocket<Orbit>) -> Vec<Vec<&Route>> {
    let routes: Vec<&Route> = rocket.routes().collect();
    let depth = routes
        .iter()
        .map(|route| segments(&route.uri.origin).len())
        .max()
        .unwrap_or_default();
    let asked = Asked::default();
    let copies: Vec<Route> = (0..)
        .zip(&routes)
        .map(|(index, route)| asked.copy_of(index, route))
        .collect();
    let server = rocket::custom(rocket::Config {
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    })
    .mount("/", copies);
    let example = |route: &&Route| (route.method, example_uri(route, depth), example_format(route));
    let examples: Vec<(Method, String, MediaType)> = routes.iter().map(example).collect();
    let orders = asked.orders(server, examples);
    let before = |(index, order): (usize, Vec<usize>)| {
        let before = order.iter().copied().take_while(|asked| *asked != index);
        before.map(|asked| routes[asked]).collect()
    };
    orders.into_iter().enumerate().map(before).collect()
}

/// The indices of the routes that the router tried for the request under way.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<usize>>>);

impl Asked {
    fn take(&self) -> Vec<usize> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn copy_of(&self, index: usize, route: &Route) -> Route {
        let asked = Note {
            index,
            asked: self.clone(),
        };
        let mut copy = Route::ranked(route.rank, route.method, &route.uri.origin.to_string(), asked);
        copy.format.clone_from(&route.format);
        copy
    }

    /// The routes tried for each of `examples`. It runs on a thread of its own: a blocking client
    /// starts a runtime, and the caller may be in one.
    fn orders(&self, server: Rocket<Build>, examples: Vec<(Method, String, MediaType)>) -> Vec<Vec<usize>> {
        let run = || {
            let client = Client::untracked(server).expect("routes that launched once launch again");
            let order = |(method, uri, format): (Method, String, MediaType)| {
                let mut request = client.req(method, uri);
                if method.supports_payload() {
                    request.add_header(ContentType(format));
                } else {
                    request.add_header(Accept::new(vec![format.into()]));
                }
                request.dispatch();
                self.take()
            };
            examples.into_iter().map(order).collect()
        };
        let orders = std::thread::scope(|scope| scope.spawn(run).join());
        orders.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// The handler of a copied route.
#[derive(Clone)]
struct Note {
    index: usize,
    asked: Asked,
}

#[rocket::async_trait]
impl Handler for Note {
    async fn handle<'r>(&self, _: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        self.asked
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.index);
        Outcome::forward(data, Status::NotFound)
    }
}

/// An address of `route` that no more specific route matches: each parameter is the sample, and a
/// trailing one is longer than any route.
fn example_uri(route: &Route, depth: usize) -> String {
    let mut uri = String::new();
    for segment in segments(&route.uri.origin) {
        let (segment, times) = match segment {
            Segment::Trailing => (SAMPLE, depth + 1),
            Segment::Dynamic => (SAMPLE, 1),
            Segment::Fixed(text) => (text, 1),
        };
        uri.push_str(&format!("/{}", literal(segment)).repeat(times));
    }
    if uri.is_empty() {
        uri.push('/');
    }
    let fields: Vec<String> = fields(&route.uri.origin)
        .into_iter()
        .map(|(name, value)| match value {
            "" => literal(name),
            value => format!("{}={}", literal(name), literal(value)),
        })
        .collect();
    if !fields.is_empty() {
        uri.push('?');
        uri.push_str(&fields.join("&"));
    }
    debug_assert!(Origin::parse(&uri).is_ok(), "{uri}");
    uri
}

/// Rocket compares what a route writes with the request's decoded text: a percent sign in a route
/// is one in the text.
fn literal(segment: &str) -> String {
    segment.replace('%', "%25")
}

/// The media type of `route`; the sample where it takes any, so that the router does not try a
/// route of one format first.
fn example_format(route: &Route) -> MediaType {
    let concrete = |part: &str| {
        if part == "*" {
            SAMPLE.to_owned()
        } else {
            part.to_owned()
        }
    };
    match &route.format {
        Some(format) => MediaType::new(concrete(format.top().as_str()), concrete(format.sub().as_str())),
        None => MediaType::new(SAMPLE, SAMPLE),
    }
}
