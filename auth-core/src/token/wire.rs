//! The strict JSON of claims: one object, every claim present, of its type, once.

use std::borrow::Cow;

use serde::Deserialize;
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
