//! Key rings: one key signs, all verify, and the algorithm belongs to the key.

mod ring;
mod strength;

pub use ring::{KeyRing, NotOurs, SigningFailed, TokenType};
pub use strength::{WeakSecret, check_secret, same_hmac_key};

use crate::config::{Config, ConfigError, KeyConfig};
use crate::secret::{NoEntropy, SecretBytes, SecretString};

/// The two rings of a server, for access and for refresh tokens. They never share a key.
#[derive(Clone, Debug)]
pub struct KeyRings {
    /// Signs and verifies access tokens.
    pub access: KeyRing,
    /// Signs and verifies refresh tokens.
    pub refresh: KeyRing,
    /// Some ring was made from random keys: its tokens die with the process.
    pub ephemeral: bool,
}

/// Why no rings could be made; launch stops.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key that is missing, weak, known or used twice.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No random key could be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The cryptographic library does not do what it must.
    #[error("the self-test of the cryptographic library failed")]
    SelfTest,
}

impl KeyRings {
    /// The rings that `config` asks for. Without keys, the debug profile gets random ones and everything else is refused.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the setting, never the value.
    pub fn from_config(config: &Config) -> Result<KeyRings, KeyError> {
        let access = keys_or_random(&config.access_keys, "JWT_ACCESS_SECRET", config.is_debug())?;
        let refresh = keys_or_random(&config.refresh_keys, "JWT_REFRESH_SECRET", config.is_debug())?;
        refuse_shared_key(&access, &refresh)?;
        let ephemeral = config.access_keys.is_empty() || config.refresh_keys.is_empty();
        KeyRings::of(&access, &refresh, ephemeral)
    }

    /// Rings of random keys: their tokens are good in this process and die with it.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoEntropy`].
    pub fn random() -> Result<KeyRings, KeyError> {
        KeyRings::of(&[random_key()?], &[random_key()?], true)
    }

    fn of(access: &[KeyConfig], refresh: &[KeyConfig], ephemeral: bool) -> Result<KeyRings, KeyError> {
        Ok(KeyRings {
            access: ring("auth.access_keys", TokenType::Access, access)?,
            refresh: ring("auth.refresh_keys", TokenType::Refresh, refresh)?,
            ephemeral,
        })
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

fn keys_or_random(configured: &[KeyConfig], variable: &str, debug: bool) -> Result<Vec<KeyConfig>, KeyError> {
    if !configured.is_empty() {
        for key in configured {
            // One key almost always means the variable; naming both settings is clear in either case.
            check_secret(key.secret.expose()).map_err(|weak| ConfigError::new(variable, weak.to_string()))?;
        }
        return Ok(configured.to_vec());
    }
    if debug {
        return Ok(vec![random_key()?]);
    }
    Err(ConfigError::new(variable, "is not set; make one with `rocket-app keys generate`").into())
}

fn random_key() -> Result<KeyConfig, NoEntropy> {
    generate_secret().map(KeyConfig::from_secret)
}

fn refuse_shared_key(access: &[KeyConfig], refresh: &[KeyConfig]) -> Result<(), KeyError> {
    let shared = access.iter().any(|one| {
        refresh
            .iter()
            .any(|other| same_hmac_key(one.secret.expose(), other.secret.expose()))
    });
    if shared {
        let problem = "is the same key as `JWT_ACCESS_SECRET`; each ring needs its own";
        return Err(ConfigError::new("JWT_REFRESH_SECRET", problem).into());
    }
    Ok(())
}

fn ring(setting: &str, token_type: TokenType, keys: &[KeyConfig]) -> Result<KeyRing, KeyError> {
    let mut ring: Option<KeyRing> = None;
    for key in keys {
        let next =
            KeyRing::hs256(token_type, key.kid.as_deref(), key.secret.expose()).map_err(|_| KeyError::SelfTest)?;
        ring = Some(match ring {
            None => next,
            Some(ring) => ring
                .with_older(next)
                .map_err(|kid| ConfigError::new(setting, format!("holds the `kid` {} twice", kid.escape_debug())))?,
        });
    }
    let ring = ring.ok_or_else(|| ConfigError::new(setting, "is empty"))?;
    if !ring.self_test() {
        return Err(KeyError::SelfTest);
    }
    Ok(ring)
}
