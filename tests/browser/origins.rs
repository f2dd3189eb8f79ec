//! Where `auth.js` sends the access token and passwords, and where it does not.

use serde_json::{Value, json};

use crate::support::{Asked, Browser, Pages, answer, block_on, open_answer, page};

/// A server of another origin that lets every page do everything.
fn strange() -> Pages {
    Pages::answering(|asked| match asked.line.as_str() {
        "GET /away" => answer(302, "Access-Control-Allow-Origin: *\r\nLocation: /x\r\n", ""),
        _ => open_answer(asked, 200, r#"{"accessToken":"of a stranger"}"#),
    })
}

/// A server whose pages use `auth.js`, and that redirects to `elsewhere`.
fn home(elsewhere: &Pages) -> Pages {
    let (there, base) = (elsewhere.url("/x"), elsewhere.url("/"));
    Pages::answering(move |asked| match asked.line.as_str() {
        "GET /" => page("<!doctype html><title>home</title>"),
        "GET /based" => page(&format!("<!doctype html><base href='{base}'><title>based</title>")),
        "POST /api/auth/refresh" | "POST /api/auth/login" => open_answer(asked, 200, r#"{"accessToken":"t"}"#),
        "POST /moved/login" | "POST /moved/refresh" | "GET /away" => answer(307, &format!("Location: {there}\r\n"), ""),
        "GET /near" => answer(307, "Location: /x\r\n", ""),
        _ => open_answer(asked, 200, "{}"),
    })
}

const CLIENT: &str = "const { AuthClient } = await import(location.origin + '/auth.js');";

/// The `Authorization` of each request to a server.
fn credentials(of: &Pages) -> Vec<(String, Option<String>)> {
    let of_one = |asked: Asked| {
        let authorization = asked.header("Authorization").map(str::to_owned);
        (asked.line, authorization)
    };
    of.asked().into_iter().map(of_one).collect()
}

#[test]
fn the_access_token_goes_to_the_pages_own_origin_in_every_spelling() {
    block_on(async {
        let strange = strange();
        let home = home(&strange);
        let browser = Browser::open().await;
        browser.go(&home.url("/")).await;
        let before = home.asked().len();
        assert_eq!(before, 1, "the page");
        let went = browser
            .run(&format!(
                "{CLIENT} const auth = new AuthClient(); await auth.resume();
                 for (const address of ['/x', 'x', './x', '//' + location.host + '/x', location.origin + '/x',
                     new URL('/x', location), new Request('/x'), ' /x', 'http:x', '\\\\x'])
                   await auth.fetch(address);
                 const post = new Request('/x', {{ method: 'POST', body: 'kept', headers: {{ 'X-Mine': 'kept' }} }});
                 await auth.fetch(post);
                 return true;"
            ))
            .await;
        assert_eq!(went, true);
        let asked = home.asked();
        let calls: Vec<_> = asked.iter().filter(|asked| asked.line.ends_with(" /x")).collect();
        assert_eq!(calls.len(), 11, "{asked:#?}");
        for call in &calls {
            assert_eq!(call.header("Authorization"), Some("Bearer t"), "{call:#?}");
        }
        let post = calls.last().expect("there are eleven");
        assert_eq!(
            (post.line.as_str(), post.body.as_str(), post.header("X-Mine")),
            ("POST /x", "kept", Some("kept"))
        );
    });
}

// security: Cookies and CSRF: The browser's client sends the access token to the page's own origin and to named ones only
#[test]
fn the_access_token_goes_to_no_other_origin_however_it_is_written() {
    block_on(async {
        let strange = strange();
        let home = home(&strange);
        let browser = Browser::open().await;
        browser.go(&home.url("/")).await;
        let host = strange.host();
        let addresses = json!([
            format!("http://{host}/x"),
            format!("//{host}/x"),
            format!("\\\\{host}\\x"),
            format!("/\\{host}/x"),
            format!("http:\\\\{host}\\x"),
            format!("HTTP://{host}/x"),
            format!(" //{host}/x"),
            format!("/\t/{host}/x"),
            format!("h\nttp://{host}/x"),
        ]);
        let went = browser
            .run(&format!(
                "{CLIENT} const auth = new AuthClient(); await auth.resume();
                 for (const address of {addresses}) await auth.fetch(address);
                 await auth.fetch(new URL({url}));
                 await auth.fetch(new Request({url}));
                 await auth.fetch({url}, {{ method: 'POST', json: {{}} }});
                 const local = await auth.fetch(URL.createObjectURL(new Blob(['local'])));
                 return local.text();",
                url = json!(strange.url("/x"))
            ))
            .await;
        assert_eq!(went, "local");
        let seen = credentials(&strange);
        assert_eq!(seen.len(), 12, "{seen:#?}");
        assert!(
            seen.iter().all(|(_, authorization)| authorization.is_none()),
            "{seen:#?}"
        );
    });
}

// security: Cookies and CSRF: The browser's client sends the access token to the page's own origin and to named ones only
#[test]
fn a_base_element_takes_neither_token_nor_password_to_another_origin() {
    block_on(async {
        let strange = strange();
        let home = home(&strange);
        let browser = Browser::open().await;
        browser.go(&home.url("/based")).await;
        home.asked();
        let went = browser
            .run(&format!(
                "{CLIENT} const auth = new AuthClient(); await auth.signIn('me', 'purple monkey dishwasher');
                 await auth.fetch('x'); await auth.fetch('/x'); await auth.fetch(location.origin + '/own');
                 await auth.sessions();
                 // Moved while a call waits for its token.
                 document.querySelector('base').remove();
                 const late = new AuthClient(); const call = late.fetch('/late').then(() => 'sent', () => 'refused');
                 document.head.append(Object.assign(document.createElement('base'), {{ href: {base} }}));
                 return call;",
                base = json!(strange.url("/"))
            ))
            .await;
        assert_eq!(went, "refused");
        let seen = credentials(&strange);
        let plain = |line: &str| (line.to_owned(), None);
        assert_eq!(seen, [plain("GET /x"), plain("GET /x")]);
        let own = credentials(&home);
        let with_token = |line: &str| (line.to_owned(), Some("Bearer t".to_owned()));
        assert_eq!(
            own,
            [
                plain("POST /api/auth/login"),
                with_token("GET /own"),
                with_token("GET /api/auth/sessions"),
                plain("POST /api/auth/refresh"),
            ]
        );
    });
}

#[test]
fn an_origin_that_the_page_names_gets_the_token_and_its_redirects_do_not() {
    block_on(async {
        let strange = strange();
        let home = home(&strange);
        let browser = Browser::open().await;
        browser.go(&home.url("/")).await;
        let went = browser
            .run(&format!(
                "{CLIENT} const auth = new AuthClient('/api/auth', {{ origins: [{origin} + '/'] }}); await auth.resume();
                 await auth.fetch({origin} + '/x');
                 const headers = new Headers({{ 'Content-Type': 'text/plain' }});
                 await auth.json({origin} + '/y', {{ method: 'PUT', headers, json: 1 }});
                 return auth.fetch({origin} + '/away').then(() => 'followed', () => 'refused');",
                origin = json!(strange.origin())
            ))
            .await;
        assert_eq!(went, "refused");
        let bearer = |line: &str| (line.to_owned(), Some("Bearer t".to_owned()));
        let seen = credentials(&strange);
        assert_eq!(seen, [bearer("GET /x"), bearer("PUT /y"), bearer("GET /away")]);
    });
}

// security: Cookies and CSRF: The browser's client sends the access token to the page's own origin and to named ones only
#[test]
fn a_redirect_to_another_origin_is_not_followed_and_one_at_home_is() {
    block_on(async {
        let strange = strange();
        let home = home(&strange);
        let browser = Browser::open().await;
        browser.go(&home.url("/")).await;
        let went: Value = browser
            .run(&format!(
                "{CLIENT} const auth = new AuthClient(); await auth.resume();
                 const outcome = (call) => call.then((answer) => answer?.status ?? 'done', (problem) => problem.name);
                 const moved = new AuthClient('/moved');
                 return [await outcome(auth.fetch('/near')), await outcome(auth.fetch('/away')),
                   await outcome(auth.fetch('/away', {{ redirect: 'follow', mode: 'cors' }})),
                   await outcome(moved.signIn('me', 'purple monkey dishwasher')), await outcome(moved.resume())];"
            ))
            .await;
        assert_eq!(went, json!([200, "TypeError", "TypeError", "TypeError", "TypeError"]));
        let seen = strange.asked();
        assert!(seen.is_empty(), "{seen:#?}");
        let own = credentials(&home);
        assert!(
            own.contains(&("GET /x".to_owned(), Some("Bearer t".to_owned()))),
            "{own:#?}"
        );
    });
}
