//! Connections that outlive their request: a WebSocket that closes when its session ends, on any
//! server.

use std::time::{Duration, Instant};

use auth_core::{Auth, User, authenticated, guarded_routes};
use rocket::futures::{SinkExt, StreamExt};
use rocket::tokio::{pin, select};
use rocket::{State, get};
use rocket_app::role::AppRole;
use rocket_ws::{Stream, WebSocket};
use serde_json::json;
use tests::postgres::Cluster;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{ANN, ED, Options, Server, Session, VIC};

/// How long to wait for what is not the subject.
const LONG: Duration = Duration::from_secs(30);

/// Sends back what it gets, until the user's session ends.
#[authenticated]
#[get("/live")]
fn live(user: &User<AppRole>, auth: &State<Auth>, socket: WebSocket) -> Stream!['static] {
    let ended = auth.until_ended(user.identity());
    Stream! { socket =>
        pin!(ended);
        let mut socket = socket;
        loop {
            let message = select! {
                () = &mut ended => break,
                message = socket.next() => message,
            };
            let Some(message) = message else { break };
            yield message?;
        }
    }
}

fn with_routes(options: Options) -> Options {
    options.extended(|rocket| rocket.mount("/ws", guarded_routes![live]))
}

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server, session: &Session) -> Socket {
        let address = format!("ws://127.0.0.1:{}/ws/live", server.port);
        let mut request = address.into_client_request().expect("an address");
        let bearer = format!("Bearer {}", session.access).parse().expect("a header");
        request.headers_mut().insert("Authorization", bearer);
        let (socket, _) = connect_async(request).await.expect("it opens");
        let mut socket = Socket(socket);
        socket.is_open().await;
        socket
    }

    async fn is_open(&mut self) {
        self.0.send(Message::text("hello")).await.expect("it is open");
        let echoed = timeout(LONG, self.0.next()).await.expect("an answer in time");
        let echoed = echoed.expect("it is open").expect("a message");
        assert_eq!(echoed.to_text().expect("text"), "hello");
    }

    /// Waits until the server closes it.
    async fn closes(&mut self) {
        match timeout(LONG, self.0.next()).await.expect("it closes in time") {
            None | Some(Err(_) | Ok(Message::Close(_))) => {}
            Some(Ok(message)) => panic!("an unexpected message: {message:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_closes_when_another_server_ends_its_session() {
    let url = Cluster::shared().fresh_database();
    // So that no poll could have told.
    let slow = |options: Options| {
        with_routes(options)
            .set("store", url.clone())
            .set("revocation.poll_interval", "60s")
    };
    let one = slow(Server::options()).start().await;
    let other = slow(one.another()).start().await;
    let [ann, vic] = [one.sign_in(ANN).await, one.sign_in(VIC).await];
    let [mut hers, mut his] = [Socket::open(&one, &ann).await, Socket::open(&one, &vic).await];

    let began = Instant::now();
    other.post("/api/auth/logout").bearer(&ann.access).await.no_content();
    hers.closes().await;
    eprintln!(
        "the socket closed {} ms after the sign-out began",
        began.elapsed().as_millis()
    );
    assert!(began.elapsed() < LONG);
    his.is_open().await;

    other
        .post("/api/auth/logout-all")
        .bearer(&vic.access)
        .await
        .no_content();
    his.closes().await;
}

#[tokio::test]
async fn a_socket_outlives_its_access_token_but_not_its_session() {
    let server = with_routes(Server::options())
        .set("tokens.access_ttl", "1s")
        .start()
        .await;
    let ann = server.sign_in(ANN).await;
    let mut socket = Socket::open(&server, &ann).await;
    server.until_refused(&ann.access, "token_expired").await;
    socket.is_open().await;
    let next = Session::of(&server.refresh(&ann.refresh).await);
    socket.is_open().await;
    server
        .post("/api/auth/logout")
        .json(&json!({ "refreshToken": next.refresh }))
        .await
        .no_content();
    socket.closes().await;
}

#[tokio::test]
async fn a_socket_closes_when_its_session_was_idle_for_too_long() {
    let server = with_routes(Server::options())
        .set("tokens.access_ttl", "1s")
        .set("tokens.leeway", "0s")
        .set("sessions.idle_timeout", "2s")
        .set("sessions.refresh_grace", "1s")
        .start()
        .await;
    let ann = server.sign_in(ANN).await;
    Socket::open(&server, &ann).await.closes().await;
    server.refresh(&ann.refresh).await.refused(401, "token_expired");
}

#[tokio::test]
async fn a_socket_closes_when_its_user_is_disabled_or_has_a_new_password_and_stays_with_new_roles() {
    let server = with_routes(Server::options()).start().await;
    let [ed, vic] = [server.sign_in(ED).await, server.sign_in(VIC).await];
    let [mut eds, mut vics] = [Socket::open(&server, &ed).await, Socket::open(&server, &vic).await];
    server.set_roles(VIC, &["editor"]).await.expect("the role is known");
    vics.is_open().await;
    server.disable(VIC.email).await.expect("there is such an account");
    vics.closes().await;
    eds.is_open().await;
    let changed = server
        .post("/api/auth/password")
        .bearer(&ed.access)
        .json(&json!({ "currentPassword": ED.password, "newPassword": "a fern by the window" }));
    changed.await.ok();
    eds.closes().await;
}
