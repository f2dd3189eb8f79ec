//! Credentials that are there and cannot be read, and strange neighbours of those that can.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ANN, Server, Session, VIC, parts};

/// What may stand beside our cookies: other software's, in every spelling that arrives.
const NEIGHBOURS: [&str; 12] = [
    "x=Unders\u{f8}gelse",
    "x=\u{4f60}\u{597d}",
    "x=%F8%5F%3B%3D",
    "x=\"quoted; and=more\"",
    "x=a=b==c",
    "=nameless",
    "nameless",
    "x=",
    ";;  ;",
    "access%5Ftoken=garbage; refresh%5Ftoken=garbage",
    "Refresh_Token=garbage; ACCESS_TOKEN=garbage",
    "refresh_token=; access_token=",
];

// security: Cookies and CSRF: A strange neighbour cookie changes nothing for ours; bytes that are not UTF-8 are a matter for a proxy in front
#[tokio::test]
async fn a_strange_neighbour_cookie_changes_nothing_for_ours() {
    let server = Server::options().with_access_cookie().start().await;
    let Session {
        access, mut refresh, ..
    } = server.sign_in(ANN).await;
    for neighbour in NEIGHBOURS {
        for first in [false, true] {
            let beside = |own: String| {
                if first {
                    format!("{neighbour}; {own}")
                } else {
                    format!("{own}; {neighbour}")
                }
            };
            let me = server
                .get("/api/users/me")
                .cookie(beside(format!("access_token={access}")));
            assert_eq!(me.await.field("email"), ANN.email, "{neighbour}");
            let next = server
                .post("/api/auth/refresh")
                .cookie(beside(format!("refresh_token={refresh}")))
                .await;
            refresh = next.ok().cookie("refresh_token").value;
            // In a header of its own.
            let me = server
                .get("/api/users/me")
                .cookie(neighbour)
                .cookie(format!("access_token={access}"));
            me.await.ok();
        }
        server
            .get("/api/users/me")
            .cookie(neighbour)
            .await
            .refused(401, "missing_token");
        server
            .post("/api/auth/refresh")
            .cookie(neighbour)
            .await
            .refused(401, "missing_token");
        server.post("/api/auth/logout").cookie(neighbour).await.no_content();
    }
}

// security: Cookies and CSRF: A credential that cannot be read is 400 and no missing one, at sign-out too
#[tokio::test]
async fn a_cookie_of_ours_that_cannot_be_read_is_no_missing_one() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let (access, refresh) = (&session.access, &session.refresh);
    for (access, refresh) in [
        (format!("{access}\u{f8}"), format!("\u{f8}{refresh}")),
        (access.replacen('.', " ", 1), refresh.replacen('.', "\t", 1)),
        ("\u{1f36a}".to_owned(), "a b".to_owned()),
    ] {
        let (access, refresh) = (format!("access_token={access}"), format!("refresh_token={refresh}"));
        for answer in [
            server.get("/api/users/me").cookie(&access).await,
            server.post("/api/auth/logout-all").cookie(&access).await,
            server.post("/api/auth/logout").cookie(&access).await,
            server.post("/api/auth/refresh").cookie(&refresh).await,
            server.post("/api/auth/logout").cookie(&refresh).await,
            server
                .post("/api/auth/logout")
                .cookie(format!("{refresh}; {access}"))
                .await,
            server.post("/api/auth/form/sign-out").cookie(&refresh).await,
            server
                .get("/api/users/me")
                .header("Upgrade", "websocket")
                .cookie(&access)
                .await,
        ] {
            answer.refused(400, "unreadable_credentials");
        }
        // A good one beside it counts, and so does a sign-in.
        let good = format!("{access}; access_token={}", session.access);
        server.get("/api/users/me").cookie(good).await.ok();
        server
            .get("/api/users/me")
            .bearer(&session.access)
            .cookie(&access)
            .await
            .ok();
        let login = server.post("/api/auth/login").cookie(&refresh).json(&VIC.login());
        login.await.ok();
    }
    server.me(&session.access).await.ok();
    assert_eq!(
        parts(&Session::of(&server.refresh(&session.refresh).await).refresh).1["seq"],
        1,
        "nothing was consumed"
    );
}

// security: Cookies and CSRF: A credential that cannot be read is 400 and no missing one, at sign-out too
#[tokio::test]
async fn a_bearer_that_cannot_be_read_is_no_missing_one() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    for token in [format!("{}\u{f8}", session.access), "\u{1f36a}".to_owned()] {
        for answer in [
            server.get("/api/users/me").bearer(&token).await,
            server.get("/api/auth/sessions").bearer(&token).await,
            server.post("/api/auth/logout-all").bearer(&token).await,
            server.post("/api/auth/logout").bearer(&token).await,
            server
                .post("/api/auth/logout")
                .bearer(&token)
                .json(&json!({ "refreshToken": session.refresh }))
                .await,
        ] {
            answer.refused(400, "unreadable_credentials");
        }
    }
    // At a sign-out 204 would say that something was ended.
    for token in [
        format!(" {}", session.access),
        format!("{0} {0}", session.access),
        format!("{0},{0}", session.access),
    ] {
        let out = server.post("/api/auth/logout").bearer(&token);
        out.await.refused(400, "unreadable_credentials");
    }
    let out = server.post("/api/auth/logout").json(&json!({ "refreshToken": "a b" }));
    out.await.refused(400, "unreadable_credentials");
    server.me(&session.access).await.ok();
}

/// Sends a head whose bytes need not be text.
async fn answer_to(server: &Server, head: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .expect("the server listens");
    stream.write_all(head).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

// security: Cookies and CSRF: A strange neighbour cookie changes nothing for ours; bytes that are not UTF-8 are a matter for a proxy in front
#[tokio::test]
async fn rocket_drops_a_header_with_a_byte_that_is_not_utf8_before_this_library_sees_it() {
    let server = Server::options().with_access_cookie().start().await;
    let session = server.sign_in(ANN).await;
    let ask = |lines: &[&[u8]]| {
        let mut head = b"GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".to_vec();
        for line in lines {
            head.extend_from_slice(line);
            head.extend_from_slice(b"\r\n");
        }
        [head, b"\r\n".to_vec()].concat()
    };
    let cookie = format!("Cookie: access_token={}", session.access);
    let latin = [cookie.as_bytes(), b"; x=Unders\xf8gelse"].concat();
    // The limit that `docs/operating.md` names; nginx in front takes it away.
    let dropped = answer_to(&server, &ask(&[&latin])).await;
    assert!(
        dropped.starts_with("HTTP/1.1 401 ") && dropped.contains("missing_token"),
        "{dropped}"
    );
    // A header of its own, as HTTP/2 may send each cookie, is out of the way.
    let beside = answer_to(&server, &ask(&[cookie.as_bytes(), b"Cookie: x=Unders\xf8gelse"])).await;
    assert!(beside.starts_with("HTTP/1.1 200 "), "{beside}");
}
