//! Access and refresh tokens: what is accepted is what a ring wrote, and what `jsonwebtoken` accepts at its strictest.
//!
//! The first byte of the input says how the token is made; the second, with which key: `0` is the access key of the first
//! ring, `1` its refresh key, `2` the access key of the second.
//!
//! - `p`: the rest is a payload, signed by the ring as it stands.
//! - `h`: the rest is a header, a line feed and a payload, signed by the key of the ring.
//! - `m`: the rest changes a token of the ring: pairs of a place and a letter.
//! - `i`: the rest is what a new access token shall say.
//! - anything else: all of the input is the token.

use std::sync::OnceLock;
use std::time::Duration;

use auth_core::__internal::{
    AccessTokens, KeyRing, MAX_TOKEN_BYTES, NewAccess, RefreshTokens, RoleTable, TokenIssuer, TokenType, UserCounters,
};
use auth_core::config::{KeyConfig, KeySource};
use auth_core::keys::{KeyAlgorithm, generate_key};
use auth_core::verifier::TokenError;
use auth_core::{RoleSet, SecretString, SessionId, Timestamp, UserId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde_json::{Value, json};

use super::server::{ACCESS_SECRET, FuzzRole, NOW, REFRESH_SECRET};

const TTL: i64 = 900;
const LEEWAY: i64 = 5;
const SID: &str = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

/// Readers of both kinds of token, and the means to check them and to sign as they do.
struct Ring {
    keys: [Key; 2],
    access: AccessTokens,
    refresh: RefreshTokens,
}

/// The key of one kind of token.
struct Key {
    ring: KeyRing,
    algorithm: Algorithm,
    signing: EncodingKey,
    decoding: DecodingKey,
    header: Value,
    /// A token for `m`.
    sample: String,
}

pub fn run(data: &[u8]) {
    let token = match data {
        [b'p', which, payload @ ..] => {
            let (ring, key) = pick(*which);
            let token = key.sign(&encoded_header(&key.header), payload);
            completely(ring, &token, payload);
            token
        }
        [b'h', which, rest @ ..] => {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let payload = rest.get(end + 1..).unwrap_or_default();
            pick(*which).1.sign(&URL_SAFE_NO_PAD.encode(&rest[..end]), payload)
        }
        [b'm', which, edits @ ..] => {
            let (ring, key) = pick(*which);
            let token = key.changed(edits);
            if token != key.sample {
                let verified = ring.access.verify(&token, now()).is_ok() || ring.refresh.verify(&token, now()).is_ok();
                assert!(!verified, "a second spelling: {token}");
            }
            token
        }
        [b'i', which, rest @ ..] => return issue(pick(*which).0, rest),
        text => String::from_utf8_lossy(text).into_owned(),
    };
    rings().iter().for_each(|ring| check(ring, &token));
}

/// What holds for any text.
fn check(ring: &Ring, token: &str) {
    let access = ring.access.verify(token, now());
    let refresh = ring.refresh.verify(token, now());
    assert!(access.is_err() || refresh.is_err(), "one token for two uses: {token}");

    let read = ring.access.verify_for_logout(token, now());
    match (&access, &read) {
        (Ok(claims), Ok(read)) => assert_eq!(claims, read),
        (Err(TokenError::Expired), Ok(read)) => assert!(read.expires_at().secs() <= NOW),
        (Err(TokenError::Invalid), Err(TokenError::Invalid)) => {}
        other => panic!("{other:?} of {token}"),
    }
    if read.is_ok() {
        let claims = ring.keys[0].strictly(token, access.is_ok());
        assert!(is_access_payload(&claims, access.is_err()), "{claims}");
    }
    let read = ring.refresh.verify_for_logout(token);
    match (&refresh, &read) {
        (Ok(_), Ok(_)) => {}
        (Err(TokenError::Expired), Ok(read)) => assert!(read.expires_at <= NOW),
        (Err(TokenError::Invalid), Err(TokenError::Invalid)) => {}
        other => panic!("{other:?} of {token}"),
    }
    if read.is_ok() {
        let claims = ring.keys[1].strictly(token, refresh.is_ok());
        assert!(is_refresh_payload(&claims, refresh.is_err()), "{claims}");
    }
}

/// A signed payload in its plainest spelling is accepted when the contract says so, and not only then refused.
fn completely(ring: &Ring, token: &str, payload: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Value>(payload) else {
        return;
    };
    let is_plain = serde_json::to_vec(&claims).is_ok_and(|plain| plain == payload);
    if !is_plain || token.len() > MAX_TOKEN_BYTES {
        return;
    }
    let is_ours = |key: &Key| token.starts_with(&format!("{}.", encoded_header(&key.header)));
    let access = is_ours(&ring.keys[0]) && is_access_payload(&claims, false);
    assert_eq!(ring.access.verify(token, now()).is_ok(), access, "{claims}");
    let refresh = is_ours(&ring.keys[1]) && is_refresh_payload(&claims, false);
    assert_eq!(ring.refresh.verify(token, now()).is_ok(), refresh, "{claims}");
}

/// The claims that an access token must have, in plain words.
fn is_access_payload(claims: &Value, expired: bool) -> bool {
    let (Some(iat), Some(exp)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else {
        return false;
    };
    let roles = claims["roles"].as_array();
    is_common_payload(claims)
        && roles.is_some_and(|roles| roles.iter().all(Value::is_string))
        && claims["auth_time"].is_i64()
        && claims["jti"].as_str().is_some_and(|jti| !jti.is_empty())
        && iat <= NOW + LEEWAY
        && i128::from(exp) - i128::from(iat) <= i128::from(TTL)
        && iat < exp
        && (NOW < exp) != expired
}

fn is_refresh_payload(claims: &Value, expired: bool) -> bool {
    let k = claims["k"].as_str().and_then(|k| URL_SAFE_NO_PAD.decode(k).ok());
    is_common_payload(claims)
        && k.is_some_and(|k| k.len() == 16)
        && claims["seq"].as_i64().is_some_and(|seq| (0..=1 << 53).contains(&seq))
        && claims["iat"].is_i64()
        && claims["jti"].is_string()
        && claims["exp"].as_i64().is_some_and(|exp| (NOW < exp) != expired)
}

fn is_common_payload(claims: &Value) -> bool {
    let sid = claims["sid"].as_str().unwrap_or_default();
    let dashes = [8, 13, 18, 23];
    let is_sid = sid.len() == 36
        && sid.bytes().enumerate().all(|(at, byte)| match byte {
            b'-' => dashes.contains(&at),
            b'0'..=b'9' | b'a'..=b'f' => !dashes.contains(&at),
            _ => false,
        });
    let sub = claims["sub"].as_str().unwrap_or_default();
    claims.is_object()
        && claims.get("nbf").is_none()
        && claims["iss"] == "iss"
        && claims["aud"] == "aud"
        && (1..=128).contains(&sub.len())
        && sub.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
        && is_sid
}

/// What is issued is accepted, says what it was issued for, and stands up to `jsonwebtoken`.
fn issue(ring: &Ring, rest: &[u8]) {
    let number = |at: usize| {
        let bytes = rest.get(8 * at..8 * at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, i64::from_le_bytes)
    };
    let name = String::from_utf8_lossy(rest.get(40..).unwrap_or(b"ann")).into_owned();
    let Ok(user) = UserId::new(name) else { return };
    let issued_at = Timestamp::from_millis(number(0));
    let new = NewAccess {
        user: &user,
        session: SessionId::random(),
        counters: UserCounters {
            epoch: number(4).max(0),
            roles_version: number(4).wrapping_neg().max(0),
        },
        roles: RoleSet::from_bits(number(1).unsigned_abs()),
        auth_time: Timestamp::from_millis(number(2)),
        methods: auth_core::session::AuthMethods::NONE,
        now: issued_at,
        session_end: Timestamp::from_millis(number(3)),
        app: None,
    };
    let (token, exp) = ring.access.issue(new).expect("a ring signs");
    let claims = ring.access.verify(&token, issued_at).expect("a new token is good");
    assert_eq!(
        (&claims.user, claims.session, claims.expires_at()),
        (&user, new.session, Timestamp::from_secs(exp))
    );
    assert_eq!(claims.roles.bits(), new.roles.bits() & 0b1111, "the roles there are");
    assert!(exp - claims.issued_at().secs() <= TTL && claims.issued_at().secs() == issued_at.secs());
    let counters = UserCounters {
        epoch: claims.epoch,
        roles_version: claims.roles_version,
    };
    assert_eq!(counters, new.counters);
    check(ring, &token);
}

impl Key {
    fn new(token_type: TokenType, secret: &str, alg: &str) -> Key {
        let kid = format!("k-{alg}");
        let config = match alg {
            "HS256" | "HS384" | "HS512" => KeyConfig::from_secret(SecretString::new(secret)),
            _ => KeyConfig::new(KeySource::Pem(SecretString::new(secret))),
        };
        let config = config.with_kid(kid.as_str()).with_alg(alg);
        let ring = KeyRing::from_keys(token_type, "keys", &[config]).expect("a good key");
        let bytes = secret.as_bytes();
        let signing = match alg {
            "EdDSA" => EncodingKey::from_ed_pem(bytes),
            "ES256" => EncodingKey::from_ec_pem(bytes),
            "RS256" => EncodingKey::from_rsa_pem(bytes),
            _ => Ok(EncodingKey::from_secret(bytes)),
        };
        let decoding = match ring.jwks().keys.first() {
            Some(public) => DecodingKey::from_jwk(public),
            None => Ok(DecodingKey::from_secret(bytes)),
        };
        let claims = match token_type {
            TokenType::Access => json!({
                "iss": "iss", "aud": "aud", "sub": "ann", "sid": SID, "jti": "j", "roles": ["a", "b"],
                "iat": NOW, "exp": NOW + TTL, "auth_time": NOW,
            }),
            TokenType::Refresh => json!({
                "iss": "iss", "aud": "aud", "sub": "ann", "sid": SID, "jti": "j", "seq": 7,
                "k": "AAAAAAAAAAAAAAAAAAAAAA", "iat": NOW, "exp": NOW + TTL,
            }),
        };
        Key {
            sample: ring.sign(&claims).expect("signed"),
            ring,
            algorithm: alg.parse().expect("an algorithm"),
            signing: signing.expect("a key"),
            decoding: decoding.expect("a key"),
            header: json!({ "typ": token_type.as_str(), "alg": alg, "kid": kid }),
        }
    }

    fn sign(&self, header: &str, payload: &[u8]) -> String {
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.signing, self.algorithm);
        format!("{signed}.{}", signature.expect("signed"))
    }

    /// The sample with letters put in, put in the place of others, or taken out.
    fn changed(&self, edits: &[u8]) -> String {
        let mut token: Vec<char> = self.sample.chars().collect();
        for edit in edits.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % (token.len() + 1);
            match edit[2] {
                0x80.. if at < token.len() => drop(token.remove(at)),
                letter if at < token.len() => token[at] = char::from(letter & 0x7f),
                letter => token.push(char::from(letter & 0x7f)),
            }
        }
        token.into_iter().collect()
    }

    /// What `jsonwebtoken` makes of a token that was accepted, at its strictest; and the header is the ring's own.
    fn strictly(&self, token: &str, unexpired: bool) -> Value {
        let mut strict = Validation::new(self.algorithm);
        strict.leeway = 0;
        strict.validate_exp = unexpired;
        strict.validate_nbf = true;
        strict.set_required_spec_claims(&["iss", "aud", "sub"]);
        if unexpired {
            // A time before 1970 is none over there; a token from then is good for signing out with, if at all.
            strict.required_spec_claims.insert("exp".to_owned());
        }
        strict.set_issuer(&["iss"]);
        strict.set_audience(&["aud"]);
        let decoded = jsonwebtoken::decode::<Value>(token, &self.decoding, &strict);
        let decoded = decoded.unwrap_or_else(|error| panic!("accepted here, but {error} there: {token}"));
        let header = serde_json::to_value(&decoded.header).expect("JSON");
        assert_eq!(header, self.header, "{token}");
        decoded.claims
    }
}

/// `{"typ":…,"alg":…,"kid":…}`, in that order: the only spelling.
fn encoded_header(header: &Value) -> String {
    let (typ, alg, kid) = (&header["typ"], &header["alg"], &header["kid"]);
    URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":{typ},"alg":{alg},"kid":{kid}}}"#))
}

fn now() -> Timestamp {
    Timestamp::from_secs(NOW)
}

fn pick(which: u8) -> (&'static Ring, &'static Key) {
    let which = usize::from(which.wrapping_sub(b'0'));
    let ring = &rings()[which / 2 % rings().len()];
    (ring, &ring.keys[which % 2])
}

fn rings() -> &'static [Ring] {
    static RINGS: OnceLock<Vec<Ring>> = OnceLock::new();
    RINGS.get_or_init(|| {
        let long = |secret: &str| format!("{secret}{}", secret.chars().rev().collect::<String>());
        let pem = |algorithm| generate_key(algorithm).expect("a key").expose().to_owned();
        let pair = |algorithm| (pem(algorithm), pem(algorithm));
        let named = |alg, (access, refresh): (String, String)| (alg, access, refresh);
        [
            named("HS256", (ACCESS_SECRET.to_owned(), REFRESH_SECRET.to_owned())),
            named("HS512", (long(ACCESS_SECRET), long(REFRESH_SECRET))),
            named("EdDSA", pair(KeyAlgorithm::EdDsa)),
            named("ES256", pair(KeyAlgorithm::Es256)),
            named("RS256", pair(KeyAlgorithm::Rs256)),
        ]
        .into_iter()
        .map(|(alg, access, refresh)| {
            let keys = [
                Key::new(TokenType::Access, &access, alg),
                Key::new(TokenType::Refresh, &refresh, alg),
            ];
            let token_issuer = TokenIssuer {
                issuer: "iss".to_owned(),
                audience: "aud".to_owned(),
            };
            let span = |secs: i64| Duration::from_secs(secs.unsigned_abs());
            let roles = RoleTable::of::<FuzzRole>();
            Ring {
                access: AccessTokens::new(
                    keys[0].ring.clone(),
                    token_issuer.clone(),
                    roles,
                    span(TTL),
                    span(LEEWAY),
                ),
                refresh: RefreshTokens::new(keys[1].ring.clone(), token_issuer),
                keys,
            }
        })
        .collect()
    })
}
