use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::config::{Config, ConfigError, KeyConfig, KeySource};
use crate::keys::{check_secret, same_hmac_key};
use crate::secret::SecretString;

/// A secret of the application that goes into every password hash. An attacker who has only the
/// database cannot try passwords.
///
/// bcrypt gets `base64(HMAC-SHA-384(pepper, password))`, 64 bytes without a NUL. The stored text
/// names the scheme and the pepper before the hash, so the library recognises a hash of another
/// pepper.
#[derive(Clone)]
pub struct Pepper {
    key: hmac::Key,
    id: String,
}

impl Pepper {
    /// The pepper of `auth.passwords.pepper` or `AUTH_PEPPER`, if there is one.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when it is weak, or a key of the rings as well.
    pub fn from_config(config: &Config) -> Result<Option<Pepper>, ConfigError> {
        let Some(secret) = &config.passwords.pepper else {
            return Ok(None);
        };
        let setting = if config.pepper_from_environment {
            "AUTH_PEPPER"
        } else {
            "auth.passwords.pepper"
        };
        check_secret(secret.expose()).map_err(|weak| ConfigError::new(setting, weak.to_string()))?;
        for (ring, keys) in [
            ("auth.tokens.access_keys", &config.tokens.access_keys),
            ("auth.tokens.refresh_keys", &config.tokens.refresh_keys),
        ] {
            // Keys in files are read where they become rings, and compared there.
            let is_pepper = |key: &KeyConfig| match &key.source {
                KeySource::Secret(text) => same_hmac_key(text.expose(), secret.expose()),
                _ => false,
            };
            if keys.iter().any(is_pepper) {
                let problem = format!("is a key of `{ring}`; it needs a secret of its own");
                return Err(ConfigError::new(setting, problem));
            }
        }
        let rockets = config.rocket_secret.as_ref();
        if rockets.is_some_and(|rockets| same_hmac_key(rockets.expose(), secret.expose())) {
            let problem = "is Rocket's `secret_key`; it needs a secret of its own";
            return Err(ConfigError::new(setting, problem));
        }
        Ok(Some(Pepper::new(secret)))
    }

    /// The pepper that is the UTF-8 bytes of `secret`. The caller checks that `secret` is strong
    /// enough: this function does not.
    pub fn new(secret: &SecretString) -> Pepper {
        let key = hmac::Key::new(hmac::HMAC_SHA384, secret.expose().as_bytes());
        let id = URL_SAFE_NO_PAD.encode(&hmac::sign(&key, b"auth-core pepper").as_ref()[..6]);
        Pepper { key, id }
    }

    /// Tells this pepper from others; the same on every node.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What bcrypt hashes in place of the password.
    pub(super) fn apply(&self, password: &str) -> SecretString {
        SecretString::new(STANDARD.encode(hmac::sign(&self.key, password.as_bytes())))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bcrypt_sees_is_the_hmac_in_base64() {
        // RFC 4231 §4.3: key "Jefe", data "what do ya want for nothing?".
        let seen = Pepper::new(&SecretString::new("Jefe")).apply("what do ya want for nothing?");
        assert_eq!(
            seen.expose(),
            "r0XS43ZIQDFhf3jStYprG5x+9GT1oBtH5C7Dc2MiRF6OIkDKXmnix4syOez6shZJ"
        );
        assert_eq!(seen.expose().len(), 64);
    }

    // security: Keys: Access, refresh, pepper and Rocket's secret key all differ after normalisation
    #[test]
    fn a_weak_pepper_or_one_that_is_a_key_is_refused_and_not_quoted() {
        let good = "c2l4dHkgZm91ciBieXRlcyBvZiBnb29kIG5vaXNl";
        let with = |pepper: &str, from_environment: bool| {
            let mut config = Config::default();
            config.tokens.access_keys = vec![KeyConfig::from_secret(SecretString::new(good))];
            config.passwords.pepper = Some(SecretString::new(pepper));
            config.pepper_from_environment = from_environment;
            Pepper::from_config(&config)
        };
        for bad in [
            "",
            "0123456789abcdef0123456789abcde",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "a-string-secret-at-least-256-bits-long",
            good,
            &format!("{good}\0"),
        ] {
            for (from_environment, setting) in [(true, "AUTH_PEPPER"), (false, "auth.passwords.pepper")] {
                let error = with(bad, from_environment).expect_err("refused");
                assert_eq!(error.setting, setting);
                assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
            }
        }
        assert!(
            with("eW91IHdvdWxkIG5vdCBndWVzcyB0aGlzIG9uZSE", true)
                .expect("fine")
                .is_some()
        );
        assert!(Pepper::from_config(&Config::default()).expect("none").is_none());

        let mut config = Config {
            rocket_secret: Some(SecretString::new(good)),
            ..Config::default()
        };
        config.passwords.pepper = Some(SecretString::new(good));
        let error = Pepper::from_config(&config).expect_err("Rocket's own").to_string();
        assert!(error.contains("secret_key") && !error.contains(good), "{error}");
    }

    #[test]
    fn debug_output_tells_nothing() {
        let pepper = Pepper::new(&SecretString::new("hunter2"));
        assert_eq!(format!("{pepper:?}"), "Pepper(…)");
    }
}
