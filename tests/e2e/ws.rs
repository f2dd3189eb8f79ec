//! WebSockets, which no same-origin policy covers: a guarded handler that takes
//! `rocket_ws::WebSocket`, and a real client.

use auth_core::{User, guarded_routes, require_role};
use rocket::futures::{SinkExt, StreamExt};
use rocket::get;
use rocket_app::role::AppRole;
use rocket_ws::{Message, Stream, WebSocket};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::support::{ANN, Server, Session, VIC};

/// Says who came, and then what they say.
#[require_role(AppRole::Editor)]
#[get("/echo")]
fn echo(user: &User<AppRole>, socket: WebSocket) -> Stream!['static] {
    let id = user.id().to_string();
    Stream! { socket =>
        yield Message::Text(id);
        for await message in socket {
            yield message?;
        }
    }
}

async fn server() -> Server {
    Server::options()
        .with_access_cookie()
        .extended(|rocket| rocket.mount("/ws", guarded_routes![echo]))
        .start()
        .await
}

/// Opens a WebSocket with these headers and says hello: what came first, or the status and body of
/// the refusal.
async fn open(server: &Server, headers: &[(&'static str, &str)]) -> Result<String, (u16, String)> {
    let mut request = format!("ws://127.0.0.1:{}/ws/echo", server.port)
        .into_client_request()
        .expect("an address");
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a header");
        request.headers_mut().append(*name, value);
    }
    let mut socket = match connect_async(request).await {
        Ok((socket, _)) => socket,
        Err(Error::Http(refused)) => {
            let body = refused.body().clone().unwrap_or_default();
            return Err((refused.status().as_u16(), String::from_utf8_lossy(&body).into_owned()));
        }
        Err(error) => panic!("no answer: {error}"),
    };
    let first = socket.next().await.expect("a message").expect("a message");
    socket.send(Message::text("hello")).await.expect("it is open");
    let echoed = socket.next().await.expect("a message").expect("a message");
    assert_eq!(echoed.to_text().expect("text"), "hello");
    Ok(first.to_text().expect("text").to_owned())
}

#[track_caller]
fn refused(answer: Result<String, (u16, String)>, status: u16, code: &str) {
    let (got, body) = answer.expect_err("a refusal");
    assert!(
        got == status && (body.is_empty() || body.contains(code)),
        "{got} {body}"
    );
}

async fn signed_in() -> (Server, Session, String) {
    let server = server().await;
    let session = server.sign_in(ANN).await;
    let cookie = format!("access_token={}", session.access);
    (server, session, cookie)
}

// security: Cookies and CSRF: WebSocket upgrades that carry a cookie are for our own pages
#[tokio::test]
async fn the_access_cookie_opens_a_websocket_from_our_own_pages() {
    let (server, _, cookie) = signed_in().await;
    let ann = server.id_of(ANN).await;
    let own = format!("http://127.0.0.1:{}", server.port);
    for headers in [
        // Browsers send both, older ones only the origin, and a client that is no browser neither.
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", own.as_str())][..],
        &[("Origin", own.as_str())],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", own.as_str())],
        &[],
    ] {
        let headers: Vec<_> = headers.iter().copied().chain([("Cookie", cookie.as_str())]).collect();
        assert_eq!(
            open(&server, &headers).await.as_deref(),
            Ok(ann.as_str()),
            "{headers:?}"
        );
    }
}

// security: Cookies and CSRF: WebSocket upgrades that carry a cookie are for our own pages
#[tokio::test]
async fn the_access_cookie_does_not_open_a_websocket_from_another_site() {
    let (server, _, cookie) = signed_in().await;
    let own = format!("http://127.0.0.1:{}", server.port);
    for headers in [
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")][..],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "http://127.0.0.1")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "http://127.0.0.1")],
        &[("Origin", "null")],
        &[("Referer", own.as_str())],
    ] {
        let headers: Vec<_> = headers.iter().copied().chain([("Cookie", cookie.as_str())]).collect();
        refused(open(&server, &headers).await, 403, "csrf_rejected");
    }
    assert_eq!(server.log.events("csrf_rejected").len(), 7);
}

#[tokio::test]
async fn with_configured_origins_a_websocket_is_for_their_pages() {
    let server = Server::options()
        .with_access_cookie()
        .set("allowed_origins", vec!["https://app.example.com"])
        .extended(|rocket| rocket.mount("/ws", guarded_routes![echo]))
        .start()
        .await;
    let cookie = format!("access_token={}", server.sign_in(ANN).await.access);
    let own = format!("http://127.0.0.1:{}", server.port);
    let app = ("Origin", "https://app.example.com");
    open(&server, &[("Cookie", &cookie), app]).await.expect("it opens");
    open(&server, &[("Cookie", &cookie), app, ("Sec-Fetch-Site", "same-site")])
        .await
        .expect("it opens");
    let foreign = open(&server, &[("Cookie", &cookie), ("Origin", &own)]).await;
    refused(foreign, 403, "csrf_rejected");
}

// security: Cookies and CSRF: WebSocket upgrades that carry a cookie are for our own pages
#[tokio::test]
async fn a_bearer_opens_a_websocket_from_anywhere() {
    let (server, session, _) = signed_in().await;
    let bearer = format!("Bearer {}", session.access);
    for origin in ["https://evil.example", "null"] {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Origin", origin),
            ("Sec-Fetch-Site", "cross-site"),
        ];
        open(&server, &headers).await.expect("it opens");
    }
}

#[tokio::test]
async fn a_websocket_is_guarded_like_any_route() {
    let server = server().await;
    refused(open(&server, &[]).await, 401, "missing_token");
    refused(
        open(&server, &[("Authorization", "Bearer x")]).await,
        401,
        "invalid_token",
    );
    let vic = format!("Bearer {}", server.sign_in(VIC).await.access);
    refused(
        open(&server, &[("Authorization", &vic)]).await,
        403,
        "insufficient_role",
    );
    // Never from the address, which ends up in logs.
    let ann = server.sign_in(ANN).await;
    let query = format!("/ws/echo?access_token={}", ann.access);
    server.get(&query).await.refused(401, "missing_token");
}
