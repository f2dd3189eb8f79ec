//! Ways to get an open route past launch, or a wrong word into the access map. Each is tried here,
//! and none works.

use auth_core::__private::{AccessRule, DecidedHandler, Decision};
use auth_core::{AccessMap, Protection, guarded_routes, protect, public, require_role};
use rocket::data::Data;
use rocket::fairing::AdHoc;
use rocket::http::Method;
use rocket::request::Request;
use rocket::route::{Handler, Outcome, Route, StaticInfo};
use rocket::{async_trait, get, routes};
use rocket_app::role::AppRole;

use crate::support::{ANN, ED, Log, Server};

#[require_role(AppRole::Admin)]
#[get("/stats")]
fn stats() -> &'static str {
    "for admins"
}

#[require_role(AppRole::Editor)]
#[get("/drafts")]
fn drafts() -> &'static str {
    "for editors"
}

#[public("for the test")]
#[get("/front")]
fn front() -> &'static str {
    "for all"
}

#[get("/salaries")]
fn salaries() -> &'static str {
    "without a decision"
}

/// Answers every request, and carries another handler along without asking it.
#[derive(Clone)]
struct Decoy(#[expect(dead_code, reason = "what is carried along")] Box<dyn Handler>);

#[async_trait]
impl Handler for Decoy {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        Outcome::from(request, "past the decision")
    }
}

fn only(mut routes: Vec<Route>) -> Route {
    assert_eq!(routes.len(), 1);
    routes.remove(0)
}

/// The decision that the map shows for the only route of an application.
fn mapped(route: Route) -> Option<String> {
    // Before Rocket sets a logger of its own.
    drop(Log::new());
    let map = AccessMap::of(&rocket::build().mount("/", [route]));
    map.entries()[0].decision.clone()
}

/// Launch refuses the route and names it.
async fn refused(route: Route, named: &str) {
    assert_eq!(mapped(route.clone()), None, "{named}");
    let launched = Server::options()
        .extended(move |rocket| rocket.mount("/app", [route]))
        .try_start()
        .await;
    let failed = launched.err().unwrap_or_else(|| panic!("{named} was launched"));
    let errors = failed.log.errors();
    assert!(
        errors
            .iter()
            .any(|line| line.text.contains("/app/") && line.text.contains(named)),
        "{named}: {errors:?}"
    );
}

#[tokio::test]
async fn rockets_own_list_is_refused_also_for_what_stands_behind_a_decision() {
    refused(only(routes![salaries]), "salaries").await;
    refused(only(routes![stats]), "stats").await;
    refused(only(routes![front]), "front").await;
}

#[tokio::test]
async fn the_route_that_rocket_made_of_a_handler_is_refused() {
    refused(only(routes![__route_stats_7060fc77]), "__route_stats").await;
}

#[tokio::test]
async fn a_route_made_by_hand_is_refused() {
    let decoy = Decoy(only(guarded_routes![stats]).handler);
    refused(Route::new(Method::Get, "/made", decoy), "/app/made").await;
}

#[tokio::test]
async fn a_listed_route_with_another_handler_is_refused() {
    let mut route = only(guarded_routes![stats]);
    route.handler = only(routes![salaries]).handler;
    refused(route, "stats").await;

    let mut route = only(guarded_routes![stats]);
    route.handler = Box::new(Decoy(route.handler));
    refused(route, "stats").await;
}

#[tokio::test]
async fn the_name_of_a_listed_route_says_nothing_of_another_route() {
    let mut route = only(routes![salaries]);
    route.name = only(guarded_routes![stats]).name;
    refused(route, "stats").await;
}

#[test]
fn a_listed_route_with_another_name_keeps_its_decision() {
    for name in [Some("salaries".into()), Some("".into()), None] {
        let mut route = only(guarded_routes![stats]);
        route.name = name;
        assert_eq!(mapped(route).as_deref(), Some("admin"));
    }
}

#[tokio::test]
async fn a_route_that_a_fairing_mounts_later_is_refused() {
    let launched = Server::options()
        .extended(|rocket| {
            rocket.attach(AdHoc::on_ignite("mounts", |rocket| async {
                rocket.mount("/app", routes![salaries])
            }))
        })
        .try_start()
        .await;
    let failed = launched.err().expect("launch refuses the route");
    assert!(
        failed
            .log
            .errors()
            .iter()
            .any(|line| line.text.contains("/app/salaries"))
    );
}

/// What the attribute implements, written by hand with the decision of another handler.
impl AccessRule for salaries {
    const DECISION: Decision = <stats as AccessRule>::DECISION;
}

impl DecidedHandler for salaries {
    const NAME: &'static str = "salaries";

    fn route_info(self) -> StaticInfo {
        self.into_info()
    }
}

#[tokio::test]
async fn a_decision_implemented_by_hand_is_enforced() {
    fn is_decided<H: DecidedHandler>(_: H) {}
    is_decided(salaries {});
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![salaries]))
        .start()
        .await;
    server.get("/app/salaries").await.refused(401, "missing_token");
    let ed = server.sign_in(ED).await;
    server
        .get("/app/salaries")
        .bearer(&ed.access)
        .await
        .refused(403, "insufficient_role");
    assert_eq!(mapped(only(guarded_routes![salaries])).as_deref(), Some("admin"));
}

#[tokio::test]
async fn of_decisions_behind_each_other_the_map_shows_all_that_are_asked() {
    let open = || protect(Protection::public("open house"), guarded_routes![stats]);
    assert_eq!(mapped(only(open())).as_deref(), Some("admin"));
    let both = || protect(AppRole::Admin, guarded_routes![drafts]);
    assert_eq!(mapped(only(both())).as_deref(), Some("admin and editor"));
    let twice = protect(Protection::public("open house"), guarded_routes![front]);
    assert_eq!(mapped(only(twice)).as_deref(), Some("public: open house"));
    // What stands behind `protect` needs no list of its own, and its decision holds.
    let unlisted = || protect(Protection::public("open house"), routes![stats]);
    assert_eq!(mapped(only(unlisted())).as_deref(), Some("admin"));

    let server = Server::options()
        .extended(move |rocket| {
            rocket
                .mount("/open", open())
                .mount("/both", both())
                .mount("/unlisted", unlisted())
        })
        .start()
        .await;
    let (ann, ed) = (server.sign_in(ANN).await, server.sign_in(ED).await);
    for path in ["/open/stats", "/both/drafts", "/unlisted/stats"] {
        server.get(path).await.refused(401, "missing_token");
        server
            .get(path)
            .bearer(&ed.access)
            .await
            .refused(403, "insufficient_role");
        server.get(path).bearer(&ann.access).await.ok();
    }
}
