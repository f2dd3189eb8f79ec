//! Account flows of the program: links on the terminal, and what an operator does about accounts.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::{Client, block_on};
use tests::output::{printed, refusal};
use tests::postgres::free_port;
use tests::process::{Place, Server};

const PASSWORD: &str = "purple monkey dishwasher";
const NEW: &str = "purple monkeys wash dishes";

const FLOWS: &str = "{public_url=\"http://127.0.0.1:8000\",flows={sign_up=\"open\",reset=true}}";

#[track_caller]
fn printed_json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("JSON")
}

fn ticket_of(link: &str, page: &str) -> String {
    let (before, ticket) = link.trim().split_once("#ticket=").expect("a ticket");
    assert!(before.ends_with(&format!("http://127.0.0.1:8000/{page}")), "{link}");
    ticket.to_owned()
}

/// Posts, and waits where the machine is too busy with other tests.
async fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let client = Client::of(server);
    for _ in 0..10 {
        let (status, answer) = client.post(path, body).await.expect("an answer");
        if status != 503 {
            return (status, answer);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{path} answers 503");
}

async fn ask(server: &Server, path: &str, email: &str) -> String {
    let answer = post(server, path, &json!({ "email": email })).await;
    assert_eq!(answer, (202, json!({})));
    server.wait_for(&format!("Mail to {email}: "))
}

#[test]
fn in_the_debug_profile_links_are_on_the_terminal_and_work_once() {
    for place in [Place::debug(), Place::debug().on_postgres()] {
        let place = place.with("ROCKET_AUTH", FLOWS);
        let server = place.serve();
        block_on(async {
            let client = Client::of(&server);
            let line = ask(&server, "/api/auth/register", "zoe@example.com").await;
            let body = json!({ "ticket": ticket_of(&line, "sign-up"), "password": PASSWORD });
            let (status, _) = post(&server, "/api/auth/register/complete", &body).await;
            assert_eq!(status, 201);
            let (status, again) = post(&server, "/api/auth/register/complete", &body).await;
            assert_eq!((status, again["error"].as_str()), (401, Some("invalid_ticket")));

            let line = ask(&server, "/api/auth/password/forgot", "zoe@example.com").await;
            let body = json!({ "ticket": ticket_of(&line, "reset-password"), "newPassword": NEW });
            let (status, _) = post(&server, "/api/auth/password/reset", &body).await;
            assert_eq!(status, 204);
            client.sign_in("zoe@example.com", NEW).await;
        });
    }
}

/// Three commands: the account is found, enabled, and gets a link.
#[test]
fn an_operator_helps_a_disabled_user_who_forgot_the_password() {
    for place in [Place::debug(), Place::debug().on_postgres()] {
        let place = place.with("ROCKET_AUTH", FLOWS);
        let added = printed_json(&place.run(
            &["user", "add", "ann@example.com", "--role", "admin", "--json"],
            PASSWORD,
        ));
        let id = added["id"].as_str().expect("an id").to_owned();
        assert_eq!(
            (&added["email"], &added["roles"], &added["disabled"]),
            (&json!("ann@example.com"), &json!(["admin"]), &json!(false))
        );
        assert!(
            added["createdAt"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z') && time.len() == 24)
        );
        let disabled = printed_json(&place.run(&["user", "disable", &id, "--force", "--json"], ""));
        assert_eq!(disabled["disabled"], true);
        assert!(refusal(&place.run(&["user", "password", "--link", "ann@example.com"], "")).contains("disabled"));

        let shown = printed(&place.run(&["user", "show", "ann@example.com"], ""));
        assert!(shown.contains("disabled") && shown.contains(&id), "{shown}");
        printed(&place.run(&["user", "enable", &id], ""));
        let link = printed(&place.run(&["user", "password", "--link", "ann@example.com"], ""));
        assert_eq!(link.lines().count(), 1, "{link}");
        let server = place.serve();
        block_on(async {
            let client = Client::of(&server);
            let body = json!({ "ticket": ticket_of(&link, "reset-password"), "newPassword": NEW });
            let (status, _) = post(&server, "/api/auth/password/reset", &body).await;
            assert_eq!(status, 204);
            client.sign_in("ann@example.com", NEW).await;
        });
    }
}

#[test]
fn every_verb_prints_what_it_changed() {
    let place = Place::debug().with("ROCKET_AUTH", FLOWS);
    let id = printed(&place.run(&["user", "add", "ann@example.com"], PASSWORD));
    let id = id.trim();
    let roles = printed(&place.run(&["user", "roles", id, "editor", "viewer"], ""));
    assert_eq!(roles, "ann@example.com has editor, viewer\n");
    let email = printed(&place.run(&["user", "email", "ann@example.com", "anna@example.com"], ""));
    assert_eq!(email, "ann@example.com signs in as anna@example.com now\n");
    let disabled = printed(&place.run(&["user", "disable", id], ""));
    assert_eq!(disabled, "anna@example.com is disabled, and every session has ended\n");
    printed(&place.run(&["user", "add", "bo@example.com"], PASSWORD));
    let taken = place.run(&["user", "email", id, "BO@example.com"], "");
    assert!(refusal(&taken).contains("exists already"));
    assert!(refusal(&place.run(&["user", "show", "no-such-id"], "")).contains("no such account"));
    let gone = printed_json(&place.run(&["user", "delete", "--yes", "--json", "bo@example.com"], ""));
    assert_eq!(gone["email"], "bo@example.com");
    let all = printed_json(&place.run(&["user", "list", "--json"], ""));
    let shown = printed_json(&place.run(&["user", "show", "--json", id], ""));
    assert_eq!(all, json!([shown]));
}

#[test]
fn an_invitation_is_a_link_with_roles_and_needs_the_flow() {
    let place = Place::debug().with("ROCKET_AUTH", FLOWS);
    printed(&place.run(&["user", "add", "ann@example.com"], PASSWORD));
    let invited = printed_json(&place.run(&["user", "invite", "zoe@example.com", "--role", "Editor", "--json"], ""));
    assert_eq!(
        (&invited["email"], &invited["roles"]),
        (&json!("zoe@example.com"), &json!(["editor"]))
    );
    let link = invited["link"].as_str().expect("a link").to_owned();
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let body = json!({ "ticket": ticket_of(&link, "sign-up"), "password": PASSWORD, "delivery": "body" });
        let (status, tokens) = post(&server, "/api/auth/register/complete", &body).await;
        assert_eq!(status, 201);
        let access = tokens["accessToken"].as_str().expect("a token");
        let (_, me) = client.get("/api/users/me", access).await;
        assert_eq!(me["roles"], json!(["editor"]));
    });
    drop(server);
    let off = Place::debug().with("ROCKET_AUTH", "{public_url=\"http://127.0.0.1:8000\"}");
    printed(&off.run(&["user", "add", "ann@example.com"], PASSWORD));
    assert!(refusal(&off.run(&["user", "invite", "zoe@example.com"], "")).contains("`auth.flows.sign_up`"));
    assert!(refusal(&off.run(&["user", "password", "--link", "ann@example.com"], "")).contains("`auth.flows.reset`"));
}

/// A place with the repository's own settings.
fn as_cloned(place: Place) -> Place {
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/../Rocket.toml");
    std::fs::copy(settings, place.folder.path().join("Rocket.toml")).expect("a file");
    place
}

#[test]
fn a_fresh_clone_has_every_flow_in_the_debug_profile_and_its_links_lead_to_its_port() {
    let port = free_port().to_string();
    let flows = [
        ("/api/auth/register", "sign-up"),
        ("/api/auth/password/forgot", "reset-password"),
        ("/api/auth/login/link", "sign-in-link"),
    ];
    for address in ["127.0.0.1", "0.0.0.0"] {
        let place = as_cloned(Place::debug());
        let place = place.with("ROCKET_PORT", &port).with("ROCKET_ADDRESS", address);
        let server = place.serve();
        block_on(async {
            for (path, page) in flows {
                let email = if page == "sign-up" {
                    "zoe@example.com"
                } else {
                    "viewer@example.com"
                };
                let line = ask(&server, path, email).await;
                let link = format!("http://127.0.0.1:{port}/{page}#ticket=");
                assert!(line.contains(&link), "{line}");
            }
        });
    }
}

#[test]
fn a_fresh_clone_has_no_flow_in_a_release() {
    let place = as_cloned(Place::release());
    let server = place.serve();
    block_on(async {
        let body = json!({ "email": "zoe@example.com" });
        let (status, answer) = post(&server, "/api/auth/register", &body).await;
        assert_eq!((status, answer["error"].as_str()), (404, Some("not_found")));
    });
    assert!(!server.log().contains("/sign-up"), "{}", server.log());
}

#[test]
fn a_fresh_clone_offers_second_factors_in_the_debug_profile_alone_and_lets_itself_be_told() {
    let off = |place: Place| place.with("ROCKET_AUTH", "{second_factor=\"off\"}");
    for (place, refusal) in [
        (Place::debug(), (401, "invalid_ticket")),
        (off(Place::debug()), (404, "not_found")),
        (Place::release(), (404, "not_found")),
    ] {
        let server = as_cloned(place).serve();
        let body = json!({ "challenge": "x", "code": "123456" });
        let (status, answer) = block_on(post(&server, "/api/auth/login/factor", &body));
        assert_eq!((status, answer["error"].as_str()), (refusal.0, Some(refusal.1)));
    }
}
