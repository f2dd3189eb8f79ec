//! What must never be in a log: every password, token and e-mail that a test sent to a server or
//! got from it, and the server's own secrets. The check runs when the server ends, over all that
//! the server and its sinks wrote at every level. So every test that runs a server also tests the
//! log.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

use super::log::{Level, Line};
use super::{Answer, Log, documented};

/// By port, since that is what a client knows of its server.
static NOTED: LazyLock<Mutex<HashMap<u16, HashSet<String>>>> = LazyLock::new(Mutex::default);

/// A shorter text may be in a line by chance.
const MIN_LEN: usize = 12;

/// Notes what is secret in a request.
pub(super) fn note_request(url: &str, headers: &[(String, String)], body: Option<&[u8]>) {
    let mut secrets = Vec::new();
    for (name, value) in headers {
        match name.to_ascii_lowercase().as_str() {
            "authorization" => secrets.extend(value.split(' ').skip(1).map(essence)),
            "cookie" => {
                secrets.extend(
                    value
                        .split(';')
                        .filter_map(|pair| Some(essence(pair.split_once('=')?.1))),
                );
            }
            _ => {}
        }
    }
    if let Some(Value::Object(body)) = body.and_then(|body| serde_json::from_slice(body).ok()) {
        for name in [
            "email",
            "newEmail",
            "password",
            "currentPassword",
            "newPassword",
            "refreshToken",
            "ticket",
            "challenge",
            "code",
        ] {
            secrets.extend(body.get(name).and_then(Value::as_str).map(essence));
        }
    }
    note(url, secrets);
}

/// Notes what is secret in an answer.
pub(super) fn note_answer(url: &str, answer: &Answer) {
    let mut secrets: Vec<String> = answer.cookies().iter().map(|cookie| essence(&cookie.value)).collect();
    if let Ok(Value::Object(body)) = serde_json::from_str(&answer.text) {
        for name in ["accessToken", "refreshToken", "challenge", "secret", "uri"] {
            secrets.extend(body.get(name).and_then(Value::as_str).map(essence));
        }
    }
    note(url, secrets);
}

/// The signature of a token: a text contains it only if it contains the token. A text that is not a
/// token stays whole.
fn essence(text: &str) -> String {
    text.rsplit('.')
        .next()
        .filter(|part| part.len() >= 40)
        .unwrap_or(text)
        .to_owned()
}

fn note(url: &str, secrets: Vec<String>) {
    let port = url
        .split(':')
        .nth(2)
        .and_then(|rest| rest.split('/').next()?.parse().ok());
    let port: u16 = port.unwrap_or_else(|| panic!("a port in {url}"));
    let secrets = secrets.into_iter().filter(|secret| secret.len() >= MIN_LEN);
    NOTED
        .lock()
        .expect("no panic while it is held")
        .entry(port)
        .or_default()
        .extend(secrets);
}

/// Fails where the server on `port`, whose own secrets are `secrets`, said what it must not.
#[track_caller]
pub(super) fn check(log: &Log, port: u16, secrets: [&str; 2]) {
    let mut forbidden = NOTED
        .lock()
        .expect("no panic while it is held")
        .remove(&port)
        .unwrap_or_default();
    forbidden.extend(secrets.map(str::to_owned));
    forbidden.insert("$2b$".to_owned());
    let holds = |text: &str| forbidden.iter().find(|secret| text.contains(secret.as_str())).cloned();
    for line in log.lines() {
        if !dumps_headers(&line)
            && let Some(secret) = holds(looked_at(&line))
        {
            panic!("`{secret}` is in the log: {line:?}");
        }
        if line.target == "auth_core::audit" {
            has_its_documented_fields(&line);
        }
        if line.target.starts_with("auth_core") {
            assert!(!line.text.contains(char::is_control), "a control character in {line:?}");
        }
    }
    for event in log.handed() {
        let text = format!("{event:?}");
        if let Some(secret) = holds(&text) {
            panic!("`{secret}` was handed to a sink: {text}");
        }
        // A test's own thread, like an operator's command, has no log.
        let told = !log.events(event.kind.as_str()).is_empty() || event.request.is_none();
        assert!(told, "a sink was told more than the log: {text}");
    }
}

/// Rocket's own dump of requests and answers, at a level that a release refuses.
pub fn dumps_headers(line: &Line) -> bool {
    line.level == Level::Debug && line.target == "rocket::server"
}

/// The part of a line that is checked. Rocket's own line for each request has the full address. A
/// client that puts a token into the query string shows it to every log on the way, and the server
/// ignores it.
fn looked_at(line: &Line) -> &str {
    let is_request = line.level == Level::Info && line.target == "rocket::server";
    match line.text.split_once('?') {
        Some((path, _)) if is_request => path,
        _ => &line.text,
    }
}

#[track_caller]
fn has_its_documented_fields(line: &Line) {
    // A `User-Agent` may have spaces.
    let (before, agent) = line.text.split_once("user_agent=\"").unwrap_or((&line.text, ""));
    let (agent, after) = agent.split_once('"').unwrap_or(("", agent));
    let text = format!(
        "{before}{}{}",
        if agent.is_empty() { "" } else { "user_agent=" },
        after.trim_end()
    );
    let mut fields = text
        .split(' ')
        .map(|field| field.split_once('=').unwrap_or((field, "")));
    let (first, event) = fields.next().expect("a split has a part");
    assert_eq!(first, "event", "{line:?}");
    let documented = documented::event(event.trim_matches('"'));
    assert_eq!(line.level.as_str().to_lowercase(), documented.level, "{line:?}");
    let present: Vec<&str> = fields.map(|(name, _)| name).collect();
    for (name, optional) in &documented.fields {
        assert!(
            *optional || present.contains(&name.as_str()),
            "`{name}` is missing in {line:?}"
        );
    }
    for name in present {
        assert!(
            documented.fields.iter().any(|(known, _)| known == name),
            "`{name}` is not documented: {line:?}"
        );
    }
}

// security: Errors, logs, headers: No password, token, cookie or secret in a log at any level
#[test]
fn the_search_for_secrets_finds_them() {
    let url = |port: u16| format!("http://127.0.0.1:{port}/api/auth/login");
    let signature = "an-invented-signature-of-43-characters-0123";
    let token = format!("header.payload.{signature}");
    let body = format!(
        "{{\"password\":\"wren under the eaves\",\"refreshToken\":\"{token}\",\"email\":\"wren@example.com\"}}"
    );
    let line = |level, target: &str, text: &str| Line {
        level,
        target: target.to_owned(),
        text: text.to_owned(),
    };
    let found = |port, line: Line| {
        note_request(
            &url(port),
            &[("Authorization".to_owned(), format!("Bearer {token}"))],
            Some(body.as_bytes()),
        );
        let log = Log::of(vec![line]);
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            check(&log, port, ["server secret one", "server secret two"])
        }));
        checked.is_err()
    };
    for (port, text) in [
        (1, "the password was wren under the eaves"),
        (2, "wren@example.com failed"),
        (3, signature),
        (4, "signed with server secret two"),
        (5, "hash $2b$12$abc"),
    ] {
        assert!(found(port, line(Level::Trace, "hyper::proto", text)), "{text}");
        assert!(found(port, line(Level::Debug, "auth_core::session", text)), "{text}");
    }
    let dump = format!("received request: Authorization: Bearer {token}");
    assert!(
        !found(6, line(Level::Debug, "rocket::server", &dump)),
        "a release refuses this level"
    );
    assert!(!found(
        7,
        line(Level::Info, "rocket::server", &format!("GET /x?token={token}"))
    ));
    assert!(found(
        8,
        line(Level::Info, "rocket::server", &format!("GET /{token}?x"))
    ));
    assert!(!found(9, line(Level::Info, "rocket::server", "POST /api/auth/login")));
    assert!(found(
        10,
        line(Level::Warn, "auth_core::audit", "event=\"login_failed\" email=\"x\"")
    ));
    assert!(found(
        11,
        line(Level::Warn, "auth_core::audit", "event=\"no_such_event\"")
    ));
    assert!(found(12, line(Level::Error, "auth_core::web", "two\nlines")));
}
