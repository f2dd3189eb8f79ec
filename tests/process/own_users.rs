//! `examples/own-users`: an application outside the workspace, with the library under another name
//! and users of its own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use tests::client::{Client, Pair, block_on};
use tests::example;
use tests::process::{Place, Server};

const PASSWORD: &str = "a password for the club";

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example::program("own-users"))
}

/// Members of the club, by what they may do.
struct Club {
    server: Server,
    http: reqwest::Client,
    treasurer: Pair,
    librarian: Pair,
    reader: Pair,
}

impl Club {
    async fn open(place: &Place) -> Club {
        for role in ["treasurer", "librarian", "reader"] {
            let added = place.run(&["add", &format!("{role}@club.example"), role], PASSWORD);
            assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        }
        let server = place.serve();
        let client = Client::of(&server);
        Club {
            http: reqwest::Client::new(),
            treasurer: client.sign_in("treasurer@club.example", PASSWORD).await,
            librarian: client.sign_in("Librarian@club.example", PASSWORD).await,
            reader: client.sign_in("reader@club.example", PASSWORD).await,
            server,
        }
    }

    fn ask(&self, method: Method, path: &str, who: Option<&Pair>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server.url));
        match who {
            Some(pair) => request.bearer_auth(&pair.access),
            None => request,
        }
    }

    async fn get(&self, path: &str, who: Option<&Pair>) -> (u16, String) {
        answer(self.ask(Method::GET, path, who)).await
    }
}

async fn answer(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

fn ok(text: &str) -> (u16, String) {
    (200, text.to_owned())
}

#[test]
fn an_application_with_users_of_its_own_signs_them_in_and_guards_every_shape_of_handler() {
    block_on(async {
        let place = Place::debug_of(program());
        let club = Club::open(&place).await;
        let (treasurer, librarian, reader) = (Some(&club.treasurer), Some(&club.librarian), Some(&club.reader));

        // path, who gets in with what answer; the others are refused.
        for (path, inside, refused) in [
            ("/ping", vec![(reader, "pong")], vec![]),
            ("/books/cover/emma", vec![(reader, "emma")], vec![]),
            ("/v2/books/cover/emma", vec![(reader, "emma")], vec![]),
            (
                "/books/search?word=rust&size=5",
                vec![(reader, "rust, page 1 of 5 each")],
                vec![],
            ),
            (
                "/books/shelves/7",
                vec![(treasurer, "shelf 7"), (librarian, "shelf 7")],
                vec![reader],
            ),
            ("/v2/books/shelves/7", vec![(librarian, "shelf 7")], vec![reader]),
            (
                "/books/shelves/open/a",
                vec![(reader, "open/a"), (treasurer, "open/a")],
                vec![],
            ),
            ("/books/shelves/locked/a", vec![(librarian, "locked/a")], vec![reader]),
            ("/books/random", vec![(reader, "four")], vec![]),
            (
                "/books/pages",
                vec![(librarian, "2 reads page 1\n2 reads page 2\n2 reads page 3\n")],
                vec![],
            ),
            (
                "/books/find?year=1815",
                vec![(reader, "3 finds None None Some(1815) None None None")],
                vec![librarian],
            ),
            (
                "/desk/me",
                vec![(reader, r#"{"id":"3","member":true,"roles":["reader"]}"#)],
                vec![],
            ),
            ("/desk/visit", vec![(reader, "3 from 127.0.0.1, theme none")], vec![]),
            (
                "/desk/balance",
                vec![(treasurer, "in the black")],
                vec![librarian, reader],
            ),
            ("/desk/type/a?match=true", vec![(librarian, "a true")], vec![treasurer]),
            ("/desk/cards/3", vec![(reader, "card 3"), (librarian, "card 3")], vec![]),
            ("/desk/cards/2", vec![(librarian, "card 2")], vec![reader]),
        ] {
            for (who, text) in inside {
                assert_eq!(club.get(path, who).await, ok(text), "{path}");
            }
            for who in refused {
                let (status, text) = club.get(path, who).await;
                assert_eq!(status, 403, "{path}: {text}");
                assert!(text.contains("insufficient_role"), "{path}: {text}");
            }
            let (status, text) = club.get(path, None).await;
            assert_eq!(status, 401, "{path}: {text}");
            assert!(text.contains("missing_token"), "{path}: {text}");
        }

        let (status, news) = club.get("/books/news?since=3", reader).await;
        assert_eq!((status, news.contains("since 3")), (200, true), "{news}");
        assert_eq!(club.get("/", None).await, ok("look around: /books/cover/emma"));
        assert_eq!(
            club.get("/nowhere", None).await,
            (404, "there is nothing at /nowhere".to_owned())
        );
        assert_eq!(club.get("/style/style.css", None).await.0, 200);
        assert_eq!(club.get("/ledgers/main.rs", treasurer).await.0, 200);
        assert_eq!(club.get("/ledgers/main.rs", librarian).await.0, 403);
        assert_eq!(club.get("/ledgers/main.rs", None).await.0, 401);
    });
}

#[test]
fn its_handlers_that_change_something_are_guarded_before_the_body_is_read() {
    block_on(async {
        let place = Place::debug_of(program());
        let club = Club::open(&place).await;
        let (treasurer, librarian, reader) = (Some(&club.treasurer), Some(&club.librarian), Some(&club.reader));
        let json = |method, path: &str, who| club.ask(method, path, who).header("Content-Type", "application/json");

        let add = |who| json(Method::POST, "/books", who);
        let book = json!({ "title": "Emma", "pages": 474 });
        let (status, text) = answer(add(librarian).json(&book)).await;
        assert_eq!((status, text.as_str()), (201, r#"{"title":"Emma","pages":474}"#));
        assert_eq!(answer(add(librarian).body("{ malformed")).await.0, 400);
        assert_eq!(answer(add(reader).body("{ malformed")).await.0, 403);
        assert_eq!(answer(add(None).body("{ malformed")).await.0, 401);

        let wish = |who| club.ask(Method::PUT, "/books/wishes", who).body("=one&=two");
        let wish = |who| wish(who).header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(answer(wish(reader)).await, ok("one, two"));
        assert_eq!(answer(wish(treasurer)).await.0, 403);

        let note = |card: u8, who| json(Method::PATCH, &format!("/desk/cards/{card}?loud=true"), who);
        assert_eq!(answer(note(3, reader).json("mine")).await, ok("card 3: mine true"));
        assert_eq!(answer(note(2, reader).body("{ malformed")).await.0, 403);
        let give_back = |who| answer(club.ask(Method::DELETE, "/desk/cards/3", who));
        assert_eq!(give_back(librarian).await.0, 204);
        assert_eq!(give_back(reader).await.0, 403);
        assert_eq!(answer(club.ask(Method::OPTIONS, "/desk/cards", None)).await.0, 200);
    });
}
