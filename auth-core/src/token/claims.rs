//! The strict JSON of claims: one object, every claim present, of its type, once.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::app_claims::{self, AppClaims};
use super::{TokenError, TokenIssuer};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::role::{RoleSet, RoleTable};

/// The claims of a verified access token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessClaims {
    /// `sub`: who.
    pub user: UserId,
    /// `sid`: in which session.
    pub session: SessionId,
    /// `epoch`: under which epoch of the user the password or the identity was proven. 0 in tokens
    /// from before there were epochs.
    pub epoch: i64,
    /// `rv`: the version of the user's roles. 0 in tokens from before there were versions.
    pub roles_version: i64,
    /// `roles`: what the user holds, without what those roles include.
    pub roles: RoleSet,
    /// `amr`: how the user signed in, where `auth.second_factor` is on. A server with
    /// `required_for` does not count its roles in [`AccessClaims::roles`] without
    /// [`AuthMethods::is_multi_factor`], and neither should another service.
    pub methods: AuthMethods,
    /// `iat`, in whole seconds.
    pub(crate) issued_at: i64,
    /// `exp`, in whole seconds: the first second at which the token is no longer good.
    pub(crate) expires_at: i64,
    /// `auth_time`, in whole seconds: when the user signed in.
    pub(crate) auth_time: i64,
    /// `app`: the application's own claims, if it gives any.
    pub(crate) app: Option<AppClaims>,
}

impl AccessClaims {
    /// `iat`: when the token was issued.
    pub fn issued_at(&self) -> Timestamp {
        Timestamp::from_secs(self.issued_at)
    }

    /// `exp`: the first moment at which the token is no longer good.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_secs(self.expires_at)
    }

    /// `auth_time`: when the user signed in.
    pub fn auth_time(&self) -> Timestamp {
        Timestamp::from_secs(self.auth_time)
    }

    /// `app`: the application's own claims, which `.claims(…)` of the server's
    /// [`AuthBuilder`](crate::AuthBuilder) gave. They are parsed at each call.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`] where the token has no such claims, or claims of another shape.
    pub fn app<'a, T: Deserialize<'a>>(&'a self) -> Result<T, TokenError> {
        let text = self.app.as_ref().ok_or(TokenError::Invalid)?.as_str();
        serde_json::from_str(text).map_err(|_| TokenError::Invalid)
    }
}

/// The claims of an access token as they are read.
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
    roles: Vec<String>,
    iat: i64,
    exp: i64,
    auth_time: i64,
    /// Missing in tokens of a server without `auth.second_factor`.
    #[serde(default)]
    amr: Vec<String>,
    #[serde(default, deserialize_with = "app_claims::present")]
    app: Option<AppClaims>,
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

/// The claims of an access token, in any order. Unknown claims may stand between them.
pub(super) fn access(
    payload: &[u8],
    token_issuer: &TokenIssuer,
    roles: &RoleTable,
) -> Result<AccessClaims, TokenError> {
    let wire: AccessWire<'_> = parse(payload)?;
    token_issuer.check(&wire.iss, &wire.aud)?;
    // Tokens from before there were counters have neither; those live for an hour at most.
    let (epoch, roles_version) = match (wire.epoch, wire.rv) {
        (Some(epoch), Some(version)) => (epoch, version),
        (None, None) => (0, 0),
        _ => return Err(TokenError::Invalid),
    };
    if wire.jti.is_empty() {
        return Err(TokenError::Invalid);
    }
    // Names that the application does not have give nothing.
    let bits = wire.roles.iter().filter_map(|name| roles.bit(name));
    Ok(AccessClaims {
        user: wire.sub.parse().map_err(|_| TokenError::Invalid)?,
        session: wire.sid.parse().map_err(|_| TokenError::Invalid)?,
        epoch,
        roles_version,
        roles: bits.fold(RoleSet::EMPTY, RoleSet::with_bit),
        methods: AuthMethods::of_names(wire.amr.iter().map(String::as_str)),
        issued_at: wire.iat,
        expires_at: wire.exp,
        auth_time: wire.auth_time,
        app: wire.app,
    })
}

/// Reads claims: UTF-8 throughout, names and values of unknown members included. An array is
/// refused: serde would take its items for the claims by position.
pub(super) fn parse<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, TokenError> {
    let claims = str::from_utf8(payload).map_err(|_| TokenError::Invalid)?;
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
            let access = parse::<AccessWire<'_>>(text.as_bytes()).is_ok();
            assert_eq!(access, parse::<RefreshWire<'_>>(text.as_bytes()).is_ok(), "{text}");
            access
        };
        assert!(readable(&claims_of(None)));
        for nbf in [json!(0), json!(i64::MAX), json!(null), json!("tomorrow"), json!([])] {
            assert!(!readable(&claims_of(Some(nbf.clone()))), "nbf {nbf}");
        }
    }
}
