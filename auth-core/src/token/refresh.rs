use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::claims::{self, RefreshWire};
use super::{TokenError, TokenIssuer};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::keys::{KeyRing, SigningFailed};
use crate::store::{MAX_GENERATION, Session, SessionSecret};

/// Issues and reads refresh tokens.
///
/// A refresh token is a function of its session's row and secret. The same generation gives the
/// same token, so racing tabs end up with one successor. As long as the same key signs, it is the
/// same byte for byte. With ES256 the random signatures differ, and a client may keep either token.
/// Its `iat` is when it became the current token, and decides nothing.
#[derive(Clone, Debug)]
pub struct RefreshTokens {
    ring: Arc<ArcSwap<KeyRing>>,
    token_issuer: TokenIssuer,
}

/// The claims of a verified refresh token.
#[derive(Clone, Debug)]
pub struct RefreshClaims {
    /// `sub`: whose session.
    pub user: UserId,
    /// `sid`: which session.
    pub session: SessionId,
    /// `seq`: its place in the line of the session's tokens.
    pub generation: i64,
    /// `k`: the secret of the session.
    pub secret: SessionSecret,
    /// `exp`, in whole seconds: the absolute end of the session.
    pub expires_at: i64,
    /// The token is of the first version, whose `jti` was `sid.seq`; it has been `sid:seq` since.
    pub is_of_first_version: bool,
}

#[derive(Serialize)]
struct NewWire<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    sid: &'a str,
    seq: i64,
    k: &'a str,
    iat: i64,
    exp: i64,
    jti: &'a str,
}

impl RefreshTokens {
    /// Tokens of `ring`.
    pub fn new(ring: KeyRing, token_issuer: TokenIssuer) -> RefreshTokens {
        RefreshTokens {
            ring: Arc::new(ArcSwap::from_pointee(ring)),
            token_issuer,
        }
    }

    /// The ring that signs and verifies.
    pub fn ring(&self) -> KeyRing {
        KeyRing::clone(&self.ring.load())
    }

    /// Puts another ring in force for every clone, and answers with the one before.
    pub fn replace_ring(&self, ring: KeyRing) -> KeyRing {
        KeyRing::clone(&self.ring.swap(Arc::new(ring)))
    }

    /// The current token of the session.
    ///
    /// # Errors
    ///
    /// [`SigningFailed`] when the library cannot sign.
    pub fn issue(&self, session: &Session, secret: &SessionSecret) -> Result<String, SigningFailed> {
        let sid = session.id.to_string();
        self.ring.load().sign(&NewWire {
            iss: &self.token_issuer.issuer,
            aud: &self.token_issuer.audience,
            sub: session.user.as_str(),
            seq: session.current,
            k: &URL_SAFE_NO_PAD.encode(secret.expose()),
            iat: session.current_since.secs(),
            exp: session.expires_at.secs(),
            jti: &format!("{sid}:{}", session.current),
            sid: &sid,
        })
    }

    /// Reads a token and checks all that can be checked without the store.
    ///
    /// # Errors
    ///
    /// [`TokenError::Expired`] only for a token that is good in all else.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<RefreshClaims, TokenError> {
        let claims = self.verify_for_logout(token)?;
        if now.secs() < claims.expires_at {
            Ok(claims)
        } else {
            Err(TokenError::Expired)
        }
    }

    /// As [`RefreshTokens::verify`], but a token past its `exp` is read as well.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`].
    pub fn verify_for_logout(&self, token: &str) -> Result<RefreshClaims, TokenError> {
        let payload = self.ring.load().verify(token).map_err(|_| TokenError::Invalid)?;
        let wire: RefreshWire<'_> = claims::parse(&payload)?;
        self.token_issuer.check(&wire.iss, &wire.aud)?;
        if !(0..=MAX_GENERATION).contains(&wire.seq) {
            return Err(TokenError::Invalid);
        }
        Ok(RefreshClaims {
            user: UserId::new(wire.sub).map_err(|_| TokenError::Invalid)?,
            session: wire.sid.parse().map_err(|_| TokenError::Invalid)?,
            generation: wire.seq,
            secret: secret(&wire.k)?,
            expires_at: wire.exp,
            is_of_first_version: wire.jti.contains('.'),
        })
    }
}

fn secret(text: &str) -> Result<SessionSecret, TokenError> {
    // Larger than what is wanted, so that a longer secret is an error and not cut.
    let mut bytes = [0; 24];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(16) => bytes
            .first_chunk()
            .map(|bytes| SessionSecret::new(*bytes))
            .ok_or(TokenError::Invalid),
        _ => Err(TokenError::Invalid),
    }
}
