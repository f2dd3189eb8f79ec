//! Two routes at one path: what launch says of a stricter one that Rocket tries first, and what
//! requests get.

use auth_core::{Protection, authenticated, guarded_routes, protect, public, require_role};
use rocket::fs::FileServer;
use rocket::{get, post};
use rocket_app::role::AppRole;

use crate::support::{ANN, ED, Server};

#[authenticated]
#[get("/user/<id>")]
fn by_id(id: u32) -> String {
    format!("number {id}")
}

#[public("profiles")]
#[get("/user/<name>", rank = 2)]
fn by_name(name: &str) -> String {
    format!("name {name}")
}

#[require_role(AppRole::Editor)]
#[get("/draft/<id>")]
fn draft(id: u32) -> String {
    id.to_string()
}

#[require_role(any(AppRole::Admin, AppRole::Editor))]
#[get("/draft/<title>", rank = 2)]
fn draft_by_title(title: &str) -> String {
    title.to_owned()
}

#[authenticated]
#[get("/search?<q>")]
fn search(q: &str) -> String {
    q.to_owned()
}

#[public("an empty page")]
#[get("/search")]
fn search_page() {}

#[authenticated]
#[get("/<page>")]
fn page(page: &str) -> String {
    page.to_owned()
}

#[authenticated(fresh = "5m")]
#[post("/order", rank = 1)]
fn order() {}

#[authenticated]
#[post("/order", format = "json", rank = 2)]
fn order_as_json() {}

/// The warnings of launch about pairs of routes.
fn warnings(server: &Server) -> Vec<String> {
    let lines = server.log.with(", and refuses users whom the second lets in");
    lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test]
async fn a_stricter_route_of_a_lower_rank_answers_for_the_laxer_one_and_launch_names_both() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![by_id, by_name]))
        .start()
        .await;
    // The decision comes before the parameter, which does not parse.
    server.get("/app/user/bob").await.refused(401, "missing_token");
    let ann = server.sign_in(ANN).await;
    assert_eq!(
        server.get("/app/user/bob").bearer(&ann.access).await.ok().text,
        "name bob"
    );

    let warnings = warnings(&server);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for part in [
        "`GET /app/user/<id>` (`by_id`, rank -5, authenticated)",
        "`GET /app/user/<name>` (`by_name`, rank 2, public: profiles)",
        "the same decision above both",
    ] {
        assert!(warnings[0].contains(part), "{part}: {warnings:?}");
    }
}

#[tokio::test]
async fn launch_refuses_or_says_nothing_of_such_routes_where_so_configured() {
    let options = |setting| {
        Server::options()
            .set("rank_conflicts", setting)
            .extended(|rocket| rocket.mount("/app", guarded_routes![by_id, by_name]))
    };
    let Err(failed) = options("deny").try_start().await else {
        panic!("it must not launch");
    };
    let errors = failed.log.errors();
    let named = errors.iter().any(|line| {
        ["/app/user/<id>", "/app/user/<name>", "auth.rank_conflicts"]
            .iter()
            .all(|part| line.text.contains(part))
    });
    assert!(named, "{errors:?}");
    let server = options("allow").start().await;
    assert_eq!(warnings(&server), Vec::<String>::new());
}

#[tokio::test]
async fn routes_that_let_in_the_same_users_and_the_demo_are_no_conflict() {
    // `Admin` includes `Editor`: two texts, the same users.
    Server::options()
        .set("rank_conflicts", "deny")
        .extended(|rocket| rocket.mount("/app", guarded_routes![draft, draft_by_title]))
        .start()
        .await;
    // The laxer route of the lower rank, and a folder below everything else.
    Server::options()
        .set("rank_conflicts", "deny")
        .extended(|rocket| {
            let files = protect(Protection::public("files"), FileServer::from("src"));
            rocket.mount("/app", guarded_routes![by_id, draft]).mount("/app", files)
        })
        .start()
        .await;
}

#[tokio::test]
async fn queries_catch_alls_formats_and_the_age_of_a_sign_in_make_conflicts_as_well() {
    let server = Server::options()
        .extended(|rocket| {
            let files = protect(Protection::public("files"), FileServer::from("src"));
            rocket
                .mount("/app", guarded_routes![search, search_page, order, order_as_json])
                .mount("/files", guarded_routes![page])
                .mount("/files", files)
        })
        .start()
        .await;
    let warnings = warnings(&server);
    for (first, second) in [
        ("`GET /app/search?<q>`", "`GET /app/search`"),
        ("`POST /app/order`", "`order_as_json`"),
        ("`GET /files/<page>`", "`GET /files/<path..>`"),
    ] {
        let named = |line: &&String| line.contains(first) && line.contains(second);
        assert_eq!(
            warnings.iter().filter(named).count(),
            1,
            "{first} {second}: {warnings:?}"
        );
    }
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    // What the warnings say is so.
    server.get("/app/search").await.refused(401, "missing_token");
    server.get("/files/lib.rs").await.refused(401, "missing_token");
}

#[tokio::test]
async fn where_no_parameter_parses_the_answer_says_which_part_is_meant() {
    #[authenticated]
    #[get("/page?<number>")]
    fn numbered(number: u8) -> String {
        number.to_string()
    }
    #[public("for the test")]
    #[get("/both/<id>?<number>")]
    fn both(id: u8, number: u8) -> String {
        format!("{id} {number}")
    }
    #[public("for the test")]
    #[post("/note/<id>", data = "<note>")]
    fn note(id: u8, note: rocket::serde::json::Json<u8>) -> String {
        format!("{id} {}", *note)
    }
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![draft, numbered, both, note]))
        .start()
        .await;
    let ed = server.sign_in(ED).await;
    let get = |path: &str| server.get(path).bearer(&ed.access);
    let post = |path: &str, body: &str| server.post(path).bearer(&ed.access).body("application/json", body);
    for (answer, says) in [
        (get("/app/draft/seven").await, "The path is"),
        (get("/app/page?number=many").await, "The query is"),
        (get("/app/page").await, "The query is"),
        (get("/app/both/1?number=many").await, "The path or the query is"),
        (post("/app/note/seven", "7").await, "The path is"),
        (post("/app/note/7", "\"seven\"").await, "The request is"),
    ] {
        answer.refused(422, "invalid_request");
        assert!(answer.field("message").starts_with(says), "{says}: {answer:?}");
    }
}
