//! A body that a refusal leaves unread: the refusal comes while the body is still on its way, and
//! the client reads it.

use std::io;
use std::time::Duration;

use auth_core::{User, authenticated, guarded_routes, require_role};
use rocket::data::{Data, ToByteUnit};
use rocket::post;
use rocket::serde::json::{Json, Value};
use rocket_app::role::AppRole;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ANN, Server, VIC};

const MIB: usize = 1 << 20;

/// Rocket waits for this much of any body before it looks for a route: as much as `_method=delete`,
/// which a form may begin with.
const PEEKED: &[u8] = b"{\"title\":\"a lo";

#[require_role(AppRole::Admin)]
#[post("/books", data = "<book>")]
fn json(book: Json<Value>) -> String {
    book.into_inner().to_string()
}

#[authenticated]
#[post("/raw", data = "<data>")]
async fn raw(data: Data<'_>, user: &User<AppRole>) -> io::Result<String> {
    let read = data.open(2.mebibytes()).into_bytes().await?;
    Ok(format!("{} sent {}", user.id(), read.len()))
}

#[require_role(AppRole::Admin, holds_key())]
#[post("/policy?<page>", data = "<book>")]
fn policy(page: u8, book: Json<Value>) -> String {
    format!("{page} {}", book.into_inner())
}

async fn holds_key(_: &User<AppRole>, _: &rocket::Request<'_>) -> bool {
    false
}

async fn start() -> Server {
    let routes = guarded_routes![json, raw, policy];
    Server::options()
        .extended(|rocket| rocket.mount("/app", routes))
        .start()
        .await
}

/// A request whose body of 1 MiB has only begun.
struct Begun(TcpStream);

impl Begun {
    async fn post(server: &Server, path: &str, token: Option<&str>, more: &str) -> Begun {
        let address = ("127.0.0.1", server.port);
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let bearer = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{bearer}{more}\r\n");
        stream.write_all(head.as_bytes()).await.expect("the server reads");
        Begun(stream)
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("the server reads");
    }

    /// All that the server says until it closes the connection, although the body never comes.
    async fn answer(&mut self) -> String {
        let mut answer = Vec::new();
        let reading = tokio::time::timeout(Duration::from_secs(30), self.0.read_to_end(&mut answer));
        reading
            .await
            .expect("the server does not wait for the body")
            .expect("the server closes the connection");
        String::from_utf8(answer).expect("UTF-8")
    }

    #[track_caller]
    fn is(answer: &str, status: u16, code: &str) {
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(&format!("\"error\":\"{code}\"")), "{answer}");
    }
}

#[tokio::test]
async fn without_a_role_the_refusal_comes_although_the_body_never_does() {
    let server = start().await;
    let vic = server.sign_in(VIC).await.access;
    let length = format!("Content-Length: {MIB}\r\n");
    for (path, token, status, code) in [
        ("/app/books", None, 401, "missing_token"),
        ("/app/books", Some("garbage"), 401, "invalid_token"),
        ("/app/books", Some(vic.as_str()), 403, "insufficient_role"),
        ("/app/raw", None, 401, "missing_token"),
        ("/app/policy?page=none", None, 401, "missing_token"),
        ("/app/policy?page=none", Some(vic.as_str()), 403, "insufficient_role"),
    ] {
        let mut begun = Begun::post(&server, path, token, &length).await;
        begun.send(PEEKED).await;
        Begun::is(&begun.answer().await, status, code);
    }
}

#[tokio::test]
async fn a_chunked_body_is_not_read_either() {
    let server = start().await;
    let vic = server.sign_in(VIC).await.access;
    for (token, status, code) in [
        (None, 401, "missing_token"),
        (Some(vic.as_str()), 403, "insufficient_role"),
    ] {
        let mut begun = Begun::post(&server, "/app/books", token, "Transfer-Encoding: chunked\r\n").await;
        begun.send(format!("{MIB:x}\r\n").as_bytes()).await;
        begun.send(PEEKED).await;
        Begun::is(&begun.answer().await, status, code);
    }
}

#[tokio::test]
async fn a_client_that_sends_all_of_it_gets_the_same_refusal() {
    let server = start().await;
    let vic = server.sign_in(VIC).await.access;
    let body = format!("[{}1]", "1,".repeat(MIB / 2));
    for path in ["/app/books", "/app/policy?page=none"] {
        let post = || server.post(path).body("application/json", body.clone());
        post().await.refused(401, "missing_token");
        post().bearer(&vic).await.refused(403, "insufficient_role");
    }
    let raw = server.post("/app/raw").body("application/json", body.clone());
    assert!(
        raw.bearer(&vic)
            .await
            .ok()
            .text
            .ends_with(&format!("sent {}", body.len()))
    );
}

#[tokio::test]
async fn a_viewer_who_sends_malformed_json_is_403_and_an_admin_learns_what_is_wrong() {
    let server = start().await;
    let (ann, vic) = (server.sign_in(ANN).await.access, server.sign_in(VIC).await.access);
    for body in ["{ malformed", "", "\"", "{}", "[1,", "\u{feff}{}"] {
        let post = || server.post("/app/books").body("application/json", body);
        post().bearer(&vic).await.refused(403, "insufficient_role");
        post().await.refused(401, "missing_token");
    }
    // The body is what these two differ by for an admin; Rocket calls bad syntax 400, and 422 what
    // does not fit.
    let post = |body: &'static str| server.post("/app/policy?page=1").body("application/json", body);
    assert_eq!(post("{ malformed").bearer(&ann).await.status, 400);
    assert_eq!(post("{}").bearer(&ann).await.ok().text, "1 {}");
    let page = server.post("/app/policy?page=none").body("application/json", "{}");
    assert_eq!(page.bearer(&ann).await.status, 422);
}

/// The answer to a POST of 1 MiB. The client writes and reads at once and gives up when it cannot
/// write any more, as proxies do.
async fn strictly(server: &Server, head: &str) -> io::Result<String> {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).await?;
    let (mut near, mut far) = stream.into_split();
    let reading = async {
        let mut answer = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&answer).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    return io::Result::Ok(text);
                }
            }
            if near.read_buf(&mut answer).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
            }
        }
    };
    let writing = async {
        far.write_all(head.as_bytes()).await?;
        for _ in 0..MIB / 1024 {
            far.write_all(&[b'a'; 1024]).await?;
        }
        // All is written; what remains is the answer.
        std::future::pending::<io::Result<String>>().await
    };
    let answered = async {
        tokio::select! {
            biased;
            read = reading => read,
            wrote = writing => wrote,
        }
    };
    tokio::time::timeout(Duration::from_secs(30), answered)
        .await
        .expect("the server answers")
}

// security: Limits: A refusal that leaves a body unread reaches the client
#[tokio::test]
async fn a_client_that_sends_a_megabyte_reads_each_refusal_and_is_not_cut_off() {
    let server = start().await;
    let vic = server.sign_in(VIC).await.access;
    let bearer = format!("Authorization: Bearer {vic}\r\n");
    let cookie = "Cookie: refresh_token=x\r\nSec-Fetch-Site: cross-site\r\n".to_owned();
    let none = String::new();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let json = "Content-Type: application/json\r\n";
    for (path, more, status) in [
        ("/app/books", none.clone() + json, 401),
        ("/app/books", "Authorization: Bearer x\r\n".to_owned() + json, 401),
        ("/app/books", bearer.clone() + json, 403),
        ("/app/policy?page=none", bearer.clone() + json, 403),
        ("/nothing", none.clone() + json, 404),
        ("/api/admin", bearer.clone() + json, 404),
        ("/api/auth/login", none.clone() + json, 413),
        ("/api/auth/login", cookie.clone() + json, 403),
        ("/api/auth/refresh", cookie.clone() + json, 403),
        ("/api/auth/refresh", none.clone() + json, 413),
        ("/api/auth/password", none.clone() + json, 401),
        ("/api/auth/password", bearer.clone() + json, 413),
        ("/api/auth/logout-all", none.clone() + json, 401),
        ("/api/auth/form/sign-in", none.clone() + form, 413),
        ("/api/auth/form/sign-in", cookie.clone() + form, 403),
        ("/dashboard/password", none.clone() + form, 401),
    ] {
        for length in [
            format!("Content-Length: {MIB}\r\n\r\n"),
            format!("Transfer-Encoding: chunked\r\n\r\n{MIB:x}\r\n"),
        ] {
            for _ in 0..3 {
                let answer = strictly(
                    &server,
                    &format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}{length}"),
                )
                .await;
                let answer = answer.unwrap_or_else(|error| panic!("{path} {more}: {error}"));
                assert!(
                    answer.starts_with(&format!("HTTP/1.1 {status} ")),
                    "{path} {more}: {answer}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_that_leaves_the_body_unread_says_that_the_connection_ends() {
    let server = start().await;
    for path in ["/app/books", "/nothing", "/api/auth/login"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {MIB}\r\n\r\n"
        );
        let answer = strictly(&server, &head).await.expect("an answer").to_lowercase();
        assert!(answer.contains("\r\nconnection: close\r\n"), "{path}: {answer}");
    }
}

// security: Limits: A refusal that leaves a body unread reaches the client
#[tokio::test]
async fn behind_a_small_body_that_was_refused_the_connection_goes_on() {
    let server = start().await;
    for path in ["/app/books", "/app/raw", "/api/auth/login"] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))
            .await
            .expect("the server listens");
        let body = "a".repeat(60_000);
        let head = format!(
            "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let next = "GET /api/public HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let both = format!("POST {path} HTTP/1.1\r\n{head}{next}");
        stream.write_all(both.as_bytes()).await.expect("the server reads");
        let mut answers = String::new();
        stream.read_to_string(&mut answers).await.expect("the server answers");
        assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 1, "{path}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{path}: {answers}");
    }
}
