//! The log as JSON.

use serde_json::{Value, json};
use tests::client::{Client, block_on};
use tests::process::Place;

const PASSWORD: &str = "purple monkey dishwasher";

#[test]
fn with_json_every_line_is_an_object_and_none_holds_a_secret() {
    let place = Place::release().with("ROCKET_LOGS", r#"{format="json"}"#);
    let added = place.run(&["user", "add", "vic@example.com", "--role", "viewer"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    let server = place.serve();
    let secrets = block_on(async {
        let client = Client::of(&server);
        let first = client.sign_in("vic@example.com", PASSWORD).await;
        let second = tests::client::pair(&client.refresh(&first.refresh).await.expect("an answer").1);
        assert_eq!(client.get("/api/admin", &second.access).await.0, 403);
        let wrong = json!({ "email": "a\u{1b}[2J\n{\"level\":\"error\"}", "password": "not the password" });
        assert_eq!(client.post("/api/auth/login", &wrong).await.expect("an answer").0, 401);
        [
            first.access,
            first.refresh,
            second.access,
            second.refresh,
            PASSWORD.to_owned(),
        ]
    });
    let (status, log) = server.signal("TERM");
    assert!(status.success(), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        for field in ["time", "level", "target", "message"] {
            let is_event = line["event"].is_string();
            assert!(
                line[field].is_string() || (field == "message" && is_event),
                "{field} of {line}"
            );
        }
    }
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret}");
    }
    assert!(
        !log.contains('\u{1b}') && !log.contains("\\u001b"),
        "no colours, no control characters:\n{log}"
    );
    let events = |name: &str| lines.iter().filter(move |line| line["event"] == name).count();
    for (event, count) in [
        ("login_succeeded", 1),
        ("token_refreshed", 1),
        ("authorization_denied", 1),
        ("login_failed", 1),
    ] {
        assert_eq!(events(event), count, "{event}:\n{log}");
    }
    let refreshed = lines
        .iter()
        .find(|line| line["event"] == "token_refreshed")
        .expect("it is there");
    assert_eq!(refreshed["outcome"], "rotated");
    assert_eq!(refreshed["target"], "auth_core::audit");
    assert_eq!(refreshed["level"], "info");
    assert!(
        refreshed["user"].is_string() && refreshed["request"].is_string(),
        "{refreshed}"
    );
}

#[test]
fn another_format_refuses_to_start_and_names_the_setting() {
    for wrong in [r#"{format="xml"}"#, r#"{fromat="json"}"#, "json"] {
        let started = Place::release().with("ROCKET_LOGS", wrong).run(&[], "");
        assert_eq!(started.status.code(), Some(1), "{wrong}");
        let said = String::from_utf8_lossy(&started.stderr).into_owned();
        assert!(
            said.contains("`logs`") && said.trim_end().lines().count() == 1,
            "{said}"
        );
    }
}
