//! Key rings: one key signs, all verify, and the algorithm belongs to the key.

mod generate;
mod ring;
mod strength;

pub use generate::{GenerateError, KeyAlgorithm, generate_key, generate_secret};
pub use ring::{KeyRing, NotOurs, SigningFailed, TokenType};
pub use strength::{WeakSecret, check_secret, same_hmac_key};

use crate::config::{Config, ConfigError, KeyConfig};
use crate::secret::NoEntropy;

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
        let access = RingSource::new("JWT_ACCESS_SECRET", "auth.access_keys", config.from_environment.0);
        let refresh = RingSource::new("JWT_REFRESH_SECRET", "auth.refresh_keys", config.from_environment.1);
        let access_keys = access.keys_or_random(&config.access_keys, config.is_debug())?;
        let refresh_keys = refresh.keys_or_random(&config.refresh_keys, config.is_debug())?;
        refuse_shared_key(&access, &access_keys, &refresh, &refresh_keys)?;
        let ephemeral = config.access_keys.is_empty() || config.refresh_keys.is_empty();
        KeyRings::of(&access_keys, &refresh_keys, ephemeral)
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

/// Where the keys of a ring come from, for messages.
struct RingSource {
    variable: &'static str,
    named: &'static str,
}

impl RingSource {
    fn new(variable: &'static str, setting: &'static str, from_environment: bool) -> RingSource {
        RingSource {
            variable,
            named: if from_environment { variable } else { setting },
        }
    }

    fn keys_or_random(&self, configured: &[KeyConfig], debug: bool) -> Result<Vec<KeyConfig>, KeyError> {
        for key in configured {
            check_secret(key.secret.expose()).map_err(|weak| ConfigError::new(self.named, weak.to_string()))?;
            if key.kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > 64) {
                return Err(ConfigError::new(self.named, "has a `kid` that is empty or longer than 64 bytes").into());
            }
        }
        match (configured, debug) {
            ([], false) => {
                Err(ConfigError::new(self.variable, "is not set; make one with `rocket-app keys generate`").into())
            }
            ([], true) => Ok(vec![random_key()?]),
            (configured, _) => Ok(configured.to_vec()),
        }
    }
}

fn random_key() -> Result<KeyConfig, NoEntropy> {
    generate_secret().map(KeyConfig::from_secret)
}

fn refuse_shared_key(
    access: &RingSource,
    access_keys: &[KeyConfig],
    refresh: &RingSource,
    refresh_keys: &[KeyConfig],
) -> Result<(), KeyError> {
    let same = |one: &KeyConfig, other: &KeyConfig| same_hmac_key(one.secret.expose(), other.secret.expose());
    if refresh_keys
        .iter()
        .any(|key| access_keys.iter().any(|other| same(key, other)))
    {
        let problem = format!("holds a key of `{}`; each ring needs its own", access.named);
        return Err(ConfigError::new(refresh.named, problem).into());
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
