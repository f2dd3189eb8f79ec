//! The rings that a server works with, from its configuration.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::KeyError;
use super::fingerprint::Fingerprint;
use super::generate::generate_secret;
use super::key::TokenType;
use super::ring::{KeyRing, setting_of};
use super::strength;
use crate::config::{Config, ConfigError, KeyConfig};
use crate::secret::{NoEntropy, SecretString, SecretVec};

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

impl KeyRings {
    /// The rings of `config`; reads the files that it names. Without keys, the debug profile gets
    /// random ones and everything else is refused.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the setting, never the value.
    pub fn from_config(config: &Config) -> Result<KeyRings, KeyError> {
        let access = RingSource::new(
            "JWT_ACCESS_SECRET",
            "auth.tokens.access_keys",
            config.from_environment.0,
        );
        let refresh = RingSource::new(
            "JWT_REFRESH_SECRET",
            "auth.tokens.refresh_keys",
            config.from_environment.1,
        );
        let debug = config.is_debug();
        let rings = KeyRings {
            access: access.ring(TokenType::Access, &config.tokens.access_keys, debug)?,
            refresh: refresh.ring(TokenType::Refresh, &config.tokens.refresh_keys, debug)?,
            ephemeral: config.tokens.access_keys.is_empty() || config.tokens.refresh_keys.is_empty(),
        };
        if let Some((here, there)) = rings.refresh.shared_key(&rings.access) {
            let problem = format!(
                "is a key of `{}`; each ring needs its own",
                setting_of(access.named, there)
            );
            return Err(ConfigError::new(setting_of(refresh.named, here), problem).into());
        }
        let rockets = config.rocket_secret.iter().flat_map(spellings);
        let text = |secret: &SecretString| SecretVec::new(secret.expose());
        let pepper = config.passwords.pepper.iter().map(text);
        let audit_key = config.audit_pseudonym_key.iter().map(text);
        let others = rockets
            .map(|secret| (secret, "is Rocket's `secret_key`; it needs a key of its own"))
            .chain(pepper.map(|secret| (secret, "is the pepper; it needs a key of its own")))
            .chain(audit_key.map(|secret| (secret, "is `auth.audit_pseudonym_key`; it needs a key of its own")));
        for (secret, problem) in others {
            let fingerprint = Fingerprint::of_secret(secret.expose());
            for (source, ring) in [(&access, &rings.access), (&refresh, &rings.refresh)] {
                if let Some(index) = ring.position(&fingerprint) {
                    return Err(ConfigError::new(setting_of(source.named, index), problem).into());
                }
            }
        }
        Ok(rings)
    }

    /// Rings of random keys: their tokens are good in this process and die with it.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoEntropy`].
    pub fn random() -> Result<KeyRings, KeyError> {
        Ok(KeyRings {
            access: KeyRing::from_keys(TokenType::Access, "auth.tokens.access_keys", &[random_key()?])?,
            refresh: KeyRing::from_keys(TokenType::Refresh, "auth.tokens.refresh_keys", &[random_key()?])?,
            ephemeral: true,
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

    fn ring(&self, token_type: TokenType, configured: &[KeyConfig], debug: bool) -> Result<KeyRing, KeyError> {
        match (configured, debug) {
            ([], false) => {
                Err(ConfigError::new(self.variable, "is not set; make one with the `keys generate` command").into())
            }
            ([], true) => KeyRing::from_keys(token_type, self.named, &[random_key()?]),
            (configured, _) => KeyRing::from_keys(token_type, self.named, configured),
        }
    }
}

fn random_key() -> Result<KeyConfig, NoEntropy> {
    generate_secret().map(KeyConfig::from_secret)
}

/// What Rocket's `secret_key` may be taken for: its text, and the bytes behind base64 or
/// hexadecimal digits.
fn spellings(secret: &SecretString) -> Vec<SecretVec> {
    let text = secret.expose();
    let mut spellings = vec![SecretVec::new(text)];
    spellings.extend(STANDARD.decode(text).ok().map(SecretVec::new));
    spellings.extend(strength::unhex(text).map(SecretVec::new));
    spellings
}
