//! Tokens: what access and refresh tokens say, how they are issued and how strictly they are read.
//!
//! Reading one goes: size → header → MAC → base64url → JSON object → typed claims → issuer,
//! audience, times. What is said of a token before its MAC held is nothing but "not ours".

mod access;
pub(crate) mod app_claims;
mod cache;
mod claims;
mod refresh;

pub use access::{AccessTokens, NewAccess};
pub use claims::AccessClaims;
pub use refresh::{RefreshClaims, RefreshTokens};

/// Whether a token has only characters that a header or a cookie carries unchanged (RFC 9110 §5.5,
/// RFC 6265 §4.1.1). One that has others was changed on its way here.
pub(crate) fn is_readable(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a token of ours, or not one for this issuer, audience or use.
    #[error("the token is not valid")]
    Invalid,
    /// A good token, past its `exp`.
    #[error("the token has expired")]
    Expired,
}

/// Whom tokens are from and for: the `iss` and `aud` claims.
#[derive(Clone, Debug)]
pub struct TokenIssuer {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
}
