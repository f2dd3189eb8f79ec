//! The strict JSON of claims: one object, every claim present, of its type, once.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{TokenError, TokenIssuer};
use crate::keys::{KeyRingHandle, PayloadBuffer};
use crate::role::{RoleSet, RoleTable};

/// What an access token says of itself, as text; issuer and audience have been looked at.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct AccessText<'a> {
    pub sub: Cow<'a, str>,
    pub sid: Cow<'a, str>,
    pub jti: Cow<'a, str>,
    pub epoch: i64,
    pub roles_version: i64,
    pub roles: RoleSet,
    pub iat: i64,
    pub exp: i64,
    pub auth_time: i64,
}

/// The claims of an access token as they are parsed: borrowed, with `roles` as raw JSON for the code that knows the
/// names of the roles.
#[derive(Deserialize)]
struct AccessWire<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    sid: Cow<'a, str>,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    #[serde(default, deserialize_with = "counter")]
    epoch: Option<i64>,
    #[serde(default, deserialize_with = "counter")]
    rv: Option<i64>,
    #[serde(borrow)]
    roles: &'a RawValue,
    iat: i64,
    exp: i64,
    auth_time: i64,
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
    #[serde(borrow)]
    pub jti: Cow<'a, str>,
    /// No token of ours has one, and one that is there must not be passed over (RFC 7519 §4.1.5).
    #[serde(default, rename = "nbf", deserialize_with = "refused")]
    _nbf: (),
}

/// A counter where there is one: a whole number that is not negative, and not `null`.
fn counter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = i64::deserialize(deserializer)?;
    if value < 0 {
        return Err(D::Error::custom("a counter below zero"));
    }
    Ok(Some(value))
}

/// A claim that must not be there.
fn refused<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(D::Error::custom("a claim that we never write"))
}

/// The text of the claims of a token that `ring` signed. All of it is checked at once, names and values of unknown members
/// included; that is faster than one value after the other.
pub(super) fn verify<'b>(
    ring: &KeyRingHandle,
    token: &str,
    buffer: &'b mut PayloadBuffer,
) -> Result<&'b str, TokenError> {
    let payload = ring.load().verify(token, buffer).map_err(|_| TokenError::Invalid)?;
    str::from_utf8(payload).map_err(|_| TokenError::Invalid)
}

/// Parses the claims of an access token, whatever their order and whatever stands between them.
pub(super) fn access<'a>(
    claims: &'a str,
    token_issuer: &TokenIssuer,
    roles: &RoleTable,
) -> Result<AccessText<'a>, TokenError> {
    let wire: AccessWire<'a> = parse(claims)?;
    token_issuer.check(&wire.iss, &wire.aud)?;
    // Tokens from before there were counters have neither; those live for an hour at most.
    let (epoch, roles_version) = match (wire.epoch, wire.rv) {
        (Some(epoch), Some(version)) => (epoch, version),
        (None, None) => (0, 0),
        _ => return Err(TokenError::Invalid),
    };
    Ok(AccessText {
        epoch,
        roles_version,
        roles: role_set(wire.roles, roles)?,
        sub: wire.sub,
        sid: wire.sid,
        jti: wire.jti,
        iat: wire.iat,
        exp: wire.exp,
        auth_time: wire.auth_time,
    })
}

/// Reads claims. An array is refused: serde would take its items for the claims by position.
pub(super) fn parse<'a, T: Deserialize<'a>>(claims: &'a str) -> Result<T, TokenError> {
    if claims.starts_with('{') {
        serde_json::from_str(claims).map_err(|_| TokenError::Invalid)
    } else {
        Err(TokenError::Invalid)
    }
}

impl TokenIssuer {
    pub(super) fn check(&self, iss: &str, aud: &str) -> Result<(), TokenError> {
        let ours = iss == self.issuer && aud == self.audience;
        if ours { Ok(()) } else { Err(TokenError::Invalid) }
    }
}

/// The set that the names in a claim are of. Names that the application does not have give nothing.
fn role_set(claim: &RawValue, roles: &RoleTable) -> Result<RoleSet, TokenError> {
    let mut deserializer = serde_json::Deserializer::from_str(claim.get());
    RoleNames(roles)
        .deserialize(&mut deserializer)
        .map_err(|_| TokenError::Invalid)
}

/// Reads an array of role names into a set, without keeping a name.
struct RoleNames<'t>(&'t RoleTable);

impl<'de> DeserializeSeed<'de> for RoleNames<'_> {
    type Value = RoleSet;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RoleSet, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RoleNames<'_> {
    type Value = RoleSet;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of role names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<RoleSet, A::Error> {
        let mut set = RoleSet::EMPTY;
        while let Some(name) = names.next_element::<Cow<'de, str>>()? {
            set = self.0.bit(&name).map_or(set, |bit| set.with_bit(bit));
        }
        Ok(set)
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
            let access = parse::<AccessWire<'_>>(text).is_ok();
            assert_eq!(access, parse::<RefreshWire<'_>>(text).is_ok(), "{text}");
            access
        };
        assert!(readable(&claims_of(None)));
        for nbf in [json!(0), json!(i64::MAX), json!(null), json!("tomorrow"), json!([])] {
            assert!(!readable(&claims_of(Some(nbf.clone()))), "nbf {nbf}");
        }
    }
}
