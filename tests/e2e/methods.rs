//! Rocket lets a form's field `_method` rewrite the method of a POST. The request is judged as it
//! came in, and always answered.

use auth_core::{guarded_routes, public};
use rocket::form::Form;
use rocket::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ANN, Server};

const FORM: &str = "application/x-www-form-urlencoded";

#[derive(rocket::FromForm)]
struct Named {
    name: String,
}

#[public("for the test")]
#[post("/named", data = "<form>")]
fn named(form: Form<Named>) -> String {
    format!("posted {}", form.name)
}

async fn start() -> Server {
    Server::options()
        .with_access_cookie()
        .extended(|rocket| rocket.mount("/app", guarded_routes![named]))
        .start()
        .await
}

/// The answer to a form, sent over a socket.
async fn sent(server: &Server, path: &str, body: &str) -> String {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Length: {length}\r\n\r\n"
    );
    server.raw(&format!("{head}{body}")).await
}

// security: Traps in the versions in use: Rocket takes a form's `_method=HEAD` for a HEAD, and hyper drops the connection without an answer
#[tokio::test]
async fn a_form_with_any_method_in_it_is_answered() {
    let server = start().await;
    for method in [
        "HEAD",
        "head",
        "%48EAD",
        "HEAD&name=x",
        "GET",
        "TRACE",
        "PUT",
        "PATCH",
        "DELETE",
        "POST",
        "CONNECT",
        "OPTIONS",
        "BREW",
        "",
    ] {
        for path in [
            "/",
            "/nothing",
            "/api/public",
            "/api/admin",
            "/api/auth/login",
            "/app/named",
            "/dashboard",
        ] {
            let answer = sent(&server, path, &format!("_method={method}")).await;
            assert!(answer.starts_with("HTTP/1.1 "), "{method} {path}: {answer:?}");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            assert!(!body.is_empty(), "{method} {path}: {head}");
        }
    }
    server.sign_in(ANN).await;
}

// security: Traps in the versions in use: Rocket takes a form's `_method=HEAD` for a HEAD, and hyper drops the connection without an answer
#[tokio::test]
async fn a_form_that_became_a_head_is_the_post_that_it_was() {
    let server = start().await;
    for field in ["_method=HEAD", "_method=head", "%5Fmethod=HEAD"] {
        let answer = sent(&server, "/app/named", &format!("{field}&name=x")).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("posted x"),
            "{answer}"
        );
        let answer = sent(&server, "/api/public", &format!("{field}&name=x")).await;
        assert!(
            answer.starts_with("HTTP/1.1 404 ") && answer.contains("not_found"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_real_head_stays_a_head_whatever_its_content_type() {
    let server = start().await;
    for more in [
        String::new(),
        format!("Content-Type: {FORM}\r\n"),
        format!("Content-Type: {FORM}\r\nContent-Length: 0\r\n"),
    ] {
        let request = format!("HEAD /api/public HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n");
        let answer = server.raw(&request).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
    }
}

// security: Traps in the versions in use: Rocket takes a form's `_method=HEAD` for a HEAD, and hyper drops the connection without an answer
#[tokio::test]
async fn the_next_request_on_the_connection_of_such_a_form_is_answered() {
    let server = start().await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .expect("the server listens");
    // An endpoint that reads its body; where none is read, the answer says that the connection
    // ends.
    let head = format!("Host: localhost\r\nContent-Type: {FORM}\r\nContent-Length: 12\r\n");
    let form = format!("POST /api/auth/login HTTP/1.1\r\n{head}\r\n_method=HEAD");
    let next = "GET /api/public HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream
        .write_all(format!("{form}{next}").as_bytes())
        .await
        .expect("the server reads");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.expect("the server answers");
    assert!(answers.starts_with("HTTP/1.1 415 "), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 1, "{answers}");
}

// security: Traps in the versions in use: Rocket lets a form's `_method` rewrite the method
#[tokio::test]
async fn a_foreign_form_with_a_method_in_it_is_refused_as_a_post() {
    let server = start().await;
    let session = server.sign_in(ANN).await;
    for (method, path) in [
        ("GET", "/api/users/me"),
        ("GET", "/dashboard"),
        ("DELETE", "/api/auth/sessions/x"),
        ("HEAD", "/api/auth/logout-all"),
    ] {
        let ask = server
            .post(path)
            .header("Sec-Fetch-Site", "cross-site")
            .header("Accept", "text/html")
            .cookie(format!("access_token={}", session.access))
            .body(FORM, format!("_method={method}"));
        let answer = ask.await;
        answer.has_headers_of(403, "csrf_rejected");
    }
    // Without an identity a form gets its answer, not a page to sign in at.
    let ask = server.post("/api/users/me").header("Accept", "text/html");
    ask.body(FORM, "_method=GET").await.has_headers_of(401, "missing_token");
}
