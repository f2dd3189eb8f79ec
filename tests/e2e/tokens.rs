//! Tokens whose header, signature or spelling is forged. Each forgery is one step away from a good
//! token, and every one gets the same answer. The answer tells nothing about a token that this
//! server could not have written.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::support::{ANN, BOTH, Bench, Kind, Server, Session, parts, sign, sign_encoded, texts, with_claims};

#[tokio::test]
async fn a_token_put_together_by_hand_is_accepted_or_no_refusal_here_means_anything() {
    for kind in BOTH {
        let bench = Bench::new().await;
        let (header, payload) = texts(bench.token(kind));
        bench
            .present(kind, &sign(&header, &payload, bench.secret(kind)))
            .await
            .ok();
        // The clock stands still: the same parent gives its successor again.
        let changed = with_claims(bench.token(kind), bench.secret(kind), |claims| {
            claims["jti"] = json!("another")
        });
        bench.present(kind, &changed).await.ok();
    }
}

// security: Traps in the versions in use: `jsonwebtoken` ignores `crit`, `b64` and `typ` in a header
// security: Tokens: One algorithm per key: `none`, other algorithms, unknown `kid`, embedded or remote keys are refused
#[tokio::test]
async fn only_the_header_that_this_ring_writes_is_accepted() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let (header, payload) = texts(bench.token(kind));
        let own: Value = serde_json::from_str(&header).expect("JSON");
        let (typ, kid) = (own["typ"].as_str().expect("text"), own["kid"].as_str().expect("text"));
        let mut headers = vec![
            format!(r#"{{"alg":"HS256","typ":"{typ}","kid":"{kid}"}}"#),
            format!(r#"{{"kid":"{kid}","typ":"{typ}","alg":"HS256"}}"#),
            format!("{header} "),
            header.replace(':', ": "),
            header.replace("HS256", "hs256"),
            header.replace("HS256", "HS384"),
            header.replace("HS256", "RS256"),
            header.replace("HS256", "none"),
            header.replace(typ, "JWT"),
            header.replace(typ, &typ.to_uppercase()),
            header.replace(typ, &format!("application/{typ}")),
            header.replace(kid, "another"),
            header.replace(kid, "../../../../dev/null"),
            header.replace(kid, "' OR 1=1 --"),
            header.replace(kid, ""),
            r#"{"alg":"HS256"}"#.to_owned(),
            format!(r#"{{"typ":"{typ}","alg":"HS256"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#),
            "{}".to_owned(),
            "[]".to_owned(),
            "null".to_owned(),
            String::new(),
        ];
        for member in [
            r#""crit":["b64"],"b64":false"#,
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""b64":false"#,
            r#""alg":"none""#,
            r#""alg":"HS256""#,
            r#""jwk":{"kty":"oct","k":"AAAA"}"#,
            r#""jku":"http://127.0.0.1:9/keys""#,
            r#""x5u":"http://127.0.0.1:9/cert""#,
            r#""cty":"JWT""#,
            r#""zip":"DEF""#,
        ] {
            headers.push(header.replacen('}', &format!(",{member}}}"), 1));
            headers.push(header.replacen('{', &format!("{{{member},"), 1));
        }
        let sign = |header: &String| (header.clone(), sign(header, &payload, bench.secret(kind)));
        bench.refuses(kind, headers.iter().map(sign).collect()).await;
    }
}

// security: Tokens: A token without its signature is refused
#[tokio::test]
async fn a_token_without_its_signature_is_refused() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let token = bench.token(kind);
        let (header, payload) = texts(token);
        let (signed, mac) = token.rsplit_once('.').expect("three parts");
        let payload_only = signed.split_once('.').expect("two parts").1;
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let mut forgeries: Vec<(String, String)> = ["none", "None", "NONE", "nOnE"]
            .iter()
            .flat_map(|none| {
                let none = header.replace("HS256", none);
                let signed = format!("{}.{}", encode(&none), encode(&payload));
                [format!("{signed}."), signed.clone(), format!("{signed}.{mac}")]
            })
            .map(|token| ("alg none".to_owned(), token))
            .collect();
        let cut = &mac[..mac.len() - 1];
        for token in [
            format!("{signed}."),
            signed.to_owned(),
            format!("{signed}.{cut}"),
            format!("{signed}.{}", &mac[..20]),
            format!("{signed}.AA"),
            format!("{signed}.{mac}{mac}"),
            format!("{signed}.{mac}.{mac}"),
            format!("{signed}..{mac}"),
            format!(".{payload_only}.{mac}"),
            format!("{}..{mac}", signed.split_once('.').expect("two parts").0),
            "..".to_owned(),
            ".".to_owned(),
            "x".to_owned(),
        ] {
            forgeries.push((token.clone(), token));
        }
        bench.refuses(kind, forgeries).await;
    }
}

// security: Tokens: One algorithm per key: `none`, other algorithms, unknown `kid`, embedded or remote keys are refused
#[tokio::test]
async fn a_token_of_another_key_or_another_hash_is_refused() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let (header, payload) = texts(bench.token(kind));
        let (claims, secret) = (
            serde_json::from_str::<Value>(&payload).expect("JSON"),
            bench.secret(kind),
        );
        let own: Value = serde_json::from_str(&header).expect("JSON");
        let mut forgeries: Vec<(String, String)> = [
            "",
            "secret",
            &secret[1..],
            &secret.to_uppercase(),
            &format!("{secret} "),
        ]
        .iter()
        .map(|wrong| {
            (
                format!("a key of {} bytes", wrong.len()),
                sign(&header, &payload, wrong),
            )
        })
        .collect();
        for alg in [Algorithm::HS384, Algorithm::HS512] {
            let mut header = Header::new(alg);
            header.typ = own["typ"].as_str().map(str::to_owned);
            header.kid = own["kid"].as_str().map(str::to_owned);
            let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes()));
            forgeries.push((format!("{alg:?}"), token.expect("signed")));
        }
        // Changed without being signed again.
        let (_, mac) = bench.token(kind).rsplit_once('.').expect("three parts");
        let changed = payload.replacen("auth-core", "auth-c0re", 1);
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        forgeries.push((
            "changed".to_owned(),
            format!("{}.{}.{mac}", encode(&header), encode(&changed)),
        ));
        bench.refuses(kind, forgeries).await;
    }
}

// security: Tokens: Strict unpadded base64url with a canonical last character
#[tokio::test]
async fn base64_is_unpadded_url_safe_and_canonical_or_refused() {
    let bench = Bench::new().await;
    for kind in BOTH {
        let (header, payload) = texts(bench.token(kind));
        let secret = bench.secret(kind);
        let (signed, mac) = bench.token(kind).rsplit_once('.').expect("three parts");
        let encoded_header = URL_SAFE_NO_PAD.encode(&header);
        let mut forgeries = vec![
            ("padded signature".to_owned(), format!("{signed}.{mac}=")),
            (
                "respelled signature".to_owned(),
                format!("{signed}.{}", next_spelling(mac)),
            ),
            (
                "blank in the signature".to_owned(),
                format!("{signed}.{}%20{}", &mac[..5], &mac[5..]),
            ),
        ];
        // One byte and two bytes over a multiple of three leave unused bits in the last character.
        for over in [1, 2] {
            let payload = padded(&payload, |length| length % 3 == over);
            let good = URL_SAFE_NO_PAD.encode(&payload);
            bench.present(Kind::Access, &bench.session.access).await.ok();
            for (what, header, payload) in [
                ("padded payload", encoded_header.clone(), URL_SAFE.encode(&payload)),
                ("respelled payload", encoded_header.clone(), next_spelling(&good)),
                (
                    "padded header",
                    URL_SAFE.encode(format!("{header}{}", " ".repeat(over))),
                    good.clone(),
                ),
                (
                    "payload with a stray character",
                    encoded_header.clone(),
                    format!("{good}*"),
                ),
            ] {
                forgeries.push((what.to_owned(), sign_encoded(&header, &payload, secret)));
            }
        }
        // The other alphabet: a `?` after two bytes makes a `/`.
        let question = padded(
            &payload.replacen("auth-core\"", "auth-core\",\"?\":\"~~~???\"", 1),
            |_| true,
        );
        for standard in [STANDARD.encode(&question), STANDARD_NO_PAD.encode(&question)] {
            assert!(standard.contains(['+', '/']), "{standard}");
            forgeries.push((
                "the other alphabet".to_owned(),
                sign_encoded(&encoded_header, &standard, secret),
            ));
        }
        bench.refuses(kind, forgeries).await;
    }
}

#[tokio::test]
async fn white_space_around_a_token_is_part_of_it() {
    let bench = Bench::new().await;
    let token = &bench.session.refresh;
    let spelled = [
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("\"{token}\""),
    ];
    bench
        .refuses(
            Kind::Refresh,
            spelled.into_iter().map(|token| (format!("{token:?}"), token)).collect(),
        )
        .await;
}

// security: Tokens: Size cap before decoding
#[tokio::test]
async fn a_token_of_4_kib_is_read_and_a_longer_one_is_not() {
    let bench = Bench::new().await;
    let (header, payload) = texts(&bench.session.access);
    let long = |limit: usize| {
        let length = |spaces: usize| {
            let payload = format!("{payload}{}", " ".repeat(spaces));
            sign(&header, &payload, bench.server.access_secret())
        };
        let fewest = (limit - 600) * 3 / 4 - payload.len();
        let mut tokens = (fewest..fewest + 600).map(length);
        tokens
            .find(|token| token.len() >= limit)
            .expect("some length is enough")
    };
    // Not every length can be had in base64.
    let longest = [4094, 4095, 4096]
        .map(long)
        .into_iter()
        .rfind(|token| token.len() <= 4096);
    let longest = longest.expect("one of three lengths can be had");
    assert!(longest.len() >= 4095, "{}", longest.len());
    bench.server.me(&longest).await.ok();
    let too_long = [4097, 8192, 30_000].map(long);
    bench
        .refuses(
            Kind::Access,
            too_long.map(|token| (token.len().to_string(), token)).into(),
        )
        .await;
}

// security: Tokens: What the strict reader accepts, `jsonwebtoken` with strict settings accepts
#[tokio::test]
async fn another_library_reads_our_tokens_and_writes_ones_that_we_read() {
    let server = Server::start().await;
    let session = server.sign_in(ANN).await;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&["auth-core"]);
    validation.set_audience(&["auth-core"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let secret = server.access_secret().as_bytes();
    let read = jsonwebtoken::decode::<Value>(&session.access, &DecodingKey::from_secret(secret), &validation);
    let read = read.expect("a good token");
    assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
    let written = jsonwebtoken::encode(&read.header, &read.claims, &EncodingKey::from_secret(secret)).expect("signed");
    server.me(&written).await.ok();
}

// security: Keys: The newest key signs, all verify; a doubled `kid` is refused
#[tokio::test]
async fn the_newest_key_of_a_ring_signs_and_the_older_ones_still_verify() {
    let before = Server::start().await;
    let old = before.sign_in(ANN).await;
    let new_secret = "9c1e7a0d4b8f2635e7d0a9c4b1f8365227ad90ce41b8f36d";
    let ring = |secrets: &[&str]| {
        let keys: Vec<Value> = secrets.iter().map(|secret| json!({ "secret": secret })).collect();
        rocket::figment::value::Value::serialize(keys).expect("plain values")
    };
    let during = before
        .another()
        .set("tokens.access_keys", ring(&[new_secret, before.access_secret()]))
        .start()
        .await;
    during.me(&old.access).await.ok();
    let new = Session::of(&during.refresh(&old.refresh).await);
    let kid = |token: &str| parts(token).0["kid"].clone();
    assert_ne!(kid(&new.access), kid(&old.access));
    before.me(&new.access).await.refused(401, "invalid_token");

    let after = before
        .another()
        .set("tokens.access_keys", ring(&[new_secret]))
        .start()
        .await;
    after.me(&new.access).await.ok();
    after.me(&old.access).await.refused(401, "invalid_token");
}

/// The text with its last character replaced by the next one, which differs in bits that carry
/// nothing.
fn next_spelling(base64: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = base64.split_at(base64.len() - 1);
    let index = ALPHABET
        .iter()
        .position(|character| *character == last.as_bytes()[0])
        .expect("base64url");
    format!("{rest}{}", char::from(ALPHABET[index + 1]))
}

/// The payload with blanks behind it, until its length is right.
fn padded(payload: &str, fits: impl Fn(usize) -> bool) -> String {
    let length = (payload.len()..)
        .find(|length| fits(*length))
        .expect("some length fits");
    format!("{payload:length$}")
}
