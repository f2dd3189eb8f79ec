use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType, Jwk,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters, RSAKeyType,
};

use super::error::BadKey;
use super::fingerprint::Fingerprint;
use super::self_test;
use super::signing::{KeyAlgorithm, Signer, SigningFailed, Verifier};
use super::strength::check_secret_bytes;
use crate::secret::SecretVec;

/// Whether a token admits to routes or only to a refresh; the `typ` of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    Access,
    /// `rt+jwt`.
    Refresh,
}

impl TokenType {
    /// The `typ` of the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            TokenType::Access => "at+jwt",
            TokenType::Refresh => "rt+jwt",
        }
    }
}

/// A key in a ring.
pub(super) struct Key {
    pub(super) kid: String,
    /// The header as it stands in every token of this key, in base64url.
    pub(super) encoded_header: String,
    pub(super) verifier: Verifier,
    /// `None` for a key that only verifies.
    pub(super) signer: Option<Signer>,
    /// As it is published; `None` for HMAC.
    pub(super) jwk: Option<Jwk>,
    algorithm: KeyAlgorithm,
    fingerprint: Fingerprint,
}

impl Key {
    pub(super) fn new(token_type: TokenType, parsed: ParsedKey) -> Result<Key, SigningFailed> {
        let kid = match (parsed.kid, &parsed.public, &parsed.verifier) {
            (Some(kid), ..) => kid,
            (None, Some(public), _) => URL_SAFE_NO_PAD.encode(public.thumbprint()),
            (None, None, Verifier::Hmac { key, .. }) => derived_kid(key),
            (None, None, Verifier::Public { .. }) => return Err(SigningFailed),
        };
        let header = Header {
            typ: Some(token_type.as_str().to_owned()),
            kid: Some(kid.clone()),
            ..Header::new(parsed.algorithm.jwt())
        };
        let header = serde_json::to_vec(&header).map_err(|_| SigningFailed)?;
        Ok(Key {
            encoded_header: URL_SAFE_NO_PAD.encode(header),
            jwk: parsed.public.map(|public| public.jwk(&kid, parsed.algorithm)),
            kid,
            verifier: parsed.verifier,
            signer: parsed.signer,
            algorithm: parsed.algorithm,
            fingerprint: parsed.fingerprint,
        })
    }

    /// Whether both are one key, under any names.
    pub(super) fn is_same(&self, other: &Fingerprint) -> bool {
        self.fingerprint.is_same(other)
    }

    pub(super) fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Whether the cryptographic library follows the standards with this key. It must give the
    /// published answer for the algorithm, accept what the key signed, and refuse what was changed.
    pub(super) fn self_test(&self) -> bool {
        self_test::hold(self.algorithm) && self.signer.as_ref().is_none_or(|signer| self.accepts_own(signer))
    }

    fn accepts_own(&self, signer: &Signer) -> bool {
        let signed = format!("{}.eyJzZWxmIjoidGVzdCJ9", self.encoded_header);
        let mut token = signed.clone();
        if signer.append_signature(&mut token).is_err() {
            return false;
        }
        let Some((_, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let other = format!("{first}{}", &signature[1..]);
        self.verifier.accepts(&signed, signature)
            && !self.verifier.accepts(&signed, &other)
            && !self.verifier.accepts(&signed[1..], signature)
    }
}

/// A name for a secret that has none: the same on every node, and telling no more of it than any
/// token does.
fn derived_kid(key: &hmac::Key) -> String {
    URL_SAFE_NO_PAD.encode(&hmac::sign(key, b"auth-core kid").as_ref()[..9])
}

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
    pub(super) fingerprint: Fingerprint,
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
            fingerprint: Fingerprint::of_secret(secret.expose()),
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
            fingerprint: Fingerprint::of_public(&thumbprint),
            public: Some(public),
            kid: None,
        })
    }
}

/// Thumbprints (RFC 7638) of keys whose private half stands in a standard or on a page that people
/// copy from.
const PUBLISHED: [&str; 7] = [
    "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8", // RFC 7515 A.2
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", // RFC 7515 A.3
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", // RFC 7517 A.2, RSA
    "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s", // RFC 7517 A.2, P-256
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", // RFC 8037 A.1
    "oGDmHqCJ7yzMkWEkrlZVHkvrHIyQwtlDmeq5ForUHeY", // jwt.io, RS256
    "19J8y7Zprt2-QKLjF2I5pVk0OELX6cY2AfaAv1LC_w8", // jwt.io, ES256
];

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Ed25519 { x: [u8; 32] },
    P256 { x: [u8; 32], y: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// The JWK thumbprint with SHA-256 (RFC 7638 §3): the same on every node, and telling nothing
    /// but the public key.
    pub(super) fn thumbprint(&self) -> [u8; 32] {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        // The required members only, in order, without a blank.
        let canonical = match self {
            PublicKey::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64(x)),
            PublicKey::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64(x), b64(y)),
            PublicKey::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64(e), b64(n)),
        };
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
        thumbprint
    }

    pub(super) fn is_published(thumbprint: &[u8; 32]) -> bool {
        PUBLISHED.contains(&URL_SAFE_NO_PAD.encode(thumbprint).as_str())
    }

    /// As it stands in a set of public keys.
    pub(super) fn jwk(&self, kid: &str, algorithm: KeyAlgorithm) -> Jwk {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Jwk {
            common: CommonParameters {
                public_key_use: Some(PublicKeyUse::Signature),
                key_algorithm: Some(algorithm.jwt().into()),
                key_id: Some(kid.to_owned()),
                ..CommonParameters::default()
            },
            algorithm: match self {
                PublicKey::Ed25519 { x } => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
                    key_type: OctetKeyPairType::OctetKeyPair,
                    curve: EllipticCurve::Ed25519,
                    x: b64(x),
                }),
                PublicKey::P256 { x, y } => AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                    key_type: EllipticCurveKeyType::EC,
                    curve: EllipticCurve::P256,
                    x: b64(x),
                    y: b64(y),
                }),
                PublicKey::Rsa { n, e } => AlgorithmParameters::RSA(RSAKeyParameters {
                    key_type: RSAKeyType::RSA,
                    n: b64(n),
                    e: b64(e),
                }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate_key;
    use super::super::load::load;
    use super::*;
    use crate::config::{KeyConfig, KeySource};
    use crate::secret::SecretString;

    fn key(config: &KeyConfig) -> Key {
        Key::new(TokenType::Access, load("keys.0", config).expect("a good key")).expect("prepared")
    }

    /// As where the library signs wrongly, or takes a signature that is not one.
    // security: Launch: a failing self-test of the cryptography
    #[test]
    fn a_key_that_does_not_take_what_it_signs_fails_its_self_test() {
        let secret = |text: &str| KeyConfig::from_secret(SecretString::new(text));
        let made = |algorithm| KeyConfig::new(KeySource::Pem(generate_key(algorithm).expect("made")));
        for (one, other) in [
            (
                secret("0f1e2d3c4b5a69788796a5b4c3d2e1f0-self"),
                secret("7d1c0be49a3f5286e0c4b9d8a7135f62-self"),
            ),
            (made(KeyAlgorithm::EdDsa), made(KeyAlgorithm::EdDsa)),
            (made(KeyAlgorithm::Es256), made(KeyAlgorithm::Es256)),
            (made(KeyAlgorithm::Rs256), made(KeyAlgorithm::Rs256)),
        ] {
            let mut broken = key(&one);
            assert!(broken.self_test());
            broken.verifier = key(&other).verifier;
            assert!(!broken.self_test(), "{}", broken.encoded_header);
        }
    }
}
