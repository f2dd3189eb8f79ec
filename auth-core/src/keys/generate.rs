use std::str::FromStr;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};

use crate::secret::{NoEntropy, SecretBytes, SecretString};

/// What a new key is for. The rings of this version are made of HS256 keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// HMAC with SHA-256 (RFC 7518 §3.2).
    Hs256,
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// RSA of 2048 bits with SHA-256, PKCS #1 v1.5 (RFC 7518 §3.3).
    Rs256,
}

/// Why no key was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// Not the name of an algorithm there are keys for.
    #[error("there are no `{0}` keys; the algorithms are HS256, EdDSA, ES256 and RS256")]
    UnknownAlgorithm(String),
    /// The operating system's generator failed.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl FromStr for KeyAlgorithm {
    type Err = GenerateError;

    /// The names of RFC 7518 and RFC 8037, in any ASCII case.
    fn from_str(name: &str) -> Result<KeyAlgorithm, GenerateError> {
        let known = [
            ("HS256", KeyAlgorithm::Hs256),
            ("EdDSA", KeyAlgorithm::EdDsa),
            ("ES256", KeyAlgorithm::Es256),
            ("RS256", KeyAlgorithm::Rs256),
        ];
        let found = known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, algorithm)| algorithm)
            .ok_or_else(|| GenerateError::UnknownAlgorithm(name.escape_debug().to_string()))
    }
}

/// A fresh key: for HS256 a secret as [`generate_secret`] makes it, for the others a private key as PKCS #8 PEM.
///
/// # Errors
///
/// [`GenerateError::NoEntropy`] when the operating system's generator fails.
pub fn generate_key(algorithm: KeyAlgorithm) -> Result<SecretString, GenerateError> {
    let random = SystemRandom::new();
    let failed = |_| NoEntropy;
    match algorithm {
        KeyAlgorithm::Hs256 => Ok(generate_secret()?),
        KeyAlgorithm::EdDsa => Ok(pem(Ed25519KeyPair::generate_pkcs8v1(&random).map_err(failed)?.as_ref())),
        KeyAlgorithm::Es256 => {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(failed)?;
            Ok(pem(key.as_ref()))
        }
        KeyAlgorithm::Rs256 => {
            let key = rsa::KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let der: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
            Ok(pem(der.as_ref()))
        }
    }
}

/// A fresh secret for an HMAC ring: 256 random bits as 64 hexadecimal digits.
///
/// # Errors
///
/// [`NoEntropy`] when the operating system's generator fails.
pub fn generate_secret() -> Result<SecretString, NoEntropy> {
    let bytes = SecretBytes::<32>::random()?;
    Ok(SecretString::new(
        bytes
            .expose()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    ))
}

fn pem(der: &[u8]) -> SecretString {
    SecretString::new(pem::encode(&pem::Pem::new("PRIVATE KEY", der)))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::EncodingKey;

    use super::*;

    #[test]
    fn a_generated_key_is_one_that_jsonwebtoken_reads() {
        let generate = |name: &str| {
            generate_key(name.parse().expect("known"))
                .expect("made")
                .expose()
                .to_owned()
        };
        assert!(EncodingKey::from_ed_pem(generate("eddsa").as_bytes()).is_ok());
        assert!(EncodingKey::from_ec_pem(generate("ES256").as_bytes()).is_ok());
        assert!(EncodingKey::from_rsa_pem(generate("RS256").as_bytes()).is_ok());
        assert_eq!(generate("HS256").len(), 64);
        assert!("HS512".parse::<KeyAlgorithm>().is_err());
    }
}
