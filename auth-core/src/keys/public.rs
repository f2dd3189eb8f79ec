use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType, Jwk,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters, RSAKeyType,
};

use super::algorithm::KeyAlgorithm;

/// Thumbprints (RFC 7638) of keys whose private half stands in a standard or on a page that everybody copies from.
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
    /// The JWK thumbprint with SHA-256 (RFC 7638 §3): the same on every node, and telling nothing but the public key.
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
