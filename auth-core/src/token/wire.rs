//! The strict JSON of claims: one object, every claim present, of its type, once.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Parties, TokenError};

/// The claims of an access token as they are read: borrowed, and `roles` left for whoever knows the names.
#[derive(Deserialize)]
pub(super) struct AccessWire<'a> {
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    #[serde(borrow)]
    pub aud: Cow<'a, str>,
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    #[serde(borrow)]
    pub sid: Cow<'a, str>,
    #[serde(borrow)]
    pub jti: Cow<'a, str>,
    #[serde(borrow)]
    pub roles: &'a RawValue,
    pub iat: i64,
    pub exp: i64,
    pub auth_time: i64,
    /// No token of ours has one, and one that is there must not be passed over (RFC 7519 §4.1.5).
    #[serde(default, rename = "nbf", deserialize_with = "refused")]
    _nbf: (),
}

/// The claims of a refresh token as they are read.
#[derive(Deserialize)]
pub(super) struct RefreshWire<'a> {
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    #[serde(borrow)]
    pub aud: Cow<'a, str>,
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    #[serde(borrow)]
    pub sid: Cow<'a, str>,
    pub seq: i64,
    #[serde(borrow)]
    pub k: Cow<'a, str>,
    #[expect(dead_code, reason = "required and typed, though nothing is decided by it")]
    pub iat: i64,
    pub exp: i64,
    #[expect(dead_code, reason = "required and typed, though nothing is decided by it")]
    #[serde(borrow)]
    pub jti: Cow<'a, str>,
    /// No token of ours has one, and one that is there must not be passed over (RFC 7519 §4.1.5).
    #[serde(default, rename = "nbf", deserialize_with = "refused")]
    _nbf: (),
}

/// A claim that must not be there.
fn refused<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(D::Error::custom("a claim that we never write"))
}

/// Reads claims. An array is refused: serde would take its items for the claims by position.
pub(super) fn claims<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, TokenError> {
    if payload.first() != Some(&b'{') {
        return Err(TokenError::Invalid);
    }
    // All of it at once, names and values of unknown members included, and faster than text by text.
    let payload = str::from_utf8(payload).map_err(|_| TokenError::Invalid)?;
    serde_json::from_str(payload).map_err(|_| TokenError::Invalid)
}

impl Parties {
    pub(super) fn check(&self, iss: &str, aud: &str) -> Result<(), TokenError> {
        let ours = iss == self.issuer && aud == self.audience;
        if ours { Ok(()) } else { Err(TokenError::Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_that_is_not_good_yet_is_not_ours() {
        let claims_of = |nbf: Option<serde_json::Value>| {
            let mut both = json!({
                "iss": "i", "aud": "a", "sub": "s", "sid": "x", "jti": "j", "iat": 1, "exp": 2,
                "roles": [], "auth_time": 1, "seq": 1, "k": "k",
            });
            if let Some(nbf) = nbf {
                both["nbf"] = nbf;
            }
            both.to_string()
        };
        let readable = |text: &str| {
            let access = claims::<AccessWire<'_>>(text.as_bytes()).is_ok();
            assert_eq!(access, claims::<RefreshWire<'_>>(text.as_bytes()).is_ok(), "{text}");
            access
        };
        assert!(readable(&claims_of(None)));
        for nbf in [json!(0), json!(i64::MAX), json!(null), json!("tomorrow"), json!([])] {
            assert!(!readable(&claims_of(Some(nbf.clone()))), "nbf {nbf}");
        }
    }
}
