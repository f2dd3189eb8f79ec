//! `auth.allowed_origins`: pages that stand elsewhere and may use the cookies all the same.

use crate::support::{ANN, Ask, Server, Session, parts};

/// Each request that is judged by where it comes from, with the cookies of a session where one
/// comes along.
fn judged(server: &Server, session: &Session) -> Vec<(&'static str, Ask)> {
    let refresh = format!("refresh_token={}", session.refresh);
    let access = format!("access_token={}", session.access);
    let form = |path: &str| {
        let ask = server.post(path).cookie(format!("{refresh}; {access}"));
        // Encoded, as browsers do: Rocket's form parser shows fields at its lowest level of the
        // log.
        let (email, password) = (ANN.email.replace('@', "%40"), ANN.password.replace(' ', "+"));
        let fields = format!("email={email}&password={password}");
        ask.body("application/x-www-form-urlencoded", fields)
    };
    vec![
        ("login", server.post("/api/auth/login").json(&ANN.login())),
        (
            "login by body",
            server.post("/api/auth/login").json(&ANN.login_with_body()),
        ),
        (
            "login with a cookie",
            server.post("/api/auth/login").cookie(&refresh).json(&ANN.login()),
        ),
        ("refresh", server.post("/api/auth/refresh").cookie(&refresh)),
        ("logout", server.post("/api/auth/logout").cookie(&refresh)),
        ("logout by access", server.post("/api/auth/logout").cookie(&access)),
        ("logout-all", server.post("/api/auth/logout-all").cookie(&access)),
        ("sign-in form", form("/api/auth/form/sign-in")),
        ("continue form", form("/api/auth/form/continue")),
        ("sign-out form", form("/api/auth/form/sign-out")),
        ("sign-out-everywhere form", form("/api/auth/form/sign-out-everywhere")),
    ]
}

// security: Cookies and CSRF: `Sec-Fetch-Site: same-origin` passes; any other page needs a listed `Origin`, and `null` is never listed
#[tokio::test]
async fn a_page_on_a_listed_origin_may_do_all_that_our_own_pages_may() {
    let listed = ["https://app.example.com", "http://localhost:5173"];
    let server = Server::options()
        .with_access_cookie()
        .set("allowed_origins", listed.to_vec())
        .start()
        .await;
    for site in ["same-site", "cross-site"] {
        for origin in listed {
            let count = judged(&server, &server.sign_in(ANN).await).len();
            for number in 0..count {
                let (what, ask) = judged(&server, &server.sign_in(ANN).await).swap_remove(number);
                let answer = ask.header("Sec-Fetch-Site", site).header("Origin", origin).await;
                assert!(
                    matches!(answer.status, 200 | 204 | 303),
                    "{what} from {origin}: {answer:?}"
                );
            }
        }
    }
}

// security: Cookies and CSRF: `Sec-Fetch-Site: same-origin` passes; any other page needs a listed `Origin`, and `null` is never listed
#[tokio::test]
async fn a_page_on_another_origin_may_not_and_nothing_is_consumed() {
    let server = Server::options()
        .with_access_cookie()
        .set("allowed_origins", vec!["https://app.example.com"])
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    for headers in [
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "https://other.example.com")][..],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
        &[("Sec-Fetch-Site", "none"), ("Origin", "https://other.example.com")],
        &[("Origin", "https://other.example.com")],
        &[
            ("Origin", "https://app.example.com"),
            ("Origin", "https://app.example.com"),
        ],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Referer", "https://app.example.com/")],
    ] {
        for (what, ask) in judged(&server, &session) {
            let answer = headers
                .iter()
                .fold(ask, |ask, (name, value)| ask.header(name, *value))
                .await;
            assert_eq!(answer.status, 403, "{what} {headers:?}: {answer:?}");
            answer.refused(403, "csrf_rejected");
        }
    }
    server.me(&session.access).await.ok();
    assert_eq!(
        parts(&Session::of(&server.refresh(&session.refresh).await).refresh).1["seq"],
        1,
        "nothing was consumed"
    );
}

// security: Cookies and CSRF: An origin that no browser sends is refused at launch, another spelling is normalised
#[tokio::test]
async fn an_origin_is_listed_in_any_spelling_that_means_it() {
    let server = Server::options()
        .set(
            "allowed_origins",
            vec!["HTTPS://App.Example.com:443", "http://[0:0::1]:80"],
        )
        .start()
        .await;
    let mut token = server.sign_in(ANN).await.refresh;
    for origin in ["https://app.example.com", "http://[::1]"] {
        let ask = server
            .post("/api/auth/refresh")
            .cookie(format!("refresh_token={token}"));
        let answer = ask.header("Origin", origin).header("Sec-Fetch-Site", "same-site").await;
        token = answer.ok().cookie("refresh_token").value;
    }
}

// security: Cookies and CSRF: An origin that no browser sends is refused at launch, another spelling is normalised
#[tokio::test]
async fn an_origin_that_no_browser_sends_does_not_start() {
    for (origin, why) in [
        ("https://*.example.com", "`*`"),
        ("https://app.example.com/", "`/`"),
        ("https://b\u{fc}cher.example", "xn--"),
        ("https://app.example.com:99999", "port"),
        ("app.example.com", "https://"),
    ] {
        let failed = Server::options().set("allowed_origins", vec![origin]).try_start().await;
        let why_not = failed.err().expect("it does not start").why;
        assert!(
            why_not.starts_with("`auth.allowed_origins` ") && why_not.contains(why),
            "{origin}: {why_not}"
        );
    }
}

// security: Cookies and CSRF: A client without `Sec-Fetch-Site`, `Origin` and `Referer` is no browser
#[tokio::test]
async fn nodes_fetch_is_no_browser() {
    let server = Server::options()
        .with_access_cookie()
        .set("allowed_origins", vec!["https://app.example.com"])
        .start()
        .await;
    let count = judged(&server, &server.sign_in(ANN).await).len();
    for number in 0..count {
        let (what, ask) = judged(&server, &server.sign_in(ANN).await).swap_remove(number);
        let answer = ask.header("Sec-Fetch-Mode", "cors").await;
        assert!(matches!(answer.status, 200 | 204 | 303), "{what}: {answer:?}");
    }
}
