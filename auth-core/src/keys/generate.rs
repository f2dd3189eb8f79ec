use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};

use super::error::KeyError;
use super::signing::KeyAlgorithm;
use crate::secret::{NoEntropy, SecretBytes, SecretString};

/// A new key in the form that the configuration takes. For HMAC it is a random secret of as many
/// bits as the hash has, in hexadecimal digits. For the others it is a private key as PKCS #8 PEM.
///
/// # Errors
///
/// [`KeyError::NoEntropy`] when the operating system's generator fails.
pub fn generate_key(algorithm: KeyAlgorithm) -> Result<SecretString, KeyError> {
    let random = SystemRandom::new();
    let failed = |_| NoEntropy;
    match algorithm {
        KeyAlgorithm::Hs256 => Ok(hex(SecretBytes::<32>::random()?.expose())),
        KeyAlgorithm::Hs384 => Ok(hex(SecretBytes::<48>::random()?.expose())),
        KeyAlgorithm::Hs512 => Ok(hex(SecretBytes::<64>::random()?.expose())),
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
    Ok(hex(SecretBytes::<32>::random()?.expose()))
}

fn hex(bytes: &[u8]) -> SecretString {
    SecretString::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
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
        assert_eq!(generate("HS384").len(), 96);
        assert_eq!(generate("HS512").len(), 128);
        assert!("none".parse::<KeyAlgorithm>().is_err());
    }
}
