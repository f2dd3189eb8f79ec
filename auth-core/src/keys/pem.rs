//! Keys as PEM (RFC 7468): PKCS #8 and SubjectPublicKeyInfo, and the older forms that `openssl`
//! writes.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaPublicKeyComponents,
};

use super::error::BadKey;
use super::key::ParsedKey;
use crate::secret::SecretVec;

/// What stands before the 32 bytes of an Ed25519 public key (RFC 8410 §4).
const ED25519_PREFIX: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What stands before an uncompressed point on P-256 (RFC 5480 §2).
const P256_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Reads the one key in `text`.
pub(super) fn parse(text: &str) -> Result<ParsedKey, BadKey> {
    let blocks = pem::parse_many(text).map_err(|_| BadKey::Pem)?;
    // `openssl ecparam -genkey` writes the curve's name into a block of its own.
    let mut keys = blocks.into_iter().filter(|block| block.tag() != "EC PARAMETERS");
    let key = keys.next().ok_or(BadKey::Pem)?;
    if keys.next().is_some() {
        return Err(BadKey::Several);
    }
    let tag = key.tag().to_owned();
    let encrypted = key
        .headers()
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("Proc-Type"));
    let der = SecretVec::new(key.into_contents());
    match tag.as_str() {
        _ if encrypted => Err(BadKey::NoKey("an encrypted key")),
        "PRIVATE KEY" => pkcs8(der.expose()),
        "PUBLIC KEY" => public(der.expose()),
        "RSA PRIVATE KEY" => rsa_pair(RsaKeyPair::from_der(der.expose())),
        "RSA PUBLIC KEY" => rsa_public(der.expose()),
        "EC PRIVATE KEY" => EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der.expose())
            .map_err(|_| BadKey::Kind)
            .and_then(ParsedKey::p256_pair),
        "ENCRYPTED PRIVATE KEY" => Err(BadKey::NoKey("an encrypted key")),
        "CERTIFICATE" => Err(BadKey::NoKey("a certificate")),
        _ => Err(BadKey::NoKey("another kind of PEM")),
    }
}

fn pkcs8(der: &[u8]) -> Result<ParsedKey, BadKey> {
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
        return ParsedKey::ed25519_pair(pair);
    }
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
        return ParsedKey::p256_pair(pair);
    }
    rsa_pair(RsaKeyPair::from_pkcs8(der))
}

fn public(der: &[u8]) -> Result<ParsedKey, BadKey> {
    if let Some(key) = der.strip_prefix(ED25519_PREFIX) {
        return ParsedKey::ed25519(key.try_into().map_err(|_| BadKey::Kind)?);
    }
    if let Some(point) = der.strip_prefix(P256_PREFIX) {
        return ParsedKey::p256(point);
    }
    rsa_public(der)
}

fn rsa_pair(pair: Result<RsaKeyPair, aws_lc_rs::error::KeyRejected>) -> Result<ParsedKey, BadKey> {
    // The library says why in words only.
    let pair = pair.map_err(|rejected| match rejected.to_string().as_str() {
        "TooSmall" | "TooLarge" => BadKey::RsaSize,
        _ => BadKey::Kind,
    })?;
    ParsedKey::rsa_pair(pair)
}

fn rsa_public(der: &[u8]) -> Result<ParsedKey, BadKey> {
    let key = rsa::PublicKey::from_der(der).map_err(|_| BadKey::Kind)?;
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
    ParsedKey::rsa(n, e)
}
