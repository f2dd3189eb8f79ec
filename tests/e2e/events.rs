//! Security events: as `docs/events.md` has them, in the log and in an application's sinks, each
//! with its request.

use std::sync::{Arc, Mutex};

use auth_core::audit::{Event, EventKind, RequestId};
use auth_core::session::{ClientInfo, SessionError};
use auth_core::{Auth, AuthError, SecretString, guarded_routes, public};
use rocket::get;
use rocket_app::role::AppRole;
use serde_json::json;

use crate::support::{ANN, Level, Server, Session, VIC, documented, parts};

/// The value of a field in a line of the log.
fn field<'l>(text: &'l str, name: &str) -> Option<&'l str> {
    let mut fields = text.split(' ').filter_map(|field| field.split_once('='));
    fields
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim_matches('"'))
}

// security: Errors, logs, headers: Events with user, session, source and request id
#[test]
fn the_table_in_the_docs_lists_every_event_with_its_level_and_no_other() {
    let documented: Vec<(&str, &str)> = documented::events()
        .iter()
        .map(|event| (event.name.as_str(), event.level.as_str()))
        .collect();
    let known: Vec<(&str, String)> = EventKind::ALL
        .iter()
        .map(|kind| (kind.as_str(), kind.level().as_str().to_lowercase()))
        .collect();
    let mut documented_sorted: Vec<(&str, String)> = documented
        .into_iter()
        .map(|(name, level)| (name, level.to_owned()))
        .collect();
    let mut known_sorted = known;
    documented_sorted.sort();
    known_sorted.sort();
    assert_eq!(documented_sorted, known_sorted);
}

// security: Errors, logs, headers: Events with user, session, source and request id
#[tokio::test]
async fn a_sink_is_handed_every_event_typed_with_user_session_source_and_request() {
    let server = Server::options().set("throttle.account_per_minute", 2).start().await;
    let (ann, vic) = (server.id_of(ANN).await, server.id_of(VIC).await);
    let first = server.sign_in(ANN).await;
    let sid = parts(&first.access).1["sid"].as_str().expect("text").to_owned();
    let second = Session::of(&server.refresh(&first.refresh).await);
    Session::of(&server.refresh(&second.refresh).await);
    server.refresh(&first.refresh).await.refused(401, "refresh_reuse");
    let viewer = server.sign_in(VIC).await;
    server
        .get("/api/admin")
        .bearer(&viewer.access)
        .await
        .refused(403, "insufficient_role");
    server.get("/api/admin").await.refused(401, "missing_token");
    let wrong = json!({ "email": ANN.email, "password": "a wrong password" });
    for status in [401, 401, 429] {
        assert_eq!(server.post("/api/auth/login").json(&wrong).await.status, status);
    }
    let change = json!({ "currentPassword": "a wrong password", "newPassword": "three quiet lanterns" });
    for (status, code) in [
        (401, "invalid_credentials"),
        (401, "invalid_credentials"),
        (429, "too_many_attempts"),
    ] {
        let answer = server
            .post("/api/auth/password")
            .bearer(&viewer.access)
            .json(&change)
            .await;
        answer.refused(status, code);
    }
    let foreign = server
        .post("/api/auth/login")
        .header("Sec-Fetch-Site", "cross-site")
        .json(&ANN.login())
        .await;
    foreign.refused(403, "csrf_rejected");
    server
        .post("/api/auth/logout")
        .bearer(&viewer.access)
        .await
        .no_content();

    let handed = server.log.handed();
    let told: Vec<&str> = handed.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        told,
        [
            "token_created",
            "login_succeeded",
            "token_refreshed",
            "token_refreshed",
            "refresh_reuse",
            "session_revoked",
            "token_created",
            "login_succeeded",
            "authorization_denied",
            "authorization_denied",
            "login_failed",
            "login_failed",
            "login_throttled",
            "password_change_failed",
            "password_change_failed",
            "login_throttled",
            "csrf_rejected",
            "session_revoked",
        ]
    );
    for event in &handed {
        assert_eq!(
            event.source.map(|ip| ip.to_string()).as_deref(),
            Some("127.0.0.1"),
            "{event:?}"
        );
        assert!(event.request.is_some(), "{event:?}");
        // As in the log, line by line.
        let request = event.request.as_ref().map(RequestId::as_str);
        let lines = server.log.events(event.kind.as_str());
        assert!(
            lines.iter().any(|line| field(&line.text, "request") == request),
            "{event:?} in {lines:?}"
        );
    }
    for event in &handed[..6] {
        assert_eq!(event.user.as_ref(), Some(&ann), "{event:?}");
        assert_eq!(event.session.map(|id| id.to_string()).as_ref(), Some(&sid), "{event:?}");
    }
    assert_eq!(handed[8].user.as_ref(), Some(&vic));
    assert_eq!(handed[8].code, Some("insufficient_role"));
    assert_eq!(handed[8].route.as_deref(), Some("/api/admin"));
    assert_eq!((handed[9].user.as_ref(), handed[9].code), (None, Some("missing_token")));
    assert!(handed[13].session.is_some() && handed[15].user.as_ref() == Some(&vic));
    assert_eq!(handed[17].user.as_ref(), Some(&vic));
    // One request, one id; another request, another.
    assert_eq!(handed[0].request, handed[1].request);
    assert_ne!(handed[1].request, handed[2].request);
    assert_eq!(handed[4].request, handed[5].request);
}

// security: Errors, logs, headers: A failed sign-in does not tell the e-mail
#[tokio::test]
async fn a_failed_sign_in_names_its_account_by_a_tag_and_never_by_its_email() {
    let server = Server::start().await;
    for email in [ANN.email, "  ANN@example.com ", "nobody.at.all@example.com"] {
        let body = json!({ "email": email, "password": "a wrong password" });
        server
            .post("/api/auth/login")
            .json(&body)
            .await
            .refused(401, "invalid_credentials");
    }
    let lines = server.log.events("login_failed");
    let pseudonyms: Vec<Option<&str>> = lines.iter().map(|line| field(&line.text, "account")).collect();
    let pseudonym = |email| server.auth.account_pseudonym(email).to_string();
    let (ann, nobody) = (pseudonym(ANN.email), pseudonym("nobody.at.all@example.com"));
    assert_eq!(
        pseudonyms,
        [Some(ann.as_str()), Some(ann.as_str()), Some(nobody.as_str())]
    );
    assert_ne!(ann, nobody);
    // Known and unknown leave the same trace.
    let names = |text: &str| {
        text.split(' ')
            .map(|f| f.split('=').next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&lines[0].text), names(&lines[2].text));
    assert!(
        server
            .log
            .lines()
            .iter()
            .all(|line| !line.text.to_lowercase().contains("ann@example"))
    );
}

#[tokio::test]
async fn tags_of_accounts_last_under_a_key_of_ones_own_and_die_with_the_process_without_one() {
    let key = "0f6b1d6c8a2e47f39f14c0a57d3b9e82-audit";
    let one = Server::options().set("audit_pseudonym_key", key).start().await;
    let other = one.another().set("audit_pseudonym_key", key).start().await;
    assert_eq!(
        one.auth.account_pseudonym(ANN.email),
        other.auth.account_pseudonym(ANN.email)
    );
    let without = one.another().start().await;
    assert_ne!(
        one.auth.account_pseudonym(ANN.email),
        without.auth.account_pseudonym(ANN.email)
    );
}

// security: Errors, logs, headers: A sink cannot hurt a request
#[tokio::test]
async fn a_sink_that_panics_hurts_neither_the_request_nor_another_sink() {
    let server = Server::options()
        .audit(|_: &Event| std::panic::resume_unwind(Box::new("mine")))
        .start()
        .await;
    let panics = || server.log.with("an audit sink panicked").len();
    let before = panics();
    let session = server.sign_in(ANN).await;
    server.get("/api/admin").bearer("x").await.refused(401, "invalid_token");
    server.me(&session.access).await.ok();
    let told: Vec<EventKind> = server.log.handed().iter().map(|event| event.kind).collect();
    assert_eq!(
        told,
        [
            EventKind::TokenCreated,
            EventKind::LoginSucceeded,
            EventKind::AuthorizationDenied
        ],
        "the sink behind it"
    );
    assert_eq!(panics() - before, 3);
}

#[tokio::test]
async fn the_fairing_hands_events_to_the_sink_that_it_was_given() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let told = Arc::clone(&told);
        move |event: &Event| told.lock().expect("no panic while it is held").push(event.kind)
    };
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite://{}", folder.path().join("auth.db").display());
    let figment = rocket::figment::Figment::from(rocket::Config::debug_default()).merge(("auth.store", store));
    let rocket = rocket::custom(figment).attach(Auth::builder::<AppRole>().audit(sink).fairing());
    let client = rocket::local::asynchronous::Client::tracked(rocket)
        .await
        .expect("it ignites");
    client.get("/api/auth/sessions").dispatch().await;
    assert_eq!(
        *told.lock().expect("no panic while it is held"),
        [EventKind::AuthorizationDenied]
    );
}

#[public("for the test")]
#[get("/id")]
fn id(id: &RequestId) -> String {
    id.to_string()
}

#[public("for the test")]
#[get("/id-twice")]
fn id_twice(one: &RequestId, other: &RequestId) -> String {
    format!("{}", one == other)
}

#[tokio::test]
async fn a_request_has_one_id_of_its_own_that_a_handler_gets_as_a_parameter() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![id, id_twice]))
        .start()
        .await;
    let (one, other) = (
        server.get("/app/id").await.ok().text.clone(),
        server.get("/app/id").await.ok().text.clone(),
    );
    assert!(one.len() == 32 && one.bytes().all(|b| b.is_ascii_hexdigit()), "{one}");
    assert_ne!(one, other);
    assert_eq!(server.get("/app/id-twice").await.ok().text, "true");
    // Without a trusted proxy the server ignores the header.
    let named = server.get("/app/id").header("X-Request-Id", "mine").await;
    assert_ne!(named.text, "mine");
}

// security: Errors, logs, headers: A request id is taken from a trusted proxy only
#[tokio::test]
async fn a_trusted_proxys_id_is_taken_where_it_is_fit_for_a_log() {
    let options = Server::options()
        .set("request_id_header", "X-Request-Id")
        .set("trusted_proxies", vec!["127.0.0.1"])
        .extended(|rocket| rocket.mount("/app", guarded_routes![id]));
    let server = options.start().await;
    let ask = |name: &str| server.get("/app/id").header("X-Request-Id", name);
    assert_eq!(ask("edge-7.a_B").await.ok().text, "edge-7.a_B");
    for unfit in ["a b", "a=b", "a\"b", "", &"x".repeat(65), "\u{e9}"] {
        assert_eq!(ask(unfit).await.ok().text.len(), 32, "{unfit:?}");
    }
    assert_eq!(ask("one").header("X-Request-Id", "two").await.ok().text.len(), 32);
    server
        .get("/api/admin")
        .header("X-Request-Id", "edge-8")
        .await
        .refused(401, "missing_token");
    let lines = server.log.events("authorization_denied");
    assert_eq!(field(&lines[0].text, "request"), Some("edge-8"));
}

// security: Errors, logs, headers: A request id is taken from a trusted proxy only
#[tokio::test]
async fn another_peers_id_is_not_taken() {
    let options = Server::options()
        .set("request_id_header", "X-Request-Id")
        .set("trusted_proxies", vec!["192.0.2.1"])
        .extended(|rocket| rocket.mount("/app", guarded_routes![id]));
    let server = options.start().await;
    assert_eq!(
        server
            .get("/app/id")
            .header("X-Request-Id", "mine")
            .await
            .ok()
            .text
            .len(),
        32
    );
}

// security: Errors, logs, headers: Fixed bodies, no library's text
#[tokio::test]
async fn why_a_request_failed_is_in_the_log_once_with_its_id_and_on_one_line() {
    async fn never(_: &rocket::Request<'_>) -> Result<bool, String> {
        Err("the ledger\nERROR auth_core: is \u{1b}[31mopen".to_owned())
    }
    #[auth_core::require_role(any(AppRole::Admin, never_allows()))]
    #[get("/ledger")]
    fn ledger() -> &'static str {
        "gold"
    }
    async fn never_allows(_: &auth_core::User<AppRole>, request: &rocket::Request<'_>) -> Result<bool, String> {
        never(request).await
    }
    use rocket_app::role::AppRole;
    let options = Server::options()
        .set("request_id_header", "X-Request-Id")
        .set("trusted_proxies", vec!["127.0.0.1"])
        .extended(|rocket| rocket.mount("/app", guarded_routes![ledger]));
    let server = options.start().await;
    let vic = server.sign_in(VIC).await;
    let answer = server
        .get("/app/ledger")
        .bearer(&vic.access)
        .header("X-Request-Id", "edge-9")
        .await;
    answer.refused(503, "unavailable");
    assert!(!answer.text.contains("ledger"), "{answer:?}");
    let told = server.log.with("the ledger");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].text.contains("edge-9") && told[0].text.contains("the ledger\\nERROR"),
        "{told:?}"
    );

    server.execute("ALTER TABLE auth_sessions RENAME TO gone");
    let answer = server.refresh(&vic.refresh).await;
    answer.refused(503, "unavailable");
    let told: Vec<_> = server
        .log
        .errors()
        .into_iter()
        .filter(|line| line.text.contains("auth_sessions"))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].text.contains("request="), "{told:?}");
}

#[tokio::test]
async fn a_request_that_is_let_in_leaves_no_line_of_ours_at_any_level() {
    let server = Server::options().with_access_cookie().start().await;
    let browser = server.browser();
    let access = browser.sign_in(ANN).await.cookie("access_token").value;
    let ours = || {
        let lines = server.log.lines().into_iter();
        lines.filter(|line| line.target.starts_with("auth_core")).count()
    };
    let before = ours();
    for _ in 0..10 {
        server.get("/api/admin").bearer(&access).await.ok();
        server.get("/api/users/me").bearer(&access).await.ok();
        browser.get("/dashboard").await.ok();
    }
    assert_eq!(ours(), before, "{:?}", server.log.lines());
    assert_eq!(server.log.handed().len(), 2, "the sign-in's");
}

// security: Traps in the versions in use: `bcrypt` obeys a stored cost, however mad
#[tokio::test]
async fn a_refusal_that_needs_an_operator_is_an_error_and_others_are_not() {
    let server = Server::start().await;
    server.execute(
        "UPDATE auth_accounts SET password_hash = '$2b$31$abcdefghijklmnopqrstuuJ3r3tU7Gr7N7lYxFXk5m3Z1m5n1Q8m2'",
    );
    server
        .post("/api/auth/login")
        .json(&ANN.login())
        .await
        .refused(401, "invalid_credentials");
    let alarm = server.log.events("password_hash_unusable");
    assert_eq!(alarm.len(), 1);
    assert_eq!(alarm[0].level, Level::Error);
    let user = server.id_of(ANN).await;
    assert_eq!(field(&alarm[0].text, "user"), Some(user.as_str()));
    assert_eq!(server.log.events("login_failed")[0].level, Level::Warn);
}

/// What an application's own handler answers goes the same way.
#[public("for the test")]
#[get("/refuse")]
fn refuse() -> Result<(), AuthError> {
    Err(AuthError::insufficient_role())
}

#[tokio::test]
async fn a_refusal_of_a_handler_has_body_and_headers_of_a_guards() {
    let server = Server::options()
        .extended(|rocket| rocket.mount("/app", guarded_routes![refuse]))
        .start()
        .await;
    server.get("/app/refuse").await.refused(403, "insufficient_role");
}

/// By an operator, or by a page for admins, which says who asked.
#[tokio::test]
async fn what_is_done_to_an_account_is_told_with_who_asked() {
    let server = Server::start().await;
    let mut client = ClientInfo::default();
    client.ip = Some("192.0.2.7".parse().expect("an address"));
    client.user_agent = Some("Browser 1\u{7}\u{202e}".to_owned());
    let accounts = server.auth.accounts().asked_by(&client);
    let password = || SecretString::new("four loud lighthouses");
    let bo = accounts
        .create("bo@example.com", password(), [AppRole::Viewer])
        .await
        .expect("a user");
    accounts.set_roles(&bo, [AppRole::Editor]).await.expect("it is changed");
    accounts
        .set_roles(&bo, [AppRole::Editor])
        .await
        .expect("it is the same");
    accounts.set_email(&bo, "bob@example.com").await.expect("it is free");
    accounts.disable(&bo).await.expect("it is there");
    accounts.enable(&bo).await.expect("it is there");
    accounts.enable(&bo).await.expect("it is enabled already");
    accounts.set_password(&bo, password()).await.expect("it is there");
    let proven = accounts
        .prove_password(&bo, password(), &client)
        .await
        .expect("it is right");
    assert_eq!(proven.email, "bob@example.com");
    let wrong = SecretString::new("five loud lighthouses");
    let refused = accounts
        .prove_password(&bo, wrong, &client)
        .await
        .expect_err("it is wrong");
    assert!(matches!(refused, SessionError::InvalidCredentials), "{refused:?}");
    accounts.delete(&bo).await.expect("it is there");

    let handed = server.log.handed();
    let told: Vec<&str> = handed.iter().map(|event| event.kind.as_str()).collect();
    let expected = [
        "account_created",
        "roles_changed",
        "email_changed",
        "account_disabled",
        "sessions_revoked",
        "account_enabled",
        "password_reset",
        "sessions_revoked",
        "reauthentication_failed",
        "account_deleted",
        "sessions_revoked",
    ];
    assert_eq!(told, expected);
    for event in &handed {
        assert_eq!(event.user.as_ref(), Some(&bo), "{event:?}");
        assert_eq!(event.source, client.ip, "{event:?}");
        assert_eq!(event.user_agent.as_deref(), Some("Browser 1\\u{202e}"), "{event:?}");
    }
}
