//! Servers whose keys are no HS256 secrets, and the public keys that they publish.

use std::time::Duration;

use auth_core::keys::{KeyAlgorithm, generate_key};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use rocket::figment::value::Value as Setting;
use serde_json::{Value, json};

use crate::support::{ANN, Options, Server, Session, manual_clock, parts, texts};

/// A list of keys as the configuration takes it.
pub fn ring(keys: &[Value]) -> Setting {
    Setting::serialize(keys).expect("plain values")
}

/// A fresh key of the algorithm, as the configuration takes it.
pub fn key(algorithm: KeyAlgorithm) -> Value {
    let key = generate_key(algorithm).expect("a key");
    match algorithm.as_str() {
        secret if secret.starts_with("HS") => json!({ "secret": key.expose(), "alg": secret }),
        _ => json!({ "pem": key.expose() }),
    }
}

fn with_rings(algorithm: KeyAlgorithm) -> Options {
    let clock = manual_clock();
    Server::options()
        .clock(&clock)
        .set("tokens.access_keys", ring(&[key(algorithm)]))
        .set("tokens.refresh_keys", ring(&[key(algorithm)]))
}

// security: Keys: HS256 by default; EdDSA, ES256, RS256 by configuration
#[tokio::test]
async fn a_session_lives_on_keys_of_every_algorithm() {
    for algorithm in KeyAlgorithm::ALL.iter().copied() {
        let server = with_rings(algorithm).start().await;
        let session = server.sign_in(ANN).await;
        for (token, typ) in [(&session.access, "at+jwt"), (&session.refresh, "rt+jwt")] {
            assert_eq!(parts(token).0["alg"], algorithm.as_str());
            assert_eq!(parts(token).0["typ"], typ);
        }
        server.me(&session.access).await.ok();
        let next = Session::of(&server.refresh(&session.refresh).await);
        // The clock stands still: a second tab gets the same head, if perhaps in another spelling,
        // and both go on.
        let tab = Session::of(&server.refresh(&session.refresh).await);
        assert_eq!(texts(&next.refresh), texts(&tab.refresh), "{algorithm}");
        let after = Session::of(&server.refresh(&next.refresh).await);
        Session::of(&server.refresh(&tab.refresh).await);
        server.me(&after.access).await.ok();
        // Each in the other's place is nothing.
        server.me(&after.refresh).await.refused(401, "invalid_token");
        server.refresh(&after.access).await.refused(401, "invalid_token");
        let last = Session::of(&server.refresh(&after.refresh).await);
        Session::of(&server.refresh(&last.refresh).await);
        // Used, replaced, and used once more: copied.
        server.refresh(&session.refresh).await.refused(401, "refresh_reuse");
        server.me(&last.access).await.refused(401, "session_revoked");
    }
}

#[tokio::test]
async fn a_signature_has_one_length_and_one_spelling_whatever_the_algorithm() {
    for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
        let server = with_rings(algorithm).start().await;
        let session = server.sign_in(ANN).await;
        let (signed, signature) = session.access.rsplit_once('.').expect("three parts");
        let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        assert_eq!(bytes.len(), if algorithm == KeyAlgorithm::Rs256 { 256 } else { 64 });
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut forgeries = vec![
            String::new(),
            encode(&bytes[..bytes.len() - 1]),
            encode(&[&bytes[..], &[0]].concat()),
            encode(&[&[0], &bytes[..]].concat()),
            encode(&vec![0; bytes.len()]),
            format!("{signature}="),
            format!("{signature}A"),
            format!("{}.", &signature[1..]),
        ];
        if algorithm == KeyAlgorithm::Es256 {
            // As X.509 writes it (RFC 3279 §2.2.3), which JOSE does not.
            let integer = |number: &[u8]| {
                let number: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
                let sign: &[u8] = if number[0] < 0x80 { &[] } else { &[0] };
                let length = u8::try_from(number.len() + sign.len()).expect("short");
                [&[2, length], sign, &number].concat()
            };
            let both = [integer(&bytes[..32]), integer(&bytes[32..])].concat();
            forgeries.push(encode(
                &[&[0x30, u8::try_from(both.len()).expect("short")], &both[..]].concat(),
            ));
        }
        for forgery in forgeries {
            server
                .me(&format!("{signed}.{forgery}"))
                .await
                .refused(401, "invalid_token");
        }
        server.me(&session.access).await.ok();
    }
}

#[tokio::test]
async fn the_public_key_of_a_ring_is_no_secret_to_sign_with() {
    for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
        let server = with_rings(algorithm).start().await;
        let session = server.sign_in(ANN).await;
        let published = server.get("/.well-known/jwks.json").await.ok().text.clone();
        let (header, payload) = texts(&session.access);
        for alg in [algorithm.as_str(), "HS256", "none"] {
            let header = header.replace(algorithm.as_str(), alg);
            let signed = format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(&header),
                URL_SAFE_NO_PAD.encode(&payload)
            );
            for secret in ["", &published] {
                let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
                let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac));
                server.me(&forged).await.refused(401, "invalid_token");
            }
            server.me(&format!("{signed}.")).await.refused(401, "invalid_token");
        }
        server.me(&session.access).await.ok();
    }
}

#[tokio::test]
async fn the_published_keys_are_those_that_verify_access_tokens_for_anybody() {
    let (first, second) = (key(KeyAlgorithm::Es256), key(KeyAlgorithm::EdDsa));
    let secret = json!({ "secret": generate_key(KeyAlgorithm::Hs256).expect("a key").expose() });
    let server = Server::options()
        .set("tokens.access_keys", ring(&[first, secret, second]))
        .set("tokens.refresh_keys", ring(&[key(KeyAlgorithm::EdDsa)]))
        .start()
        .await;
    let answer = server.get("/.well-known/jwks.json").await;
    answer.ok();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let set: JwkSet = serde_json::from_str(&answer.text).expect("a JWK set");
    assert_eq!(set.keys.len(), 2, "neither the secret nor the key for refresh tokens");
    let text = answer.json();
    for jwk in text["keys"].as_array().expect("a list") {
        assert!(jwk.get("d").is_none() && jwk.get("k").is_none(), "{jwk}");
        assert_eq!(jwk["use"], "sig");
    }
    let session = server.sign_in(ANN).await;
    let header = jsonwebtoken::decode_header(&session.access).expect("a header");
    let jwk = set
        .find(header.kid.as_deref().expect("a name"))
        .expect("its key is published");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["auth-core"]);
    let key = DecodingKey::from_jwk(jwk).expect("a key");
    let read = jsonwebtoken::decode::<Value>(&session.access, &key, &validation).expect("any client can verify it");
    assert_eq!(read.claims["roles"], json!(["admin"]));
    let refresh = parts(&session.refresh).0["kid"].clone();
    assert!(
        set.find(refresh.as_str().expect("a name")).is_none(),
        "refresh tokens are the server's alone"
    );
}

#[tokio::test]
async fn a_ring_of_secrets_publishes_an_empty_set() {
    let server = Server::start().await;
    assert_eq!(
        server.get("/.well-known/jwks.json").await.ok().json(),
        json!({ "keys": [] })
    );
}

#[tokio::test]
async fn an_asymmetric_key_does_not_read_a_token_past_its_end() {
    let clock = manual_clock();
    let server = Server::options()
        .clock(&clock)
        .set("tokens.access_keys", ring(&[key(KeyAlgorithm::EdDsa)]))
        .start()
        .await;
    let session = server.sign_in(ANN).await;
    clock.advance(Duration::from_secs(899));
    server.me(&session.access).await.ok();
    clock.advance(Duration::from_secs(1));
    server.me(&session.access).await.refused(401, "token_expired");
}
