use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use jsonwebtoken::Algorithm;

/// What a key signs with. Each key has one algorithm, from the configuration or by its kind, never from a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// HMAC with SHA-256 (RFC 7518 §3.2).
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// RSA with SHA-256, PKCS #1 v1.5 (RFC 7518 §3.3).
    Rs256,
}

/// Not the name of an algorithm that there are keys for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no `{0}` keys; the algorithms are HS256, HS384, HS512, EdDSA, ES256 and RS256")]
pub struct UnknownAlgorithm(String);

impl KeyAlgorithm {
    /// All of them.
    pub const ALL: [KeyAlgorithm; 6] = [
        KeyAlgorithm::Hs256,
        KeyAlgorithm::Hs384,
        KeyAlgorithm::Hs512,
        KeyAlgorithm::EdDsa,
        KeyAlgorithm::Es256,
        KeyAlgorithm::Rs256,
    ];

    /// The `alg` of tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyAlgorithm::Hs256 => "HS256",
            KeyAlgorithm::Hs384 => "HS384",
            KeyAlgorithm::Hs512 => "HS512",
            KeyAlgorithm::EdDsa => "EdDSA",
            KeyAlgorithm::Es256 => "ES256",
            KeyAlgorithm::Rs256 => "RS256",
        }
    }

    /// The HMAC, and the fewest bytes its secret may have: as many as the hash puts out (RFC 7518 §3.2). `None` for a
    /// signature.
    pub(super) fn hmac(self) -> Option<(hmac::Algorithm, usize)> {
        match self {
            KeyAlgorithm::Hs256 => Some((hmac::HMAC_SHA256, 32)),
            KeyAlgorithm::Hs384 => Some((hmac::HMAC_SHA384, 48)),
            KeyAlgorithm::Hs512 => Some((hmac::HMAC_SHA512, 64)),
            KeyAlgorithm::EdDsa | KeyAlgorithm::Es256 | KeyAlgorithm::Rs256 => None,
        }
    }

    pub(super) const fn jwt(self) -> Algorithm {
        match self {
            KeyAlgorithm::Hs256 => Algorithm::HS256,
            KeyAlgorithm::Hs384 => Algorithm::HS384,
            KeyAlgorithm::Hs512 => Algorithm::HS512,
            KeyAlgorithm::EdDsa => Algorithm::EdDSA,
            KeyAlgorithm::Es256 => Algorithm::ES256,
            KeyAlgorithm::Rs256 => Algorithm::RS256,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownAlgorithm;

    /// The names of RFC 7518 and RFC 8037, in any ASCII case.
    fn from_str(name: &str) -> Result<KeyAlgorithm, UnknownAlgorithm> {
        KeyAlgorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownAlgorithm(name.escape_debug().to_string()))
    }
}
