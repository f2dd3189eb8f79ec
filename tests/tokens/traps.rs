//! Traps of `jsonwebtoken`: what its `decode` accepts as it comes, and is refused here. Each test
//! shows both, so that none of them is about something that the library has mended meanwhile.

use auth_core::__internal::{KeyRing, TokenType};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, get_current_timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::made::{b64, ed25519_jwk, public, public_pem};
use crate::support::{ACCESS, Forger, access, access_claims, access_tokens, now, quoted, texts};

fn ring() -> KeyRing {
    KeyRing::hs256(TokenType::Access, Some("k"), ACCESS).expect("a ring")
}

fn header() -> String {
    texts(&ring().sign(&json!({})).expect("signed")).0
}

/// As strict as one would write it from the documentation.
fn usual() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    validation.set_issuer(&["iss"]);
    validation.set_audience(&["aud"]);
    validation
}

fn they(token: &str, validation: &Validation) -> Result<Value, ErrorKind> {
    let key = DecodingKey::from_secret(ACCESS.as_bytes());
    jsonwebtoken::decode(token, &key, validation)
        .map(|read| read.claims)
        .map_err(jsonwebtoken::errors::Error::into_kind)
}

fn we_accept(token: &str) -> bool {
    access_tokens(ring()).verify(token, now()).is_ok()
}

fn forged(header: &str, payload: &str) -> String {
    Forger::hs256(ACCESS.as_bytes()).sign(header.as_bytes(), payload.as_bytes())
}

#[track_caller]
fn only_they_accept(header: &str, payload: &str) {
    let token = forged(header, payload);
    assert!(
        they(&token, &usual()).is_ok(),
        "the library has mended it: {header} {payload}"
    );
    assert!(!we_accept(&token), "{header} {payload}");
}

fn with(name: &str, value: Value) -> String {
    let mut claims = access_claims();
    claims[name] = value;
    claims.to_string()
}

fn without(name: &str) -> String {
    let mut claims = access_claims().as_object().expect("an object").clone();
    claims.remove(name);
    Value::Object(claims).to_string()
}

#[test]
fn the_untouched_token_is_accepted_by_both() {
    let token = forged(&header(), &access_claims().to_string());
    assert!(they(&token, &usual()).is_ok() && we_accept(&token));
}

// security: Traps in the versions in use: `jsonwebtoken` ignores `crit`, `b64` and `typ` in a header
#[test]
fn critical_extensions_are_ignored_by_the_library_and_refused_here() {
    for member in [
        r#""crit":["b64"],"b64":false"#,
        r#""crit":["http://example.com/unknown"]"#,
        r#""b64":false"#,
    ] {
        only_they_accept(
            &header().replacen('}', &format!(",{member}}}"), 1),
            &access_claims().to_string(),
        );
    }
}

// security: Traps in the versions in use: `jsonwebtoken` ignores `crit`, `b64` and `typ` in a header
#[test]
fn the_type_of_a_token_is_ignored_by_the_library_and_decides_here() {
    for typ in ["rt+jwt", "JWT", "AT+JWT", ""] {
        only_they_accept(&header().replace("at+jwt", typ), &access_claims().to_string());
    }
}

// security: Traps in the versions in use: `jsonwebtoken` ignores `crit`, `b64` and `typ` in a header
#[test]
fn keys_and_their_addresses_in_a_header_are_let_pass_by_the_library_and_refused_here() {
    for member in [
        r#""jku":"http://127.0.0.1:9/keys""#,
        r#""x5u":"http://127.0.0.1:9/cert""#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
    ] {
        only_they_accept(
            &header().replacen('}', &format!(",{member}}}"), 1),
            &access_claims().to_string(),
        );
    }
}

#[test]
fn any_key_name_is_good_for_the_library_and_only_the_rings_own_here() {
    for kid in ["another", "../../dev/null", "' OR 1=1 --"] {
        only_they_accept(
            &header().replace("\"k\"", &format!("\"{kid}\"")),
            &access_claims().to_string(),
        );
    }
}

// security: Traps in the versions in use: `jsonwebtoken` accepts `exp == now`, `exp = u64::MAX`, and has a leeway of 60 s
#[test]
fn a_token_is_good_in_the_second_of_its_exp_for_the_library_and_not_here() {
    // Until the whole comparison fell into one second of the system's clock, which the library
    // asks.
    loop {
        let second = get_current_timestamp();
        let token = forged(&header(), &with("exp", json!(second)));
        let (theirs, ours) = (they(&token, &usual()), we_accept(&token));
        if get_current_timestamp() == second {
            assert!(theirs.is_ok(), "the library has mended it");
            assert!(!ours);
            return;
        }
    }
}

// security: Traps in the versions in use: `jsonwebtoken` accepts `exp == now`, `exp = u64::MAX`, and has a leeway of 60 s
#[test]
fn a_token_is_good_for_a_minute_more_by_the_librarys_default_and_not_here() {
    let token = forged(&header(), &with("exp", json!(get_current_timestamp() - 30)));
    let mut default = usual();
    default.leeway = Validation::new(Algorithm::HS256).leeway;
    assert!(they(&token, &default).is_ok());
    assert!(!we_accept(&token));
}

// security: Traps in the versions in use: `jsonwebtoken` accepts `exp == now`, `exp = u64::MAX`, and has a leeway of 60 s
#[test]
fn a_token_without_an_end_is_accepted_by_the_library_and_refused_here() {
    for exp in [
        json!(u64::MAX),
        json!(i64::MAX),
        json!(get_current_timestamp() + 1_000_000),
    ] {
        only_they_accept(&header(), &with("exp", exp));
    }
    // A fraction is rounded there.
    only_they_accept(&header(), &with("exp", json!(now().secs() as f64 + 600.4)));
}

#[test]
fn a_token_from_the_future_is_accepted_by_the_library_and_refused_here() {
    only_they_accept(&header(), &with("iat", json!(get_current_timestamp() + 300)));
}

// security: Traps in the versions in use: `jsonwebtoken` skips `iss`, `aud`, `sub` where they are absent or of another type
#[test]
fn issuer_and_audience_may_be_lists_for_the_library_and_are_text_here() {
    only_they_accept(&header(), &with("iss", json!(["evil", "iss"])));
    only_they_accept(&header(), &with("aud", json!(["other", "aud"])));
}

// security: Traps in the versions in use: `jsonwebtoken` skips `iss`, `aud`, `sub` where they are absent or of another type
#[test]
fn an_issuer_or_audience_that_is_missing_or_mistyped_is_not_checked_by_the_library_and_refused_here() {
    for name in ["iss", "aud", "sub"] {
        only_they_accept(&header(), &without(name));
        for value in [json!(null), json!(7), json!(true)] {
            only_they_accept(&header(), &with(name, value));
        }
    }
}

// security: Traps in the versions in use: `jsonwebtoken` decodes an array as claims by position
#[test]
fn claims_in_an_array_are_read_by_position_by_the_library_and_refused_here() {
    #[derive(Deserialize)]
    struct Positional(u64, u64, String, String, String); // exp, nbf, sub, iss, aud

    // In the order in which the library declares what it validates.
    let exp = get_current_timestamp() + 600;
    let token = forged(&header(), &json!([exp, 0, "u1", "iss", "aud"]).to_string());
    let key = DecodingKey::from_secret(ACCESS.as_bytes());
    let read = jsonwebtoken::decode::<Positional>(&token, &key, &usual()).expect("the library has mended it");
    let Positional(end, begin, sub, iss, aud) = read.claims;
    assert_eq!((end, begin), (exp, 0));
    assert_eq!([sub, iss, aud], ["u1", "iss", "aud"]);
    assert!(!we_accept(&token));
    let values: Vec<Value> = ["iss", "aud", "sub", "sid", "jti", "roles", "iat", "exp", "auth_time"]
        .map(|name| access_claims()[name].clone())
        .into();
    assert!(!we_accept(&forged(&header(), &Value::Array(values).to_string())));
}

#[test]
fn of_a_claim_that_comes_twice_the_library_may_take_the_last_and_it_is_refused_here() {
    let twice = access_claims().to_string().replacen('{', "{\"roles\":[\"viewer\"],", 1);
    only_they_accept(&header(), &twice);
}

#[test]
fn a_token_of_any_length_is_read_by_the_library_and_none_over_4_kib_here() {
    let long = access_claims()
        .to_string()
        .replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(100_000)), 1);
    only_they_accept(&header(), &long);
}

#[test]
fn empty_secrets_and_one_secret_in_several_spellings_work_in_the_library_and_are_refused_here() {
    let long = format!("{ACCESS}{ACCESS}");
    for (signs, verifies) in [
        (b"".to_vec(), b"".to_vec()),
        (ACCESS.as_bytes().to_vec(), format!("{ACCESS}\0\0").into_bytes()),
        (
            long.as_bytes().to_vec(),
            digest(&SHA256, long.as_bytes()).as_ref().to_vec(),
        ),
    ] {
        let token = Forger::hs256(&signs).sign(header().as_bytes(), access_claims().to_string().as_bytes());
        let read = jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_secret(&verifies), &usual());
        assert!(read.is_ok(), "one HMAC key");
    }
    assert!(access("{ secret = \"\" }").is_err());
    for other in [format!("{ACCESS}\0\0"), ACCESS.to_owned()] {
        // As a JWK: a text with control characters is refused before it is a key.
        let other = format!("jwk = {{ kty = \"oct\", k = \"{}\" }}", b64(other.as_bytes()));
        let both = format!("{{ secret = \"{ACCESS}\" }}, {{ {other}, kid = \"other\" }}");
        assert!(access(&both).expect_err("one key").contains("is the same key"));
    }
}

/// CVE-2026-25537: before 10.3 an `exp` or `nbf` of a wrong type was not checked at all.
#[test]
fn an_exp_of_a_wrong_type_is_refused_by_this_version_of_the_library_and_here() {
    let mut validation = usual();
    validation.validate_nbf = true;
    validation.required_spec_claims.clear();
    for name in ["exp", "nbf"] {
        for value in [json!("99999999999"), json!([1]), json!({}), json!(true), json!("never")] {
            let token = forged(&header(), &with(name, value.clone()));
            assert!(
                they(&token, &validation).is_err(),
                "CVE-2026-25537 is back: {name} = {value}"
            );
            if name == "exp" {
                assert!(!we_accept(&token), "{name} = {value}");
            }
        }
    }
    // What the bare library still does: it accepts a mistyped `nbf` when it was not told to
    // validate it.
    assert!(they(&forged(&header(), &with("nbf", json!("never"))), &usual()).is_ok());
}

#[test]
fn a_public_key_as_hmac_secret_opens_nothing() {
    let private = ed25519_jwk();
    let public = public(&private);
    let ring = access(&format!("{{ jwk = {} }}", quoted(&private.to_string()))).expect("a ring");
    let token = ring.sign(&access_claims()).expect("signed");
    let (own, payload) = texts(&token);
    assert!(access_tokens(ring.clone()).verify(&token, now()).is_ok());
    let x = public["x"].as_str().expect("text");
    let raw = URL_SAFE_NO_PAD.decode(x).expect("base64url");
    for secret in [
        raw,
        x.as_bytes().to_vec(),
        public.to_string().into_bytes(),
        public_pem(&public).into_bytes(),
    ] {
        for header in [own.clone(), own.replace("EdDSA", "HS256"), own.replace("EdDSA", "none")] {
            let forged = Forger::hs256(&secret).sign(header.as_bytes(), payload.as_bytes());
            assert!(access_tokens(ring.clone()).verify(&forged, now()).is_err(), "{header}");
        }
    }
}
