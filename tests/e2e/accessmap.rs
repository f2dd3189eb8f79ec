//! The access map: every route with its decision, and that the decisions hold.

use auth_core::AccessMap;
use reqwest::Method;

use crate::support::Server;

/// What the contract lists, and who may.
const CONTRACT: &[(&str, &str, bool)] = &[
    ("GET", "/", true),
    ("GET", "/.well-known/jwks.json", true),
    ("GET", "/api/admin", false),
    ("POST", "/api/auth/login", true),
    ("POST", "/api/auth/logout", true),
    ("POST", "/api/auth/logout-all", false),
    ("POST", "/api/auth/password", false),
    ("POST", "/api/auth/refresh", true),
    ("GET", "/api/auth/sessions", false),
    ("DELETE", "/api/auth/sessions/<id>", false),
    ("GET", "/api/editor", false),
    ("GET", "/api/public", true),
    ("GET", "/api/reports/<id>", false),
    ("GET", "/api/users/me", false),
    ("GET", "/dashboard", false),
    ("GET", "/health", true),
];

fn map() -> AccessMap {
    let rocket = rocket_app::with_routes(rocket::build())
        .mount("/api/auth", auth_core::__internal::endpoints())
        .mount("/", auth_core::__internal::well_known());
    AccessMap::of(&rocket)
}

#[tokio::test]
async fn every_route_of_the_contract_is_in_the_map_with_its_decision() {
    drop(crate::support::Log::new());
    let map = map();
    assert_eq!(map.unguarded().count(), 0);
    for (method, path, public) in CONTRACT {
        let entry = map
            .entries()
            .iter()
            .find(|entry| entry.method == *method && entry.path == *path);
        let decision = entry
            .and_then(|entry| entry.decision.clone())
            .unwrap_or_else(|| panic!("{method} {path}"));
        assert_eq!(decision.starts_with("public"), *public, "{method} {path}: {decision}");
    }
    let decision = |path: &str| {
        let entry = map.entries().iter().find(|entry| entry.path == path).expect("a route");
        entry.decision.clone().expect("a decision").to_lowercase()
    };
    assert!(decision("/api/admin").contains("admin"));
    assert!(decision("/api/editor").contains("editor"));
}

// security: Traps in the versions in use: `Option<Guard>` turns a refusal into `None`
// security: Authorization: Deny by default
#[tokio::test]
async fn no_route_but_a_public_one_answers_a_stranger() {
    let server = Server::start().await;
    let map = map();
    let guarded = map.entries().iter().filter(|entry| {
        entry
            .decision
            .as_deref()
            .is_some_and(|decision| !decision.starts_with("public"))
    });
    let mut asked = 0;
    for entry in guarded {
        let method = Method::from_bytes(entry.method.as_bytes()).expect("a method");
        let path = entry.path.replace("<id>", "1");
        server.ask(method, &path).await.refused(401, "missing_token");
        asked += 1;
    }
    assert!(asked >= 8, "{asked}");
}

#[tokio::test]
async fn the_map_is_printed_at_launch() {
    let server = Server::start().await;
    for (method, path, _) in CONTRACT {
        let printed = server
            .log
            .lines()
            .into_iter()
            .filter(|line| line.target.starts_with("rocket::launch"));
        let words = |text: &str| text.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
        assert!(
            printed.into_iter().any(|line| words(&line.text) == [*method, *path]),
            "{method} {path}"
        );
    }
}
