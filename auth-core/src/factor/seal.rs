//! How secrets of factors are encrypted in the database: AES-256-GCM under a key of the
//! configuration.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::config::{Config, ConfigError, FACTOR_KEYS, KeyConfig, KeySource};
use crate::ids::UserId;
use crate::keys::{check_secret, same_hmac_key};
use crate::secret::{SecretString, SecretVec};

/// The keys of `auth.factor_keys`: the first encrypts, all decrypt.
///
/// What is encrypted names its key, and belongs to one user: under another user's id it cannot be
/// read.
pub struct FactorKeys(Vec<FactorKey>);

struct FactorKey {
    name: String,
    key: RandomizedNonceKey,
}

/// A secret in the database is of a key that the configuration does not have, or was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the second factor of a user cannot be decrypted: its key is not in `auth.factor_keys`, or the row was changed"
)]
pub struct UnknownKey;

impl FactorKeys {
    /// The keys of the configuration; `None` where `auth.second_factor` is off.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when there is none, or one is weak or used for something else as well.
    pub fn from_config(config: &Config) -> Result<Option<FactorKeys>, ConfigError> {
        if !config.second_factor.is_on() {
            return Ok(None);
        }
        if config.factor_keys.is_empty() {
            return Err(ConfigError::new(
                FACTOR_KEYS,
                "is required by `auth.second_factor`, to encrypt secrets in the database: write `[{ name = \"2026-11\", \
                 secret = \"…\" }]` or set `AUTH_FACTOR_KEY`; make a secret with the `keys generate` command",
            ));
        }
        let mut keys = Vec::with_capacity(config.factor_keys.len());
        for written in &config.factor_keys {
            let setting = config.factor_key_setting(written);
            let secret = written.secret.expose();
            check_secret(secret).map_err(|weak| ConfigError::new(setting.as_str(), weak.to_string()))?;
            if let Some(other) = used_elsewhere(config, secret) {
                let problem = format!("is {other}; it needs a secret of its own");
                return Err(ConfigError::new(setting, problem));
            }
            keys.push(FactorKey::new(&written.name, &written.secret).ok_or_else(|| {
                ConfigError::new(
                    setting.as_str(),
                    "cannot be made a key: the cryptographic library failed",
                )
            })?);
        }
        Ok(Some(FactorKeys(keys)))
    }

    /// Encrypts a secret of `user` under the first key.
    ///
    /// # Errors
    ///
    /// [`UnknownKey`] where there is no key, or the library fails.
    pub fn seal(&self, user: &UserId, secret: &[u8]) -> Result<String, UnknownKey> {
        let first = self.0.first().ok_or(UnknownKey)?;
        let mut bytes = Zeroizing::new(secret.to_vec());
        let aad = Aad::from(user.as_str().as_bytes());
        let nonce = first
            .key
            .seal_in_place_append_tag(aad, &mut *bytes)
            .map_err(|_| UnknownKey)?;
        let sealed = [nonce.as_ref().as_slice(), &bytes].concat();
        Ok(format!("{}:{}", first.name, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Decrypts a secret of `user`.
    ///
    /// # Errors
    ///
    /// [`UnknownKey`].
    pub fn open(&self, user: &UserId, sealed: &str) -> Result<SecretVec, UnknownKey> {
        let (name, text) = sealed.split_once(':').ok_or(UnknownKey)?;
        let key = self.0.iter().find(|key| key.name == name).ok_or(UnknownKey)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| UnknownKey)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| UnknownKey)?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let aad = Aad::from(user.as_str().as_bytes());
        let opened = key.key.open_in_place(nonce, aad, &mut bytes).map_err(|_| UnknownKey)?;
        Ok(SecretVec::new(&*opened))
    }

    /// Whether `sealed` is of another key than the one that encrypts now.
    pub fn is_outdated(&self, sealed: &str) -> bool {
        let name = sealed.split_once(':').map(|(name, _)| name);
        self.0.first().map(|key| key.name.as_str()) != name
    }
}

/// The bytes of a nonce (NIST SP 800-38D §5.2.1.1).
const NONCE_BYTES: usize = 12;

impl FactorKey {
    /// The key that is derived from `secret` (HKDF, RFC 5869). `None` where the library fails.
    fn new(name: &str, secret: &SecretString) -> Option<FactorKey> {
        let info = [&b"auth-core factor key"[..]];
        let derived = Salt::new(HKDF_SHA256, &[]).extract(secret.expose().as_bytes());
        let mut bytes = Zeroizing::new([0; 32]);
        derived.expand(&info, HKDF_SHA256).ok()?.fill(&mut *bytes).ok()?;
        Some(FactorKey {
            name: name.to_owned(),
            key: RandomizedNonceKey::new(&AES_256_GCM, &*bytes).ok()?,
        })
    }
}

/// What else of the configuration this secret is.
fn used_elsewhere(config: &Config, secret: &str) -> Option<&'static str> {
    let is_key =
        |key: &KeyConfig| matches!(&key.source, KeySource::Secret(text) if same_hmac_key(text.expose(), secret));
    let is_same = |other: &Option<SecretString>| {
        other
            .as_ref()
            .is_some_and(|other| same_hmac_key(other.expose(), secret))
    };
    if config.tokens.access_keys.iter().any(is_key) {
        Some("a key of `auth.tokens.access_keys`")
    } else if config.tokens.refresh_keys.iter().any(is_key) {
        Some("a key of `auth.tokens.refresh_keys`")
    } else if is_same(&config.passwords.pepper) {
        Some("the pepper")
    } else if is_same(&config.rocket_secret) {
        Some("Rocket's `secret_key`")
    } else {
        None
    }
}

impl fmt::Debug for FactorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> FactorKeys {
        let key = |name: &&str| {
            let secret = SecretString::new(format!("a secret of the key {name}"));
            FactorKey::new(name, &secret).expect("a key")
        };
        FactorKeys(names.iter().map(key).collect())
    }

    fn user(id: &str) -> UserId {
        UserId::new(id).expect("an id")
    }

    // security: Second factors: Secrets are encrypted at rest, each for its user
    #[test]
    fn a_secret_is_read_by_its_user_and_its_key_alone() {
        let (keys_of_2026, ann, bo) = (keys(&["2026"]), user("ann"), user("bo"));
        let secret = b"12345678901234567890";
        let sealed = keys_of_2026.seal(&ann, secret).expect("sealed");
        let again = keys_of_2026.seal(&ann, secret).expect("sealed");
        assert_ne!(sealed, again, "each has a nonce of its own");
        assert_eq!(keys_of_2026.open(&ann, &sealed).expect("its user").expose(), secret);
        assert!(keys_of_2026.open(&bo, &sealed).is_err(), "another user");
        assert!(keys(&["2027"]).open(&ann, &sealed).is_err(), "another key");
        let renamed = sealed.replace("2026:", "2027:");
        assert!(keys(&["2027"]).open(&ann, &renamed).is_err(), "another key of its name");
        for broken in ["", "2026", "2026:", "2026:AAAA", &sealed[..sealed.len() - 1]] {
            assert!(keys_of_2026.open(&ann, broken).is_err(), "{broken}");
        }
    }

    // security: Second factors: Keys rotate
    #[test]
    fn the_first_key_encrypts_and_all_decrypt() {
        let ann = user("ann");
        let old = keys(&["2026"]).seal(&ann, b"secret").expect("sealed");
        let both = keys(&["2027", "2026"]);
        assert!(both.is_outdated(&old));
        assert_eq!(both.open(&ann, &old).expect("an older key").expose(), b"secret");
        let new = both.seal(&ann, b"secret").expect("sealed");
        assert!(new.starts_with("2027:") && !both.is_outdated(&new), "{new}");
        assert_eq!(format!("{both:?}"), "FactorKeys(…)");
    }
}
