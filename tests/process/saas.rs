//! `examples/saas`: an application whose own table of users has every account flow, on both
//! databases.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use tests::client::{Client, block_on};
use tests::example;
use tests::output::{printed, refusal};
use tests::process::{Place, Server};

const PASSWORD: &str = "purple monkey dishwasher";
const NEW: &str = "purple monkeys wash dishes";

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example::program("saas"))
}

/// Where the example runs with its own `Rocket.toml`: on SQLite, and on PostgreSQL.
fn places() -> [Place; 2] {
    let config = example::folder("saas").join("Rocket.toml");
    let place = || {
        let place = Place::debug_of(program());
        place.with("ROCKET_CONFIG", config.to_str().expect("the path is UTF-8"))
    };
    [place(), place().on_postgres()]
}

fn ticket_of(line: &str) -> String {
    let (_, ticket) = line.trim().split_once("#ticket=").expect("a link with a ticket");
    ticket.to_owned()
}

/// A visitor of a server.
struct Visitor<'a> {
    server: &'a Server,
    http: reqwest::Client,
    access: Option<String>,
}

impl<'a> Visitor<'a> {
    fn of(server: &'a Server) -> Visitor<'a> {
        Visitor {
            server,
            http: reqwest::Client::new(),
            access: None,
        }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server.url));
        match &self.access {
            Some(access) => request.bearer_auth(access),
            None => request,
        }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.ask(Method::GET, path)).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.ask(Method::DELETE, path)).await
    }

    /// Posts, and waits where the machine is too busy with other tests to hash a password.
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        for _ in 0..30 {
            let (status, said) = answer(self.ask(Method::POST, path).json(&body)).await;
            if status != 503 {
                return (status, said);
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        panic!("{path} answers 503");
    }

    /// The ticket of the mail that a request leads to.
    async fn mailed(&self, path: &str, body: Value, to: &str, link: &str) -> String {
        let (status, said) = self.post(path, body).await;
        assert_eq!((status, said), (202, json!({})));
        let mail = format!("Mail to {to}: ");
        loop {
            let line = self.server.wait_for(&mail);
            if line.contains(link) {
                return ticket_of(&line);
            }
        }
    }

    /// A new user, signed up by the link of a mail.
    async fn sign_up(server: &'a Server, email: &str) -> Visitor<'a> {
        let mut visitor = Visitor::of(server);
        let asked = json!({ "email": email });
        let ticket = visitor.mailed("/api/auth/register", asked, email, "/sign-up#").await;
        let body = json!({ "ticket": ticket, "password": PASSWORD, "delivery": "body" });
        let (status, tokens) = visitor.post("/api/auth/register/complete", body).await;
        assert_eq!(status, 201, "{tokens}");
        visitor.access = tokens["accessToken"].as_str().map(str::to_owned);
        visitor
    }

    async fn login(&self, email: &str, password: &str) -> u16 {
        let body = json!({ "email": email, "password": password, "delivery": "body" });
        self.post("/api/auth/login", body).await.0
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[test]
fn members_of_an_organisation_see_its_issues_and_others_do_not() {
    for place in places() {
        let server = place.serve();
        block_on(async {
            let ann = Visitor::sign_up(&server, "ann@example.com").await;
            let bob = Visitor::sign_up(&server, "Bob@Example.com").await;
            let eve = Visitor::sign_up(&server, "eve@example.com").await;
            let (status, org) = ann.post("/api/orgs", json!({ "name": "Pumps" })).await;
            assert_eq!(status, 201);
            let org = format!("/api/orgs/{}", org["id"].as_str().expect("an id"));

            let (status, invitation) = ann.post(&format!("{org}/invitations"), json!({})).await;
            assert_eq!(status, 201);
            let ticket = ticket_of(invitation["link"].as_str().expect("a link"));
            let accept = || {
                let request = bob.ask(Method::POST, "/api/invitations/accept");
                let form = request.header("Content-Type", "application/x-www-form-urlencoded");
                answer(form.body(format!("ticket={ticket}")))
            };
            assert_eq!(accept().await.0, 200);
            assert_eq!(accept().await.0, 410, "an invitation works once");

            let (status, issue) = bob.post(&format!("{org}/issues"), json!({ "title": "it leaks" })).await;
            assert_eq!(status, 201);
            let (_, issues) = ann.get(&format!("{org}/issues")).await;
            assert_eq!(issues, json!([issue]));
            let issue = format!("{org}/issues/{}", issue["id"].as_str().expect("an id"));
            for (visitor, path, expected) in [
                (&eve, format!("{org}/issues"), 404),
                (&eve, format!("{org}/members"), 404),
                (&Visitor::of(&server), format!("{org}/issues"), 401),
                (&bob, format!("{org}/members"), 200),
            ] {
                assert_eq!(visitor.get(&path).await.0, expected, "{path}");
            }
            assert_eq!(bob.delete(&issue).await.0, 403, "a member is no owner");
            assert_eq!(ann.delete(&issue).await.0, 204);
            assert_eq!(ann.delete(&issue).await.0, 404);
            let too_long = json!({ "title": "x".repeat(201) });
            assert_eq!(bob.post(&format!("{org}/issues"), too_long).await.0, 422);
            let quoted = json!({ "title": "a \"quoted\" name" });
            assert_eq!(bob.post(&format!("{org}/issues"), quoted).await.0, 201);
            let (_, members) = ann.get(&format!("{org}/members")).await;
            let emails: Vec<&Value> = members
                .as_array()
                .expect("a list")
                .iter()
                .map(|member| &member["email"])
                .collect();
            assert_eq!(emails, ["ann@example.com", "Bob@Example.com"]);

            // Where the last owner leaves, the members own the organisation; without members it
            // ends.
            let body = json!({ "password": PASSWORD });
            assert_eq!(ann.post("/api/auth/account/delete", body.clone()).await.0, 204);
            let (_, orgs) = bob.get("/api/orgs").await;
            assert_eq!((&orgs[0]["name"], &orgs[0]["owner"]), (&json!("Pumps"), &json!(true)));
            let (_, invitation) = bob.post(&format!("{org}/invitations"), json!({})).await;
            let ticket = ticket_of(invitation["link"].as_str().expect("a link"));
            assert_eq!(bob.post("/api/auth/account/delete", body).await.0, 204);
            let late = eve.ask(Method::POST, "/api/invitations/accept");
            let late = late.header("Content-Type", "application/x-www-form-urlencoded");
            assert_eq!(answer(late.body(format!("ticket={ticket}"))).await.0, 410);
        });
    }
}

#[test]
fn a_user_of_the_application_resets_the_password_changes_the_email_and_deletes_the_account() {
    for place in places() {
        let server = place.serve();
        block_on(async {
            let ann = Visitor::sign_up(&server, "ann@example.com").await;
            let (_, again) = ann
                .post("/api/auth/register", json!({ "email": "ANN@example.com" }))
                .await;
            assert_eq!(again, json!({}), "an address that has an account gets the same answer");

            let forgot = json!({ "email": "ann@example.com" });
            let ticket = ann
                .mailed(
                    "/api/auth/password/forgot",
                    forgot,
                    "ann@example.com",
                    "/reset-password#",
                )
                .await;
            let body = json!({ "ticket": ticket, "newPassword": NEW });
            assert_eq!(ann.post("/api/auth/password/reset", body.clone()).await.0, 204);
            let (status, said) = ann.post("/api/auth/password/reset", body).await;
            assert_eq!((status, said["error"].as_str()), (401, Some("invalid_ticket")));
            assert_eq!(ann.get("/api/orgs").await.0, 401, "a reset ends every session");
            assert_eq!(ann.login("ann@example.com", PASSWORD).await, 401);

            let body = json!({ "email": "ann@example.com", "password": NEW, "delivery": "body" });
            let (status, tokens) = ann.post("/api/auth/login", body).await;
            assert_eq!(status, 200);
            let access = tokens["accessToken"].as_str().map(str::to_owned);
            let ann = Visitor { access, ..ann };
            let body = json!({ "newEmail": "anna@example.com" });
            let ticket = ann
                .mailed("/api/auth/email", body, "anna@example.com", "/confirm-email#")
                .await;
            assert_eq!(
                ann.post("/api/auth/email/confirm", json!({ "ticket": ticket })).await.0,
                204
            );
            assert_eq!(ann.get("/api/orgs").await.0, 200, "the session goes on");
            assert_eq!(ann.login("ann@example.com", NEW).await, 401);
            assert_eq!(ann.login("anna@example.com", NEW).await, 200);

            let body = json!({ "password": NEW });
            assert_eq!(ann.post("/api/auth/account/delete", body).await.0, 204);
            assert_eq!(ann.get("/api/orgs").await.0, 401);
            assert_eq!(ann.login("anna@example.com", NEW).await, 401);
            Visitor::sign_up(&server, "anna@example.com").await;

            // A link from before the account was deleted makes no new one.
            let invited = json!({ "email": "zoe@example.com" });
            let stale = ann
                .mailed("/api/auth/register", invited, "zoe@example.com", "/sign-up#")
                .await;
            let zoe = printed(&place.run(&["user", "add", "zoe@example.com"], PASSWORD));
            printed(&place.run(&["user", "delete", "--yes", zoe.trim()], ""));
            let body = json!({ "ticket": stale, "password": PASSWORD, "delivery": "body" });
            let (status, said) = ann.post("/api/auth/register/complete", body).await;
            assert_eq!((status, said["error"].as_str()), (401, Some("invalid_ticket")));
        });
    }
}

#[test]
fn of_twenty_uses_of_one_ticket_at_once_one_succeeds() {
    for place in places() {
        let server = place.serve();
        block_on(async {
            let visitor = Visitor::of(&server);
            let asked = json!({ "email": "zoe@example.com" });
            let ticket = visitor
                .mailed("/api/auth/register", asked, "zoe@example.com", "/sign-up#")
                .await;
            let mut uses = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let body = json!({ "ticket": ticket, "password": PASSWORD, "delivery": "body" });
                let request = visitor.ask(Method::POST, "/api/auth/register/complete").json(&body);
                uses.spawn(answer(request));
            }
            let answers = uses.join_all().await;
            let made = answers.iter().filter(|(status, _)| *status == 201).count();
            assert_eq!(made, 1, "{answers:?}");
            // The others find the ticket used, or no turn to hash a password.
            let is_refusal = |(status, said): &&(u16, Value)| match status {
                401 => said["error"] == "invalid_ticket",
                status => *status == 503,
            };
            assert_eq!(answers.iter().filter(is_refusal).count(), 19, "{answers:?}");
        });
    }
}

#[test]
fn the_commands_of_operators_work_on_users_of_the_application() {
    for place in places() {
        let add = |email: &str| printed(&place.run(&["user", "add", email, "--role", "staff"], PASSWORD));
        let ann = add("ann@example.com");
        let ann = ann.trim();
        let taken = place.run(&["user", "add", "ANN@example.com"], PASSWORD);
        assert!(refusal(&taken).contains("exists already"));
        assert!(refusal(&place.run(&["user", "disable", ann], "")).contains("last enabled staff"));
        assert!(refusal(&place.run(&["user", "roles", "--none", ann], "")).contains("last enabled staff"));
        assert!(refusal(&place.run(&["user", "delete", "--yes", ann], "")).contains("last enabled staff"));
        add("bob@example.com");
        printed(&place.run(&["user", "disable", ann], ""));
        printed(&place.run(&["user", "email", ann, "anna@example.com"], ""));
        let shown = printed(&place.run(&["user", "show", "--json", ann], ""));
        let shown: Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(
            (&shown["email"], &shown["disabled"]),
            (&json!("anna@example.com"), &json!(true))
        );

        let server = place.serve();
        block_on(async {
            let visitor = Visitor::of(&server);
            assert_eq!(visitor.login("anna@example.com", PASSWORD).await, 401);
            printed(&place.run(&["user", "enable", ann], ""));
            let link = printed(&place.run(&["user", "password", "--link", ann], ""));
            let body = json!({ "ticket": ticket_of(&link), "newPassword": NEW });
            assert_eq!(visitor.post("/api/auth/password/reset", body).await.0, 204);
            let access = Client::of(&server).sign_in("anna@example.com", NEW).await.access;
            let anna = Visitor {
                access: Some(access),
                ..visitor
            };
            let (status, customers) = anna.get("/api/customers").await;
            assert_eq!(status, 200);
            assert_eq!(customers.as_array().map(Vec::len), Some(2));

            // A role that is taken away is gone at once: the token is stale, and the next has no
            // role.
            printed(&place.run(&["user", "roles", "--none", ann], ""));
            let stale = async {
                loop {
                    let (status, said) = anna.get("/api/customers").await;
                    if status != 200 {
                        return (status, said["error"].clone());
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            };
            let stale = tokio::time::timeout(std::time::Duration::from_secs(30), stale).await;
            assert_eq!(stale.expect("the server learns of it"), (401, json!("token_stale")));
            let gone = printed(&place.run(&["user", "delete", "--yes", ann], ""));
            assert!(gone.contains("anna@example.com"), "{gone}");
            assert_eq!(anna.login("anna@example.com", NEW).await, 401);
        });
    }
}

/// The promise of the guide: a product in under 900 lines.
#[test]
fn the_example_has_under_900_lines() {
    let sources = std::fs::read_dir(example::folder("saas").join("src")).expect("the folder is there");
    let files = sources.map(|file| file.expect("a file").path());
    let product = files.filter(|file| !file.ends_with("tests.rs"));
    let lines: usize = product
        .map(|file| std::fs::read_to_string(file).expect("text").lines().count())
        .sum();
    assert!(lines < 900, "{lines}");
}
