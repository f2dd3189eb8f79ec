//! Forms whose bodies do not arrive, as the demo has them and as `SameOriginForm` documents them.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ANN, Level, Line, Server};

const HEAD: &str =
    "Host: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";

// security: Limits: Forms are read within 5 s
#[tokio::test]
async fn a_form_that_does_not_arrive_is_408() {
    let server = Server::options().with_access_cookie().start().await;
    let ann = server.sign_in(ANN).await;
    let cookie = format!("Cookie: access_token={}\r\n", ann.access);
    let id = server.id_of(ANN).await;
    let slow = |path: String, more: String, begun: &'static str| {
        let port = server.port;
        async move {
            let mut stream = TcpStream::connect(("127.0.0.1", port))
                .await
                .expect("the server listens");
            let request = format!("POST {path} HTTP/1.1\r\n{HEAD}{more}Content-Length: 200\r\n\r\n{begun}");
            let begin = Instant::now();
            stream.write_all(request.as_bytes()).await.expect("the server reads");
            let mut answer = vec![0; 1024];
            let reading = tokio::time::timeout(Duration::from_secs(30), stream.read(&mut answer));
            let read = reading
                .await
                .expect("the server does not wait for ever")
                .expect("the server answers");
            let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
            assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
            assert!(
                begin.elapsed() >= Duration::from_secs(4),
                "{path}: it waits for a moment"
            );
        }
    };
    tokio::join!(
        slow(
            "/api/auth/form/sign-in".to_owned(),
            String::new(),
            "email=ann%40example.com&passw"
        ),
        slow(
            "/dashboard/password".to_owned(),
            cookie.clone(),
            "current=ann%20likes%20pur"
        ),
        slow(
            format!("/dashboard/users/{id}/roles"),
            cookie.clone(),
            "roles=admin&roles=vie"
        ),
    );
}

#[tokio::test]
async fn a_form_that_does_not_fit_is_refused_and_its_values_are_in_no_log() {
    let server = Server::options().with_access_cookie().start().await;
    let ann = server.sign_in(ANN).await;
    let cookie = format!("access_token={}", ann.access);
    let form = "application/x-www-form-urlencoded";
    for (path, body) in [
        ("/api/auth/form/sign-in", "password=cuckoo%20in%20the%20clock"),
        ("/dashboard/password", "new=cuckoo%20in%20the%20clock"),
    ] {
        let ask = server.post(path).same_origin().cookie(&cookie).body(form, body);
        ask.await.refused(422, "invalid_request");
    }
    // Below that a release refuses to start: there Rocket prints headers, too.
    let shown = |line: &Line| line.level <= Level::Info;
    let said: Vec<Line> = server.log.with("cuckoo").into_iter().filter(shown).collect();
    assert!(said.is_empty(), "{said:?}");
}
