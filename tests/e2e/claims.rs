//! Tokens with a good signature and claims that this server would not have written; and the times
//! in them.

use std::time::Duration;

use auth_core::Timestamp;
use serde_json::{Value, json};

use crate::support::{ANN, BOTH, Bench, Kind, Server, Session, manual_clock, parts, sign, texts, with_claims};

// security: Tokens: Access and refresh tokens differ by key, `typ` and claims (2×2)
#[tokio::test]
async fn access_and_refresh_tokens_are_told_apart_by_key_by_type_and_by_claims() {
    let bench = Bench::new().await;
    let header_of = |kind| texts(bench.token(kind)).0;
    let typ_of = |kind| if kind == Kind::Access { "at+jwt" } else { "rt+jwt" };
    for presented_as in BOTH {
        let mut forgeries = Vec::new();
        for (key, kid, typ, claims) in BOTH
            .into_iter()
            .flat_map(|key| BOTH.into_iter().map(move |kid| (key, kid)))
            .flat_map(|(key, kid)| BOTH.into_iter().map(move |typ| (key, kid, typ)))
            .flat_map(|(key, kid, typ)| BOTH.into_iter().map(move |claims| (key, kid, typ, claims)))
        {
            if [key, kid, typ, claims].iter().all(|kind| *kind == presented_as) {
                continue;
            }
            let header = header_of(kid).replace(typ_of(kid), typ_of(typ));
            let token = sign(&header, &texts(bench.token(claims)).1, bench.secret(key));
            forgeries.push((
                format!("key of {key:?}, kid of {kid:?}, typ of {typ:?}, claims of {claims:?}"),
                token,
            ));
        }
        assert_eq!(forgeries.len(), 15);
        bench.refuses(presented_as, forgeries).await;
    }
}

// security: Traps in the versions in use: `jsonwebtoken` skips `iss`, `aud`, `sub` where they are absent or of another type
// security: Traps in the versions in use: CVE-2026-25537: `exp` and `nbf` of a wrong type are skipped before `jsonwebtoken` 10.3
// security: Tokens: All claims are required and of one JSON type
#[tokio::test]
async fn each_claim_is_required_once_and_of_its_type() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let (header, payload) = texts(bench.token(kind));
        let claims: Value = serde_json::from_str(&payload).expect("JSON");
        let claims = claims.as_object().expect("an object");
        let secret = bench.secret(kind);
        let mut forgeries = Vec::new();
        for (name, good) in claims {
            let mut without = claims.clone();
            without.remove(name);
            forgeries.push((
                format!("without {name}"),
                sign(&header, &Value::Object(without).to_string(), secret),
            ));
            let mut wrong = vec![
                json!(null),
                json!({}),
                json!({ "0": good }),
                json!([]),
                json!(true),
                json!(1.5),
            ];
            match good {
                Value::String(text) => wrong.extend([json!(1), json!([text])]),
                Value::Number(number) => {
                    let float = number.as_f64().expect("a number");
                    wrong.extend([
                        json!(number.to_string()),
                        json!([number]),
                        json!(float),
                        json!(u64::MAX),
                    ]);
                }
                _ => wrong.extend([
                    json!("admin"),
                    json!([1]),
                    json!([null]),
                    json!([["admin"]]),
                    json!([{}]),
                    json!(1),
                ]),
            }
            // An empty list of roles is a list of roles.
            wrong.retain(|wrong| !(good.is_array() && *wrong == json!([])));
            for wrong in wrong {
                let mut changed = claims.clone();
                changed.insert(name.clone(), wrong.clone());
                let token = sign(&header, &Value::Object(changed).to_string(), secret);
                forgeries.push((format!("{name} = {wrong}"), token));
            }
            let twice = payload.replacen('{', &format!("{{\"{name}\":{good},"), 1);
            forgeries.push((format!("{name} twice"), sign(&header, &twice, secret)));
        }
        bench.refuses(kind, forgeries).await;
    }
}

// security: Traps in the versions in use: `jsonwebtoken` decodes an array as claims by position
#[tokio::test]
async fn a_payload_that_is_no_object_is_refused() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let (header, payload) = texts(bench.token(kind));
        // A library that reads claims by position takes the values in the order in which they are
        // declared.
        let values = payload
            .trim_matches(['{', '}'])
            .split(',')
            .map(|pair| pair.split_once(':').map_or(pair, |p| p.1));
        let array = format!("[{}]", values.collect::<Vec<_>>().join(","));
        let payloads = [
            array,
            format!("[{payload}]"),
            String::new(),
            "null".to_owned(),
            "1".to_owned(),
            "\"claims\"".to_owned(),
            format!("{payload}{payload}"),
            format!("{payload}x"),
            format!("{payload}\0"),
            format!("\u{feff}{payload}"),
            payload[..payload.len() - 1].to_owned(),
            payload.replacen('}', ",}", 1),
            payload.replace('"', "'"),
        ];
        let sign = |payload: &String| (payload.clone(), sign(&header, payload, bench.secret(kind)));
        bench.refuses(kind, payloads.iter().map(sign).collect()).await;
    }
}

// security: Traps in the versions in use: `jsonwebtoken` skips `iss`, `aud`, `sub` where they are absent or of another type
#[tokio::test]
async fn another_issuer_audience_or_id_is_refused() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let mut forgeries = Vec::new();
        for (name, values) in [
            ("iss", vec!["", "auth-core ", "Auth-Core", "https://evil.example"]),
            ("aud", vec!["", "auth-core,other", "AUTH-CORE", "other"]),
            ("sub", vec!["", "two words", "line\nbreak", "ä"]),
            ("sid", vec!["", "1", "00000000", "not-a-session"]),
        ] {
            for value in values {
                let forged = with_claims(bench.token(kind), bench.secret(kind), |claims| {
                    claims[name] = json!(value)
                });
                forgeries.push((format!("{name} = {value:?}"), forged));
            }
        }
        let other_spelling = with_claims(bench.token(kind), bench.secret(kind), |claims| {
            claims["sid"] = json!(claims["sid"].as_str().expect("text").to_uppercase());
        });
        forgeries.push(("sid in capitals".to_owned(), other_spelling));
        bench.refuses(kind, forgeries).await;
    }
}

// security: Traps in the versions in use: `jsonwebtoken` accepts `exp == now`, `exp = u64::MAX`, and has a leeway of 60 s
// security: Tokens: Boundaries at -1, 0 and +1 s with an injected clock
#[tokio::test]
async fn an_access_token_is_good_until_the_second_before_its_exp() {
    let bench = Bench::new().await;
    let iat = 1_800_000_000;
    for (at, good) in [(iat, true), (iat + 899, true), (iat + 900, false), (iat + 901, false)] {
        // The last millisecond of the second is still that second.
        for millis in [0, 999] {
            bench.clock.set(Timestamp::from_millis(at * 1000 + millis));
            let answer = bench.server.me(&bench.session.access).await;
            if good {
                answer.ok();
            } else {
                answer.refused(401, "token_expired");
            }
        }
    }
}

// security: Tokens: Boundaries at -1, 0 and +1 s with an injected clock
#[tokio::test]
async fn a_refresh_token_is_good_until_the_second_before_its_exp() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .set("sessions.max_age", "1h")
        .set("sessions.idle_timeout", "1h")
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    let exp = parts(&session.refresh).1["exp"].as_i64().expect("whole seconds");
    for (at, expired) in [(exp, true), (exp + 1, true), (exp - 1, false)] {
        clock.set(Timestamp::from_secs(at));
        let answer = server.refresh(&session.refresh).await;
        if expired {
            answer.refused(401, "token_expired");
        } else {
            Session::of(&answer);
        }
    }
}

// security: Tokens: Boundaries at -1, 0 and +1 s with an injected clock
#[tokio::test]
async fn an_iat_may_lie_as_far_in_the_future_as_the_leeway() {
    let bench = Bench::new().await;
    let now = 1_800_000_000;
    for (iat, good) in [(now + 4, true), (now + 5, true), (now + 6, false), (now + 3600, false)] {
        let token = with_claims(&bench.session.access, bench.server.access_secret(), |claims| {
            claims["iat"] = json!(iat);
            claims["exp"] = json!(iat + 900);
        });
        let answer = bench.server.me(&token).await;
        if good {
            answer.ok();
        } else {
            answer.refused(401, "invalid_token");
        }
    }
}

// security: Traps in the versions in use: `jsonwebtoken` accepts `exp == now`, `exp = u64::MAX`, and has a leeway of 60 s
// security: Tokens: `exp - iat` is at most the lifetime
#[tokio::test]
async fn a_token_that_says_it_lives_longer_than_tokens_do_is_refused() {
    let bench = Bench::new().await;
    let now = 1_800_000_000_i64;
    for (iat, exp, good) in [
        (now, now + 900, true),
        (now - 10, now + 890, true),
        (now, now + 1, true),
        (now, now + 901, false),
        (now - 1, now + 900, false),
        (0, now + 900, false),
        (i64::MIN, now + 900, false),
        (now, i64::MAX, false),
        (now + 5, now + 5, false),
        (now + 5, now + 4, false),
    ] {
        let token = with_claims(&bench.session.access, bench.server.access_secret(), |claims| {
            claims["iat"] = json!(iat);
            claims["exp"] = json!(exp);
        });
        let answer = bench.server.me(&token).await;
        if good {
            assert_eq!(answer.status, 200, "{iat}..{exp}");
        } else {
            assert_eq!(answer.status, 401, "{iat}..{exp}");
            answer.refused(401, "invalid_token");
        }
    }
}

// security: Tokens: Detail about a token only after its signature held
#[tokio::test]
async fn that_a_token_is_expired_or_revoked_is_said_only_after_its_signature_held() {
    let bench = Bench::new().await;
    let other = bench.server.sign_in(ANN).await;
    bench
        .server
        .post("/api/auth/logout")
        .bearer(&other.access)
        .await
        .no_content();
    bench
        .server
        .me(&spoiled(&other.access))
        .await
        .refused(401, "invalid_token");
    bench
        .server
        .refresh(&spoiled(&other.refresh))
        .await
        .refused(401, "invalid_token");
    bench.clock.advance(Duration::from_secs(31 * 24 * 3600));
    bench
        .server
        .me(&bench.session.access)
        .await
        .refused(401, "token_expired");
    bench
        .server
        .me(&spoiled(&bench.session.access))
        .await
        .refused(401, "invalid_token");
    bench
        .server
        .refresh(&bench.session.refresh)
        .await
        .refused(401, "token_expired");
    bench
        .server
        .refresh(&spoiled(&bench.session.refresh))
        .await
        .refused(401, "invalid_token");
    // Nor of a good signature under claims that are not ours.
    let elsewhere = with_claims(&bench.session.access, bench.server.access_secret(), |claims| {
        claims["aud"] = json!("x")
    });
    bench.server.me(&elsewhere).await.refused(401, "invalid_token");
}

/// The token with the middle of its signature changed.
fn spoiled(token: &str) -> String {
    let (signed, mac) = token.rsplit_once('.').expect("three parts");
    let other = if mac.as_bytes()[20] == b'A' { "B" } else { "A" };
    format!("{signed}.{}{other}{}", &mac[..20], &mac[21..])
}
