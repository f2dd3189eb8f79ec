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
mod tests {
    use super::*;
    use crate::keys::TokenType;

    const NAMES: &[&str] = &["admin", "viewer"];

    #[derive(Clone, Copy)]
    enum TestRole {
        Admin,
        Viewer,
    }

    impl crate::Role for TestRole {
        const ALL: &'static [TestRole] = &[TestRole::Admin, TestRole::Viewer];
        const NAMES: &'static [&'static str] = NAMES;
        const INCLUDES: &'static [RoleSet] = &[RoleSet::from_bits(1), RoleSet::from_bits(2)];
        const DISCRIMINANTS: &'static [i128] = &[0, 1];

        fn bit(self) -> u32 {
            self as u32
        }
    }

    fn token_issuer() -> TokenIssuer {
        TokenIssuer {
            issuer: "iss".to_owned(),
            audience: "aud".to_owned(),
        }
    }

    fn ring() -> KeyRing {
        KeyRing::hs256(TokenType::Access, Some("k"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0-access").expect("a ring")
    }

    fn tokens() -> AccessTokens {
        let roles = RoleTable::of::<TestRole>();
        AccessTokens::new(
            ring(),
            token_issuer(),
            roles,
            Duration::from_secs(900),
            Duration::from_secs(5),
        )
    }

    fn new_access(user: &UserId, now: Timestamp) -> NewAccess<'_> {
        NewAccess {
            user,
            session: SessionId::random(),
            counters: UserCounters {
                epoch: 3,
                roles_version: 7,
            },
            roles: RoleSet::from(TestRole::Viewer),
            auth_time: now,
            methods: AuthMethods::PASSWORD.and_second_factor(),
            now,
            session_end: now.plus(Duration::from_secs(100_000)),
            app: None,
        }
    }

    #[test]
    fn a_token_says_what_it_was_issued_for_until_its_last_second() {
        let (user, now) = (UserId::random(), Timestamp::from_millis(1_800_000_000_999));
        let new = new_access(&user, now);
        let (token, exp) = tokens().issue(new).expect("issued");
        assert_eq!(exp, now.secs() + 900);
        let claims = tokens().verify(&token, now).expect("good");
        assert_eq!(
            (&claims.user, claims.session, claims.roles, claims.methods),
            (&user, new.session, new.roles, new.methods)
        );
        assert_eq!(
            (claims.epoch, claims.roles_version, claims.issued_at),
            (3, 7, now.secs())
        );
        let at = |secs| tokens().verify(&token, Timestamp::from_secs(secs)).map(drop);
        assert_eq!(at(exp - 1), Ok(()));
        assert_eq!(at(exp), Err(TokenError::Expired));
        assert_eq!(at(exp + 1), Err(TokenError::Expired));
        assert_eq!(at(now.secs() - 5), Ok(()), "the leeway");
        assert_eq!(at(now.secs() - 6), Err(TokenError::Invalid), "from the future");
        assert!(
            tokens()
                .verify_for_logout(&token, Timestamp::from_secs(exp + 1))
                .is_ok()
        );
    }

    #[test]
    fn a_token_does_not_outlive_its_session() {
        let (user, now) = (UserId::random(), Timestamp::from_secs(1_800_000_000));
        let new = NewAccess {
            session_end: now.plus(Duration::from_secs(60)),
            ..new_access(&user, now)
        };
        assert_eq!(tokens().issue(new).expect("issued").1, now.secs() + 60);
        // One of a session that ends while it is issued is good for the shortest time there is.
        let new = NewAccess {
            session_end: now,
            ..new
        };
        let (token, exp) = tokens().issue(new).expect("issued");
        assert_eq!(exp, now.secs() + 1);
        assert!(tokens().verify(&token, now).is_ok());
    }

    // security: Tokens: All claims are required and of one JSON type
    #[test]
    fn claims_of_the_application_are_read_only_as_an_object_that_we_could_have_written() {
        let now = Timestamp::from_secs(1_800_000_000);
        let user = UserId::random();
        let verify = |app: serde_json::Value| {
            let claims = serde_json::json!({
                "iss": "iss", "aud": "aud", "sub": "u", "sid": SessionId::random().to_string(), "jti": "j", "epoch": 0,
                "rv": 0, "roles": [], "iat": now.secs(), "exp": now.secs() + 900, "auth_time": now.secs(), "app": app,
            });
            let verified = tokens().verify(&ring().sign(&claims).expect("signed"), now)?;
            verified.app::<serde_json::Value>()
        };
        let object = serde_json::json!({"tenant": "acme", "seats": 3});
        assert_eq!(verify(object.clone()), Ok(object.clone()));
        for wrong in [
            serde_json::json!(null),
            serde_json::json!([object]),
            serde_json::json!("{}"),
            serde_json::json!(1),
            serde_json::json!(true),
            serde_json::json!({"a": "x".repeat(600)}),
        ] {
            assert_eq!(verify(wrong.clone()), Err(TokenError::Invalid), "{wrong}");
        }
        let app = AppClaims::of(&object).expect("an object");
        let new = new_access(&user, now);
        let (plain, _) = tokens().issue(new).expect("issued");
        let (with, _) = tokens().issue(NewAccess { app: Some(&app), ..new }).expect("issued");
        let read = |token: &str| {
            tokens()
                .verify(token, now)
                .and_then(|claims| claims.app::<serde_json::Value>())
        };
        assert_eq!((read(&plain), read(&with)), (Err(TokenError::Invalid), Ok(object)));
    }

    /// Tokens from before this version carry neither counter, and are good until they expire.
    #[test]
    fn a_token_without_counters_counts_as_of_zero_and_one_with_half_of_them_is_refused() {
        let now = Timestamp::from_secs(1_800_000_000);
        let verify = |epoch: Option<i64>, rv: Option<i64>| {
            let mut claims = serde_json::json!({
                "iss": "iss", "aud": "aud", "sub": "u", "sid": SessionId::random().to_string(), "jti": "j",
                "roles": [], "iat": now.secs(), "exp": now.secs() + 900, "auth_time": now.secs(),
            });
            for (name, value) in [("epoch", epoch), ("rv", rv)] {
                if let Some(value) = value {
                    claims[name] = value.into();
                }
            }
            let claims = tokens().verify(&ring().sign(&claims).expect("signed"), now);
            claims.map(|claims| (claims.epoch, claims.roles_version))
        };
        assert_eq!(verify(None, None), Ok((0, 0)));
        assert_eq!(verify(Some(1), Some(2)), Ok((1, 2)));
        for (epoch, rv) in [
            (Some(1), None),
            (None, Some(1)),
            (Some(-1), Some(0)),
            (Some(0), Some(-1)),
        ] {
            assert_eq!(verify(epoch, rv), Err(TokenError::Invalid), "{epoch:?} {rv:?}");
        }
    }

    // security: Tokens: All claims are required and of one JSON type
    #[test]
    fn claims_are_required_typed_and_from_an_object() {
        let now = Timestamp::from_secs(1_800_000_000);
        let good = serde_json::json!({
            "iss": "iss", "aud": "aud", "sub": "u", "sid": SessionId::random().to_string(), "jti": "j", "epoch": 0, "rv": 0,
            "roles": ["viewer", "a role of long ago"], "iat": now.secs(), "exp": now.secs() + 900, "auth_time": now.secs(),
        });
        let verify = |claims: &serde_json::Value| {
            let token = ring().sign(claims).expect("signed");
            tokens().verify(&token, now).map(|claims| claims.roles)
        };
        assert_eq!(verify(&good), Ok(RoleSet::from(TestRole::Viewer)));
        let object = good.as_object().expect("an object");
        for name in object.keys() {
            let mut without = object.clone();
            without.remove(name);
            assert_eq!(verify(&without.into()), Err(TokenError::Invalid), "without {name}");
            for wrong in [
                serde_json::json!(null),
                serde_json::json!({}),
                serde_json::json!([1]),
                serde_json::json!(true),
                serde_json::json!(1.5),
            ] {
                let mut mistyped = object.clone();
                mistyped.insert(name.clone(), wrong);
                assert_eq!(verify(&mistyped.into()), Err(TokenError::Invalid), "mistyped {name}");
            }
        }
        assert_eq!(
            verify(&object.values().cloned().collect()),
            Err(TokenError::Invalid),
            "an array"
        );
        for (name, value) in [
            ("exp", now.secs() + 901),
            ("exp", now.secs()),
            ("exp", i64::MAX),
            ("iat", i64::MIN),
        ] {
            let mut changed = object.clone();
            changed.insert(name.to_owned(), value.into());
            assert_eq!(verify(&changed.into()), Err(TokenError::Invalid), "{name} = {value}");
        }
    }
}
