use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::claims::{self, RefreshWire};
use super::{TokenError, TokenIssuer};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::keys::{KeyRing, KeyRingHandle, PayloadBuffer, SigningFailed};
use crate::store::{Session, SessionSecret};

/// The highest `seq`: the largest integer that every reader of JSON keeps exact (RFC 8259 §6).
const MAX_SEQ: i64 = 1 << 53;

/// Issues and reads refresh tokens.
///
/// A refresh token is a function of its session's row and secret: the same head gives the same token, so that racing tabs end
/// up with one successor. Byte for byte it is the same as long as the same key signs, and with ES256, whose signatures are
/// random, in all but the signature: which spelling of the head a client keeps makes no difference. Its `iat` is when the
/// head became the head, and decides nothing.
#[derive(Clone, Debug)]
pub struct RefreshTokens {
    ring: KeyRingHandle,
    token_issuer: TokenIssuer,
}

/// What a verified refresh token says.
#[derive(Clone, Debug)]
pub struct RefreshClaims {
    /// `sub`: whose session.
    pub user: UserId,
    /// `sid`: which session.
    pub session: SessionId,
    /// `seq`: its place in the line of the session's tokens.
    pub seq: i64,
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
            ring: KeyRingHandle::new(ring),
            token_issuer,
        }
    }

    /// The ring that signs and verifies; replacing it replaces it for every clone.
    pub fn ring(&self) -> &KeyRingHandle {
        &self.ring
    }

    /// The token of the session's head.
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
            seq: session.head,
            k: &URL_SAFE_NO_PAD.encode(secret.expose()),
            iat: session.head_at.secs(),
            exp: session.expires_at.secs(),
            jti: &format!("{sid}:{}", session.head),
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
        let mut buffer = PayloadBuffer::new();
        let wire: RefreshWire<'_> = claims::parse(claims::verify(&self.ring, token, &mut buffer)?)?;
        self.token_issuer.check(&wire.iss, &wire.aud)?;
        if !(0..=MAX_SEQ).contains(&wire.seq) {
            return Err(TokenError::Invalid);
        }
        Ok(RefreshClaims {
            user: UserId::new(wire.sub).map_err(|_| TokenError::Invalid)?,
            session: wire.sid.parse().map_err(|_| TokenError::Invalid)?,
            seq: wire.seq,
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
