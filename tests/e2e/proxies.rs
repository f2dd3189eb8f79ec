//! The client's address behind proxies: whose word is taken for it, and in what form.

use serde_json::json;

use crate::support::{ANN, Ask, Options, Server, Session};

/// A server behind a proxy on this machine, which writes the header `ip_header`.
fn behind(ip_header: &'static str) -> Options {
    Server::options()
        .set("trusted_proxies", vec!["127.0.0.0/8", "10.0.0.0/8"])
        .app(move |figment, auth, reports| rocket_app::rocket(figment.merge(("ip_header", ip_header)), auth, reports))
}

/// The address of the session that a sign-in with these headers begins.
async fn address(server: &Server, headers: &[(&str, &str)]) -> String {
    let login = server.post("/api/auth/login").json(&ANN.login_with_body());
    let login = headers
        .iter()
        .fold(login, |ask: Ask, (name, value)| ask.header(name, *value));
    let session = Session::of(&login.await);
    let sessions = server.get("/api/auth/sessions").bearer(&session.access).await.json();
    let current = sessions
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["current"] == true);
    current.expect("the session itself")["ip"]
        .as_str()
        .expect("an address")
        .to_owned()
}

// security: Traps in the versions in use: Of two `X-Real-IP` headers Rocket takes the first, the client's
#[tokio::test]
async fn of_two_addresses_or_a_malformed_one_the_peers_counts_and_the_log_says_so_once() {
    let server = behind("X-Real-IP").start().await;
    assert_eq!(address(&server, &[("X-Real-IP", "192.0.2.7")]).await, "192.0.2.7");
    let told = server.log.with("Client addresses: `X-Real-IP`");
    assert!(told[0].text.ends_with("127.0.0.0/8, 10.0.0.0/8"), "{told:?}");
    let told = |server: &Server| server.log.with("`X-Real-IP: ");
    assert!(told(&server).is_empty(), "nothing to say");
    for headers in [
        // What the client wrote, and what a proxy that appends wrote.
        &[("X-Real-IP", "203.0.113.1"), ("X-Real-IP", "192.0.2.7")][..],
        &[("X-Real-IP", "203.0.113.1, 192.0.2.7")],
        &[("X-Real-IP", "\u{9b}31m forged")],
        &[("X-Real-IP", "")],
    ] {
        assert_eq!(address(&server, headers).await, "127.0.0.1", "{headers:?}");
    }
    let told = told(&server);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].text.contains("203.0.113.1, 192.0.2.7"), "{told:?}");
}

// security: Traps in the versions in use: Of two `X-Real-IP` headers Rocket takes the first, the client's
#[tokio::test]
async fn a_malformed_address_reaches_the_log_escaped() {
    let server = behind("X-Real-IP").start().await;
    address(&server, &[("X-Real-IP", "\u{85}ERROR \u{9b}31m\tforged")]).await;
    let told = server.log.with("`X-Real-IP: ");
    assert_eq!(told.len(), 1, "{told:?}");
    let text = &told[0].text;
    assert!(
        text.contains("forged") && !text.chars().any(char::is_control),
        "{told:?}"
    );
}

// security: Traps in the versions in use: Of two `X-Real-IP` headers Rocket takes the first, the client's
#[tokio::test]
async fn of_a_list_the_rightmost_address_counts_that_is_no_proxy_of_ours() {
    let server = behind("X-Forwarded-For").start().await;
    for (headers, found) in [
        (&[("X-Forwarded-For", "192.0.2.7")][..], "192.0.2.7"),
        (&[("X-Forwarded-For", "192.0.2.7, 10.1.2.3")], "192.0.2.7"),
        (&[("X-Forwarded-For", "203.0.113.1, 192.0.2.8, 10.1.2.3")], "192.0.2.8"),
        (
            &[
                ("X-Forwarded-For", "203.0.113.1"),
                ("X-Forwarded-For", "192.0.2.9, 10.1.2.3"),
            ],
            "192.0.2.9",
        ),
        (&[("X-Forwarded-For", "2001:db8::7, 10.1.2.3")], "2001:db8::7"),
        (&[("X-Forwarded-For", "10.9.9.9, 10.1.2.3")], "10.9.9.9"),
        // The other header is not the one that is configured.
        (&[("X-Real-IP", "192.0.2.7")], "127.0.0.1"),
        (&[("X-Forwarded-For", "192.0.2.7, nonsense, 10.1.2.3")], "127.0.0.1"),
    ] {
        assert_eq!(address(&server, headers).await, found, "{headers:?}");
    }
    assert_eq!(server.log.with("X-Forwarded-For: ").len(), 1);
}

#[tokio::test]
async fn clients_behind_two_proxies_do_not_lock_each_other_out() {
    let server = behind("X-Forwarded-For")
        .set("throttle.source_per_minute", 3)
        .start()
        .await;
    let login = |client: &str, password: &str| {
        let body = json!({ "email": ANN.email, "password": password });
        let ask = server.post("/api/auth/login").json(&body);
        ask.header("X-Forwarded-For", format!("{client}, 10.0.0.1"))
    };
    for _ in 0..3 {
        login("192.0.2.1", "wrong").await.refused(401, "invalid_credentials");
    }
    // With any addresses that the client writes in front.
    for client in ["192.0.2.1", "203.0.113.5, 192.0.2.1"] {
        login(client, ANN.password).await.refused(429, "too_many_attempts");
    }
    login("192.0.2.2", ANN.password).await.ok();
}

// security: Traps in the versions in use: Rocket trusts `X-Real-IP`
#[tokio::test]
async fn an_address_from_a_peer_that_is_not_trusted_is_not_believed_and_the_log_says_so_once() {
    for trusted in [vec![], vec!["192.0.2.0/24"]] {
        let server = Server::options().set("trusted_proxies", trusted).start().await;
        address(&server, &[]).await;
        assert!(server.log.with("not on `auth.trusted_proxies`").is_empty());
        for _ in 0..2 {
            let claimed = [("X-Real-IP", "198.51.100.9"), ("X-Forwarded-For", "198.51.100.9")];
            assert_eq!(address(&server, &claimed).await, "127.0.0.1");
        }
        let told = server.log.with("not on `auth.trusted_proxies`");
        assert_eq!(told.len(), 1, "{told:?}");
        let text = &told[0].text;
        assert!(text.contains("X-Real-IP") && text.contains("127.0.0.1"), "{text}");
        // A client can write what it likes there.
        assert!(!text.contains("198.51.100.9"), "{text}");
    }
}

#[tokio::test]
async fn where_rocket_reads_no_such_header_the_address_is_the_peers() {
    let server = Server::options()
        .set("trusted_proxies", vec!["127.0.0.1"])
        .app(|figment, auth, reports| rocket_app::rocket(figment.merge(("ip_header", false)), auth, reports))
        .start()
        .await;
    assert_eq!(address(&server, &[("X-Real-IP", "192.0.2.7")]).await, "127.0.0.1");
}
