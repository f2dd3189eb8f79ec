use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::Serialize;
use uuid::Uuid;

use super::app_claims::AppClaims;
use super::cache::TokenCache;
use super::claims::{self, AccessClaims};
use super::{TokenError, TokenIssuer};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::keys::{KeyRing, SigningFailed};
use crate::methods::AuthMethods;
use crate::role::{RoleSet, RoleTable};
use crate::store::UserCounters;

/// Issues and reads access tokens (RFC 9068).
#[derive(Clone, Debug)]
pub struct AccessTokens {
    keys: Arc<ArcSwap<Keys>>,
    cache_size: usize,
    token_issuer: TokenIssuer,
    roles: RoleTable,
    ttl: Duration,
    leeway: Duration,
}

/// A ring, and what tokens say that it verified. Both are replaced together, so that a key that is
/// gone verifies nothing.
#[derive(Debug)]
struct Keys {
    ring: KeyRing,
    cache: Option<TokenCache>,
}

/// The claims of a new access token.
#[derive(Clone, Copy, Debug)]
pub struct NewAccess<'a> {
    /// The user.
    pub user: &'a UserId,
    /// The session.
    pub session: SessionId,
    /// The user's counters, read no later than the roles.
    pub counters: UserCounters,
    /// The roles the user holds.
    pub roles: RoleSet,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// How the user signed in. None: the token has no claim `amr`.
    pub methods: AuthMethods,
    /// The time of the decision to issue it.
    pub now: Timestamp,
    /// The session's absolute end; the token does not outlive it.
    pub session_end: Timestamp,
    /// The application's own claims.
    pub app: Option<&'a AppClaims>,
}

#[derive(Serialize)]
struct NewWire<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    sid: Uuid,
    jti: Uuid,
    epoch: i64,
    rv: i64,
    roles: Vec<&'static str>,
    iat: i64,
    exp: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    amr: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a AppClaims>,
}

impl AccessTokens {
    /// Tokens of `ring`, good for `ttl`; `leeway` is how far in the future an `iat` may lie.
    pub fn new(
        ring: KeyRing,
        token_issuer: TokenIssuer,
        roles: RoleTable,
        ttl: Duration,
        leeway: Duration,
    ) -> AccessTokens {
        AccessTokens {
            keys: Arc::new(ArcSwap::from_pointee(Keys { ring, cache: None })),
            cache_size: 0,
            token_issuer,
            roles,
            ttl,
            leeway,
        }
    }

    /// Remembers the claims of the last `tokens` verified tokens, so that they need not be checked
    /// and parsed again.
    /// Each takes its own length and some 150 bytes. 0, the default: none.
    #[must_use]
    pub fn remembering(mut self, tokens: usize) -> AccessTokens {
        self.cache_size = tokens;
        self.replace_ring(self.ring());
        self
    }

    /// The ring that signs and verifies.
    pub fn ring(&self) -> KeyRing {
        self.keys.load().ring.clone()
    }

    /// Puts another ring in force for every clone, and forgets the tokens of the one before, which
    /// it answers with.
    pub fn replace_ring(&self, ring: KeyRing) -> KeyRing {
        let cache = (self.cache_size > 0).then(|| TokenCache::new(self.cache_size));
        self.keys.swap(Arc::new(Keys { ring, cache })).ring.clone()
    }

    /// For how long a new token is good, in seconds.
    pub fn ttl_secs(&self) -> i64 {
        self.ttl.as_secs().cast_signed()
    }

    /// Issues a token; answers with it and its `exp` in seconds.
    ///
    /// # Errors
    ///
    /// [`SigningFailed`] when the library cannot sign.
    pub fn issue(&self, new: NewAccess<'_>) -> Result<(String, i64), SigningFailed> {
        let iat = new.now.secs();
        let exp = (iat + self.ttl_secs()).min(new.session_end.secs().max(iat + 1));
        let token = self.keys.load().ring.sign(&NewWire {
            iss: &self.token_issuer.issuer,
            aud: &self.token_issuer.audience,
            sub: new.user.as_str(),
            sid: new.session.0,
            jti: Uuid::new_v4(),
            epoch: new.counters.epoch,
            rv: new.counters.roles_version,
            roles: self.roles.names_of(new.roles),
            iat,
            exp,
            auth_time: new.auth_time.secs(),
            amr: new.methods.names().collect(),
            app: new.app,
        })?;
        Ok((token, exp))
    }

    /// Reads a token and checks everything but revocation.
    ///
    /// # Errors
    ///
    /// [`TokenError::Expired`] only for a token that is good in all else.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let claims = self.read(token, now)?;
        if now.secs() < claims.expires_at {
            Ok(claims)
        } else {
            Err(TokenError::Expired)
        }
    }

    /// As [`AccessTokens::verify`], but a token past its `exp` is read as well: enough to sign out
    /// with, for nothing else.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`].
    pub fn verify_for_logout(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        self.read(token, now)
    }

    fn read(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let keys = self.keys.load();
        let check = || self.check(&keys.ring, token);
        let claims = match &keys.cache {
            Some(cache) => cache.get_or_read(token, check),
            None => check(),
        }?;
        if claims.issued_at <= now.plus(self.leeway).secs() {
            Ok(claims)
        } else {
            Err(TokenError::Invalid)
        }
    }

    /// Checks all of a token that no clock changes.
    fn check(&self, ring: &KeyRing, token: &str) -> Result<AccessClaims, TokenError> {
        let payload = ring.verify(token).map_err(|_| TokenError::Invalid)?;
        let claims = claims::access(&payload, &self.token_issuer, &self.roles)?;
        // Written without a difference that could overflow: both are whole seconds of any size.
        let (iat, exp) = (claims.issued_at, claims.expires_at);
        if iat < exp && exp <= iat.saturating_add(self.ttl_secs()) {
            Ok(claims)
        } else {
            Err(TokenError::Invalid)
        }
    }
}

#[cfg(test)]
mod tests;
