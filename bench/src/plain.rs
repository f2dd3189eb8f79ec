//! The plain way, which the library's is compared with: what an application writes by hand on
//! `jsonwebtoken`.

use std::collections::HashSet;
use std::sync::RwLock;

use auth_core::__internal::{Clock, SystemClock};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

/// The claims, as one would declare them.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: String,
    /// In which session.
    pub sid: String,
    /// The token's own name.
    pub jti: String,
    /// What the user may do.
    pub roles: Vec<String>,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When it ends, in seconds.
    pub exp: i64,
    /// When the user signed in, in seconds.
    pub auth_time: i64,
}

/// What an application is configured with.
pub struct PlainSettings {
    /// The one algorithm.
    pub algorithm: Algorithm,
    /// Its key.
    pub key: PlainKey,
    /// What the key is called in the tokens' headers.
    pub kid: String,
    /// Who issues.
    pub issuer: String,
    /// For whom.
    pub audience: String,
}

/// A key, not prepared for anything.
pub enum PlainKey {
    /// As text.
    Secret(String),
    /// As it was published.
    Public(Box<Jwk>),
}

/// A verifier that checks what the library checks.
pub struct PlainVerifier {
    key: DecodingKey,
    validation: Validation,
    kid: String,
    revoked: RwLock<HashSet<String>>,
    ttl: i64,
    leeway: i64,
}

impl PlainVerifier {
    /// Prepares what can be.
    pub fn of(settings: &PlainSettings) -> PlainVerifier {
        let mut validation = Validation::new(settings.algorithm);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.leeway = 0;
        PlainVerifier {
            key: match &settings.key {
                PlainKey::Secret(secret) => DecodingKey::from_secret(secret.as_bytes()),
                PlainKey::Public(jwk) => DecodingKey::from_jwk(jwk).expect("a key that this library published"),
            },
            validation,
            kid: settings.kid.clone(),
            revoked: RwLock::default(),
            ttl: 15 * 60,
            leeway: 5,
        }
    }

    /// What a good token says; `None` for any other.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let data = decode::<Claims>(token, &self.key, &self.validation).ok()?;
        let (header, claims) = (data.header, data.claims);
        let ours = header.typ.as_deref() == Some("at+jwt") && header.kid.as_deref() == Some(&self.kid);
        let now = SystemClock.now().secs();
        let in_time = claims.iat <= now + self.leeway && claims.exp - claims.iat <= self.ttl;
        let alive = !self.revoked.read().ok()?.contains(&claims.sid);
        (ours && in_time && alive && !claims.jti.is_empty() && claims.auth_time <= now).then_some(claims)
    }
}
