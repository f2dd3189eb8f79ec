//! What a monitor sees of the program, and that it is what the documents say.

use std::collections::{BTreeMap, BTreeSet};

use auth_core::__internal::METRICS;
use serde_json::{Value, json};
use tests::client::{Client, block_on};
use tests::process::{Place, Server};

const PASSWORD: &str = "purple monkey dishwasher";
const TOKEN: &str = "q7Yx0vN3kRz8bTf1LwPd5HsJm2Gc9AeU";

fn place() -> Place {
    let place = Place::release().with("METRICS_TOKEN", TOKEN);
    for (email, role) in [("ann@example.com", "admin"), ("vic@example.com", "viewer")] {
        let added = place.run(&["user", "add", email, "--role", role], PASSWORD);
        assert!(added.status.success(), "{added:?}");
    }
    place
}

/// The status and the text of `/metrics`.
async fn scrape(server: &Server, token: Option<&str>) -> (u16, String) {
    let request = reqwest::Client::new().get(format!("{}/metrics", server.url));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

/// The series by name and labels, as they are written.
async fn series(server: &Server) -> BTreeMap<String, f64> {
    let (status, text) = scrape(server, Some(TOKEN)).await;
    assert_eq!(status, 200, "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let series = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').expect("a value");
        (name.to_owned(), value.parse().expect("a number"))
    });
    series.collect()
}

#[test]
fn every_series_is_there_at_the_first_scrape() {
    let server = place().serve();
    let seen = block_on(series(&server));
    for metric in METRICS {
        let name = match metric.kind.as_str() {
            "histogram" => format!("{}_count", metric.name),
            _ => metric.name.to_owned(),
        };
        let wanted: Vec<String> = match metric.label {
            Some(label) => {
                let values = label.values.iter();
                values
                    .map(|value| format!("{name}{{{}=\"{value}\"}}", label.name))
                    .collect()
            }
            None => vec![name],
        };
        let missing: Vec<_> = wanted.iter().filter(|series| !seen.contains_key(*series)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn what_clients_do_is_what_the_monitor_counts() {
    let place = place();
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let before = series(&server).await;
        let first = client.sign_in("vic@example.com", PASSWORD).await;
        let wrong = json!({ "email": "vic@example.com", "password": "not the password" });
        for _ in 0..2 {
            assert_eq!(client.post("/api/auth/login", &wrong).await.expect("an answer").0, 401);
        }
        let second = tests::client::pair(&client.refresh(&first.refresh).await.expect("an answer").1);
        let third = tests::client::pair(&client.refresh(&second.refresh).await.expect("an answer").1);
        assert_eq!(client.get("/api/admin", &third.access).await.0, 403);
        assert_eq!(client.get("/api/users/me", "nonsense").await.0, 401);
        // The first token was replaced twice: its session ends.
        assert_eq!(client.refresh(&first.refresh).await.expect("an answer").0, 401);
        assert_eq!(client.refresh("nonsense").await.expect("an answer").0, 401);
        let again = client.sign_in("vic@example.com", PASSWORD).await;
        let out = json!({ "refreshToken": again.refresh });
        assert_eq!(client.post("/api/auth/logout", &out).await.expect("an answer").0, 204);

        let after = series(&server).await;
        let grew = |name: &str| {
            let (before, after) = (before.get(name), after.get(name));
            after.unwrap_or_else(|| panic!("{name}")) - before.unwrap_or_else(|| panic!("{name} at launch"))
        };
        for (name, by) in [
            (r#"auth_sign_ins_total{outcome="succeeded"}"#, 2.0),
            (r#"auth_sign_ins_total{outcome="failed"}"#, 2.0),
            (r#"auth_sign_ins_total{outcome="throttled"}"#, 0.0),
            (r#"auth_refreshes_total{outcome="rotated"}"#, 2.0),
            (r#"auth_refreshes_total{outcome="reused"}"#, 1.0),
            (r#"auth_refreshes_total{outcome="invalid_token"}"#, 1.0),
            (r#"auth_refreshes_total{outcome="session_revoked"}"#, 0.0),
            (r#"auth_refusals_total{code="insufficient_role"}"#, 1.0),
            (r#"auth_refusals_total{code="invalid_credentials"}"#, 2.0),
            (r#"auth_refusals_total{code="refresh_reuse"}"#, 1.0),
            (r#"auth_refusals_total{code="invalid_token"}"#, 2.0),
            (r#"auth_sessions_ended_total{reason="reuse"}"#, 1.0),
            (r#"auth_sessions_ended_total{reason="logout"}"#, 1.0),
            (r#"auth_store_errors_total{operation="rotate"}"#, 0.0),
        ] {
            assert_eq!(grew(name), by, "{name}");
        }
        for name in [
            r#"auth_store_seconds_count{operation="rotate"}"#,
            r#"auth_store_seconds_bucket{operation="rotate",le="2.5"}"#,
        ] {
            assert_eq!(after.get(name), Some(&3.0), "{name}");
        }
        assert!(after["auth_verification_seconds_count"] >= 1.0);
        assert_eq!(after["auth_hashes_running"], 0.0);
        assert!(after["auth_feed_age_seconds"] < 60.0);
    });
}

#[test]
fn metrics_are_for_the_monitors_secret_and_for_admins() {
    let place = place();
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        let admin = client.sign_in("ann@example.com", PASSWORD).await;
        let viewer = client.sign_in("vic@example.com", PASSWORD).await;
        let longer = format!("{TOKEN}x");
        for (token, status) in [
            (Some(TOKEN), 200),
            (Some(admin.access.as_str()), 200),
            (Some(viewer.access.as_str()), 403),
            (Some(&TOKEN[1..]), 401),
            (Some(&longer), 401),
            (None, 401),
        ] {
            assert_eq!(scrape(&server, token).await.0, status);
        }
        assert!(!server.log().contains(TOKEN));
    });
}

#[test]
fn a_weak_secret_for_the_monitor_refuses_to_start_and_is_not_said() {
    let place = Place::release();
    for weak in ["", "short-one", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let started = place.clone().with("METRICS_TOKEN", weak).run(&[], "");
        assert_eq!(started.status.code(), Some(1), "{weak:?}");
        let said = String::from_utf8_lossy(&started.stderr).into_owned();
        assert!(
            said.contains("METRICS_TOKEN") && said.trim_end().lines().count() == 1,
            "{said}"
        );
        assert!(weak.is_empty() || !said.contains(weak), "{said}");
    }
}

/// `auth_…` names with the endings that Prometheus adds cut off.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    let names = words.filter(|word| word.starts_with("auth_")).map(|word| {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| word.strip_suffix(end).filter(|base| known(base)));
        base.unwrap_or(word).to_owned()
    });
    names.collect()
}

fn known(name: &str) -> bool {
    METRICS.iter().any(|metric| metric.name == name)
}

#[test]
fn every_series_is_of_a_metric_of_the_table_and_has_its_label_values_only() {
    let place = place();
    let server = place.serve();
    block_on(async {
        let client = Client::of(&server);
        client.sign_in("vic@example.com", PASSWORD).await;
        let seen = series(&server).await;
        for name in seen.keys() {
            let (name, labels) = name.split_once('{').unwrap_or((name, ""));
            let base = names(name).pop_first().expect("a name of ours");
            let metric = METRICS.iter().find(|metric| metric.name == base);
            let metric = metric.unwrap_or_else(|| panic!("{name}"));
            for label in labels
                .trim_end_matches('}')
                .split(',')
                .filter(|label| !label.is_empty())
            {
                let (label, value) = label.split_once('=').expect("a value");
                let value = value.trim_matches('"');
                let ours = metric.label.filter(|ours| ours.name == label);
                assert!(
                    label == "le" || ours.is_some_and(|ours| ours.values.contains(&value)),
                    "{name} {label} {value}"
                );
            }
        }
        let counters = METRICS.iter().filter(|metric| metric.name.ends_with("_total"));
        for counter in counters {
            let values = counter.label.map_or(1, |label| label.values.len());
            let here = seen
                .keys()
                .filter(|name| name.split('{').next() == Some(counter.name))
                .count();
            assert_eq!(here, values, "{}", counter.name);
        }
    });
}

/// A row of `docs/metrics.md`: name, type, label with values, unit.
fn documented() -> Vec<[String; 4]> {
    let text = include_str!("../../docs/metrics.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| name |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 8, "{row}");
        assert!(
            cells[5].len() > 10 && cells[6].len() > 10,
            "a meaning and an alert: {row}"
        );
        [cells[1], cells[2], cells[3], cells[4]].map(|cell| cell.replace('`', ""))
    });
    cells.collect()
}

#[test]
fn the_document_has_a_row_for_every_metric_and_no_other() {
    let rows = documented();
    for [name, ..] in &rows {
        assert!(known(name), "{name} is no metric");
    }
    for metric in METRICS {
        let mut found = rows.iter().filter(|[name, ..]| name == metric.name);
        let [_, kind, label, unit] = found.next().unwrap_or_else(|| panic!("{} has no row", metric.name));
        assert_eq!(found.next(), None, "{}", metric.name);
        assert_eq!(
            (kind.as_str(), unit.as_str()),
            (metric.kind.as_str(), metric.unit),
            "{}",
            metric.name
        );
        let said = match metric.label {
            // The same values as of another metric may be said by its name.
            Some(ours) if label.contains("as for") => {
                let other = METRICS.iter().find(|other| label.ends_with(other.name));
                assert_eq!(other.and_then(|other| other.label), Some(ours), "{label}");
                continue;
            }
            Some(label) => format!("{}: {}", label.name, label.values.join(" ")),
            None => String::new(),
        };
        assert_eq!(*label, said, "{}", metric.name);
    }
}

#[test]
fn the_dashboard_draws_every_metric_and_no_other() {
    let dashboard: Value =
        serde_json::from_str(include_str!("../../docs/grafana/dashboard.json")).expect("the dashboard is JSON");
    let mut drawn = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().expect("targets") {
            drawn.extend(names(target["expr"].as_str().expect("an expression")));
        }
    }
    let all: BTreeSet<String> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    assert_eq!(drawn, all);
}
