use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;

/// The longest signature: that of an RSA key of 8192 bits.
pub(super) const MAX_SIGNATURE_BYTES: usize = 1024;

/// The cryptographic library could not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library could not sign")]
pub struct SigningFailed;

/// What signs: a secret or a private key, prepared.
pub(super) enum Signer {
    Hmac(Arc<hmac::Key>),
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// What verifies: a secret or a public key, prepared.
pub(super) enum Verifier {
    Hmac {
        key: Arc<hmac::Key>,
        tag_bytes: usize,
    },
    Public {
        key: ParsedPublicKey,
        signature_bytes: usize,
    },
}

impl Signer {
    /// Adds a full stop and the signature of what stands in `token` to it (RFC 7515 §5.1).
    pub(super) fn append_signature(&self, token: &mut String) -> Result<(), SigningFailed> {
        match self {
            Signer::Hmac(key) => append(token, hmac::sign(key, token.as_bytes()).as_ref()),
            Signer::Ed25519(key) => {
                let signature = key.try_sign(token.as_bytes()).map_err(|_| SigningFailed)?;
                append(token, signature.as_ref());
            }
            Signer::P256(key) => {
                let signature = key.sign(&SystemRandom::new(), token.as_bytes());
                append(token, signature.map_err(|_| SigningFailed)?.as_ref());
            }
            Signer::Rsa(key) => {
                let mut signature = [0; MAX_SIGNATURE_BYTES];
                let signature = signature.get_mut(..key.public_modulus_len()).ok_or(SigningFailed)?;
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), signature)
                    .map_err(|_| SigningFailed)?;
                append(token, signature);
            }
        }
        Ok(())
    }
}

fn append(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

impl Verifier {
    pub(super) fn hmac(key: Arc<hmac::Key>) -> Verifier {
        let tag_bytes = key.algorithm().tag_len();
        Verifier::Hmac { key, tag_bytes }
    }

    /// Whether `signature`, in base64url, is one of `signed`. It has one length and one spelling:
    /// no padding, no blanks, and a canonical last character (RFC 7515 §2).
    pub(super) fn accepts(&self, signed: &str, signature: &str) -> bool {
        match self {
            // Buffers of their own, so that a MAC does not pay for the longest signature.
            Verifier::Hmac { key, tag_bytes } => decode(signature, *tag_bytes, &mut [0; SHORT])
                .is_some_and(|tag| hmac::verify(key, signed.as_bytes(), tag).is_ok()),
            Verifier::Public { key, signature_bytes } if *signature_bytes <= 64 => {
                decode(signature, *signature_bytes, &mut [0; SHORT])
                    .is_some_and(|bytes| key.verify_sig(signed.as_bytes(), bytes).is_ok())
            }
            Verifier::Public { key, signature_bytes } => decode(
                signature,
                *signature_bytes,
                &mut [0; MAX_SIGNATURE_BYTES.next_multiple_of(3)],
            )
            .is_some_and(|bytes| key.verify_sig(signed.as_bytes(), bytes).is_ok()),
        }
    }
}

/// Room for 64 bytes, and for what the decoder needs beyond them.
const SHORT: usize = 66;

/// The bytes behind base64url, if they are as many as `length`.
fn decode<'b>(text: &str, length: usize, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    if text.len() != (length * 4).div_ceil(3) {
        return None;
    }
    let decoded = URL_SAFE_NO_PAD.decode_slice(text, buffer).ok()?;
    buffer.get(..decoded).filter(|bytes| bytes.len() == length)
}

/// The algorithm of a key. Each key has one, from the configuration or by its kind, never from a
/// token.
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

/// An algorithm name for which this library has no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no `{0}` keys; the algorithms are HS256, HS384, HS512, EdDSA, ES256 and RS256")]
pub struct UnknownAlgorithm(String);

impl KeyAlgorithm {
    /// All of them.
    pub const ALL: &'static [KeyAlgorithm] = &[
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

    /// The HMAC, and the fewest bytes its secret may have: as many as the hash puts out (RFC 7518
    /// §3.2). `None` for a signature.
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
            .iter()
            .copied()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownAlgorithm(name.escape_debug().to_string()))
    }
}
