use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, RsaPublicKeyComponents};

use super::algorithm::KeyAlgorithm;
use super::problem::BadKey;
use super::public::PublicKey;
use super::same::Identity;
use super::signing::{Signer, Verifier};
use super::strength::check_secret_bytes;
use crate::secret::SecretVec;

/// A key that was read and found good, prepared for use: nothing is parsed again.
pub(super) struct ParsedKey {
    pub(super) algorithm: KeyAlgorithm,
    /// It holds what must stay secret.
    pub(super) private: bool,
    /// `None` for a key that only verifies.
    pub(super) signer: Option<Signer>,
    pub(super) verifier: Verifier,
    /// `None` for HMAC.
    pub(super) public: Option<PublicKey>,
    /// By what it is known to be the same key as another.
    pub(super) identity: Identity,
    /// The `kid` that the JWK gave it.
    pub(super) kid: Option<String>,
}

impl ParsedKey {
    /// An HMAC key, from the bytes of its secret.
    pub(super) fn hmac(algorithm: KeyAlgorithm, secret: &SecretVec) -> Result<ParsedKey, BadKey> {
        let (hmac, at_least) = algorithm.hmac().ok_or(BadKey::Algorithm {
            fits: "HS256, HS384 or HS512",
        })?;
        check_secret_bytes(secret.expose(), at_least)?;
        let key = Arc::new(hmac::Key::new(hmac, secret.expose()));
        Ok(ParsedKey {
            algorithm,
            private: true,
            signer: Some(Signer::Hmac(Arc::clone(&key))),
            verifier: Verifier::hmac(key),
            public: None,
            identity: Identity::of_secret(secret.expose()),
            kid: None,
        })
    }

    pub(super) fn ed25519_pair(pair: Ed25519KeyPair) -> Result<ParsedKey, BadKey> {
        let x = pair.public_key().as_ref().try_into().map_err(|_| BadKey::Kind)?;
        Ok(ParsedKey {
            private: true,
            signer: Some(Signer::Ed25519(pair)),
            ..ParsedKey::ed25519(x)?
        })
    }

    pub(super) fn ed25519(x: [u8; 32]) -> Result<ParsedKey, BadKey> {
        let key = ParsedPublicKey::new(&ED25519, x).map_err(|_| BadKey::Inconsistent)?;
        ParsedKey::public(KeyAlgorithm::EdDsa, key, 64, PublicKey::Ed25519 { x })
    }

    pub(super) fn p256_pair(pair: EcdsaKeyPair) -> Result<ParsedKey, BadKey> {
        let verifying = ParsedKey::p256(pair.public_key().as_ref())?;
        Ok(ParsedKey {
            private: true,
            signer: Some(Signer::P256(pair)),
            ..verifying
        })
    }

    /// From a point in its uncompressed form: 4, x, y (SEC 1 §2.3.3).
    pub(super) fn p256(point: &[u8]) -> Result<ParsedKey, BadKey> {
        let [4, coordinates @ ..] = point else {
            return Err(BadKey::Kind);
        };
        let (Some(x), Some(y), 64) = (coordinates.first_chunk(), coordinates.last_chunk(), coordinates.len()) else {
            return Err(BadKey::Kind);
        };
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| BadKey::Inconsistent)?;
        ParsedKey::public(KeyAlgorithm::Es256, key, 64, PublicKey::P256 { x: *x, y: *y })
    }

    pub(super) fn rsa_pair(pair: RsaKeyPair) -> Result<ParsedKey, BadKey> {
        let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        Ok(ParsedKey {
            private: true,
            signer: Some(Signer::Rsa(pair)),
            ..ParsedKey::rsa(n, e)?
        })
    }

    /// From modulus and exponent, without leading zeros.
    pub(super) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<ParsedKey, BadKey> {
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err(BadKey::RsaSize);
        }
        // NIST SP 800-89 §5.3.3; without leading zeros the length decides, then the bytes do.
        if (e.len(), e.as_slice()) < (3, &[1, 0, 1][..]) {
            return Err(BadKey::RsaExponent);
        }
        let signature_bytes = n.len();
        let components = RsaPublicKeyComponents { n: &n, e: &e };
        let key = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| BadKey::Inconsistent)?;
        ParsedKey::public(KeyAlgorithm::Rs256, key, signature_bytes, PublicKey::Rsa { n, e })
    }

    fn public(
        algorithm: KeyAlgorithm,
        key: ParsedPublicKey,
        signature_bytes: usize,
        public: PublicKey,
    ) -> Result<ParsedKey, BadKey> {
        let thumbprint = public.thumbprint();
        if PublicKey::is_published(&thumbprint) {
            return Err(BadKey::Published);
        }
        Ok(ParsedKey {
            algorithm,
            private: false,
            signer: None,
            verifier: Verifier::Public { key, signature_bytes },
            identity: Identity::of_public(&thumbprint),
            public: Some(public),
            kid: None,
        })
    }
}
