//! What a stranger can make dear: no input costs a thread that serves requests more than five
//! milliseconds of ours.

use std::time::Duration;

use serde_json::json;

use crate::support::{ANN, Ask, Server};

/// Beside what the same input costs Rocket alone.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 150 } else { 5 });

/// As many times as each request is sent: other work of the server, such as its polls, is not in
/// the cheapest.
const TIMES: usize = 4;

/// A password of 72 bytes for which zxcvbn takes a third of a second.
const DEAR_PASSWORD: &str = "4@8({[<3690!1|7$5+%24@8({[<3690!1|7$5+%24@8({[<3690!1|7$5+%24@8({[<3690!";

async fn cost(server: &Server, ask: &Ask) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..TIMES {
        let before = server.threads.cpu_time();
        ask.clone().await;
        least = least.min(server.threads.cpu_time() - before);
        if least < LIMIT / 2 {
            break;
        }
    }
    least
}

// security: Limits: No input costs a thread that serves requests much CPU; a long `Accept` is parsed by Rocket itself, and a proxy has to limit it
#[tokio::test]
async fn the_dearest_input_of_each_endpoint_costs_a_serving_thread_little() {
    let server = Server::options()
        .with_access_cookie()
        .without_dumps()
        .set("throttle.account_per_minute", 0)
        .set("throttle.source_per_minute", 0)
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    assert_eq!(DEAR_PASSWORD.len(), 72);
    let cookies = |name: &str| {
        // As much as hyper takes of headers.
        let pairs = (0..22_000).map(|n| format!("{name}={n:x}"));
        pairs.collect::<Vec<_>>().join("; ")
    };
    let form = "application/x-www-form-urlencoded";
    let long = "x".repeat(390_000);
    let deep = format!("{{\"email\":{}1{}}}", "[".repeat(2000), "]".repeat(2000));
    let dear = json!({ "currentPassword": ANN.password, "newPassword": DEAR_PASSWORD });
    let wrong = json!({ "currentPassword": DEAR_PASSWORD, "newPassword": DEAR_PASSWORD });
    let login = json!({ "email": "e".repeat(320), "password": DEAR_PASSWORD });
    let junk_token = format!("{}.{}.{}", "a".repeat(1300), "b".repeat(1300), "c".repeat(1300));
    let fields: String = (0..8000).map(|_| "a&").collect();
    let asked: Vec<_> = (0..32).map(|_| json!({ "path": "/a".repeat(50) })).collect();
    let requests = [
        (
            "many questions",
            server.post("/api/auth/can").json(&json!({ "requests": asked })),
        ),
        (
            "a long question",
            server.get(&format!("/api/auth/can?path={}", "/a".repeat(30_000))),
        ),
        (
            "a new password",
            server.post("/api/auth/password").bearer(&session.access).json(&dear),
        ),
        (
            "a wrong password",
            server.post("/api/auth/password").bearer(&session.access).json(&wrong),
        ),
        ("a sign-in", server.post("/api/auth/login").json(&login)),
        (
            "a deep body",
            server.post("/api/auth/login").body("application/json", deep.clone()),
        ),
        (
            "a deep body",
            server.post("/api/auth/refresh").body("application/json", deep),
        ),
        (
            "refresh cookies",
            server.post("/api/auth/refresh").cookie(cookies("refresh_token")),
        ),
        (
            "refresh cookies",
            server.post("/api/auth/logout").cookie(cookies("refresh_token")),
        ),
        (
            "refresh cookies",
            server
                .post("/api/auth/login")
                .cookie(cookies("refresh_token"))
                .json(&ANN.login()),
        ),
        (
            "access cookies",
            server.get("/api/users/me").cookie(cookies("access_token")),
        ),
        (
            "access cookies",
            server.post("/api/auth/logout").cookie(cookies("access_token")),
        ),
        (
            "access cookies",
            server
                .post("/api/auth/form/sign-out")
                .same_origin()
                .cookie(cookies("access_token")),
        ),
        ("a long token", server.get("/api/users/me").bearer(&long)),
        ("a long token", server.get("/api/users/me").bearer(&junk_token)),
        (
            "a long cookie",
            server.get("/api/users/me").cookie(format!("access_token={long}")),
        ),
        // Not longer: Rocket itself parses any `Accept` before a fairing runs, in a time that grows
        // with its square.
        (
            "a long Accept",
            server.get("/api/admin").header("Accept", "a/b;q=0.1,".repeat(400)),
        ),
        (
            "a long Origin",
            server
                .post("/api/auth/refresh")
                .cookie("refresh_token=x")
                .header("Origin", format!("https://{long}")),
        ),
        (
            "a long Upgrade",
            server
                .get("/api/users/me")
                .header("Upgrade", ",".repeat(390_000))
                .cookie("access_token=x"),
        ),
        (
            "a long User-Agent",
            server
                .post("/api/auth/login")
                .header("User-Agent", long.clone())
                .json(&login),
        ),
        (
            "many fields",
            server.post("/api/auth/form/sign-in").same_origin().body(form, fields),
        ),
        (
            "many headers",
            (0..90).fold(server.get("/api/users/me"), |ask, n| {
                ask.header(&format!("Sec-Fetch-{n}"), "x")
            }),
        ),
    ];
    // Rocket reads every cookie before any code of ours, even if no guard uses one.
    let rocket = cost(&server, &server.get("/api/public").cookie(cookies("other"))).await;
    let mut dear = Vec::new();
    for (what, ask) in &requests {
        let cost = cost(&server, ask).await;
        let limit = if what.ends_with("cookies") {
            LIMIT + rocket
        } else {
            LIMIT
        };
        if cost > limit {
            dear.push(format!("{what}: {cost:?}, of which Rocket's own: {:?}", limit - LIMIT));
        }
    }
    assert!(dear.is_empty(), "{dear:#?}");
}
