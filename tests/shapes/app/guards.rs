//! Request guards: Rocket's own and the application's.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::{authenticated, public, require_role};
use rocket::http::uri::{Host, Origin};
use rocket::http::{Accept, ContentType, Cookie, CookieJar, Method, Status};
use rocket::request::{FlashMessage, FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::route::Route;
use rocket::{Config, Shutdown, State};

use crate::roles::AppRole;

/// Something in the state.
#[derive(Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    pub(crate) fn count(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[authenticated]
#[get("/state")]
fn state(counter: &State<Counter>) -> &'static str {
    counter.count();
    "counted"
}

#[authenticated]
#[get("/state/named")]
async fn state_named<'r>(counter: &'r State<Counter>) -> &'static str {
    std::future::ready(counter.inner()).await.count();
    "counted"
}

#[authenticated]
#[get("/cookies")]
fn cookies(jar: &CookieJar<'_>) -> Option<String> {
    jar.add(Cookie::new("seen", "yes"));
    Some(jar.get("theme")?.value().to_owned())
}

#[authenticated]
#[get("/cookies/named")]
fn cookies_named<'r>(jar: &'r CookieJar<'_>) -> Option<&'r str> {
    jar.get("theme").map(Cookie::value)
}

#[authenticated]
#[get("/cookies/both")]
fn cookies_both<'a, 'b>(jar: &'a CookieJar<'b>) -> Option<&'a str>
where
    'b: 'a,
{
    jar.get("theme").map(|cookie| cookie.value())
}

#[authenticated]
#[get("/host")]
fn host(host: &Host<'_>) -> String {
    host.to_string()
}

#[authenticated]
#[get("/host/option")]
fn host_option(host: Option<&Host<'_>>) -> String {
    host.map_or_else(String::new, |host| host.domain().to_string())
}

#[authenticated]
#[get("/ip")]
fn ip(ip: Option<IpAddr>, remote: Option<SocketAddr>) -> String {
    format!("{ip:?} {remote:?}")
}

#[authenticated]
#[get("/ip/needed")]
fn ip_needed(ip: IpAddr) -> String {
    ip.to_string()
}

#[authenticated]
#[get("/about")]
fn about(
    method: Method,
    uri: &Origin<'_>,
    accept: Option<&Accept>,
    kind: Option<&ContentType>,
    route: &Route,
) -> String {
    format!(
        "{method} {uri} {} {} {:?}",
        accept.is_some(),
        kind.is_some(),
        route.name
    )
}

#[authenticated]
#[get("/config")]
fn config(config: &Config, _shutdown: Shutdown) -> String {
    config
        .limits
        .get("json")
        .map_or_else(String::new, |limit| limit.to_string())
}

#[authenticated]
#[get("/flash")]
fn flash(flash: Option<FlashMessage<'_>>) -> String {
    flash.map_or_else(
        || "no flash".to_owned(),
        |flash| format!("{}: {}", flash.kind(), flash.message()),
    )
}

#[authenticated]
#[post("/flash")]
fn set_flash() -> Flash<Redirect> {
    Flash::success(Redirect::to(uri!("/guards", flash)), "saved")
}

/// A guard with a lifetime of its own.
#[derive(Debug)]
pub(crate) struct Agent<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Agent<'r> {
    type Error = &'r str;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        match request.headers().get_one("x-agent") {
            Some(agent) if agent.len() > 20 => Outcome::Error((Status::BadRequest, agent)),
            Some(agent) => Outcome::Success(Agent(agent)),
            None => Outcome::Forward(Status::NotFound),
        }
    }
}

/// A guard that has a place for a type and a number.
pub(crate) struct Both<A, const N: usize>([A; N]);

#[rocket::async_trait]
impl<'r, const N: usize> FromRequest<'r> for Both<u8, N> {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Both([7; N]))
    }
}

/// A guard of two lifetimes.
pub(crate) struct Whole<'r, 'c>(&'r str, Option<&'c str>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Whole<'r, 'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Whole(
            request.uri().path().as_str(),
            request.headers().get_one("x-agent"),
        ))
    }
}

#[require_role(not(AppRole::Editor), AppRole::Admin)]
#[get("/agent")]
fn agent(agent: Agent<'_>) -> String {
    agent.0.to_owned()
}

#[authenticated]
#[get("/agent", rank = 2)]
fn no_agent() -> &'static str {
    "no agent"
}

#[authenticated]
#[get("/agent/named")]
fn agent_named<'r>(agent: Agent<'r>) -> &'r str {
    agent.0
}

#[authenticated]
#[get("/agent/option")]
fn agent_option(agent: Option<Agent<'_>>) -> String {
    format!("{agent:?}")
}

#[authenticated]
#[get("/agent/result")]
fn agent_result(agent: Result<Agent<'_>, &str>) -> String {
    format!("{agent:?}")
}

#[authenticated]
#[get("/agent/result/named")]
fn agent_result_named<'r>(agent: Result<Agent<'r>, <Agent<'r> as FromRequest<'r>>::Error>) -> String {
    format!("{agent:?}")
}

#[authenticated]
#[get("/agent/outcome")]
fn agent_outcome(agent: Outcome<Agent<'_>, &str>) -> Status {
    match agent {
        Outcome::Success(_) => Status::Ok,
        Outcome::Error((status, _)) | Outcome::Forward(status) => status,
    }
}

#[authenticated]
#[get("/generic")]
fn generic(both: Both<u8, 3>) -> String {
    format!("{:?}", both.0)
}

#[authenticated]
#[get("/whole")]
fn whole(whole: Whole<'_, '_>) -> String {
    format!("{} {:?}", whole.0, whole.1)
}

type Maybe<'r> = Option<Agent<'r>>;

#[authenticated]
#[get("/alias/<id>")]
async fn alias(id: u8, maybe: Maybe<'_>) -> String {
    format!("{id} {}", maybe.is_some())
}

#[public("guards of other guards decide")]
#[get("/ignored")]
fn ignored(_counter: &State<Counter>, _jar: &CookieJar<'_>) {}

#[authenticated]
#[get("/roles")]
fn roles() -> String {
    format!("{:?}", AppRole::ALL)
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        state,
        state_named,
        cookies,
        cookies_named,
        cookies_both,
        host,
        host_option,
        ip,
        ip_needed,
        about,
        config,
        flash,
        set_flash,
        agent,
        no_agent,
        agent_named,
        agent_option,
        agent_result,
        agent_result_named,
        agent_outcome,
        generic,
        whole,
        alias,
        ignored,
        roles,
    ]
}
