//! `auth.second_factor` and `auth.factor_keys`: what is in them, and what cannot be right.

use std::collections::BTreeSet;

use super::checks::refuse;
use super::{Config, ConfigError};
use crate::secret::SecretString;

/// Whether users can protect their accounts with a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SecondFactor {
    /// No: the endpoints answer 404, and a factor from before is not asked for.
    #[default]
    Off,
    /// Each user may: an account with a factor signs in with it only.
    Offered,
}

/// A key that encrypts the secrets of second factors: `{ name = "2026-11", secret = "…" }`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FactorKeyConfig {
    /// Its name, which stands beside what it encrypted: 1 to 32 letters, digits, `-` and `_`.
    pub name: String,
    /// The secret: at least 32 bytes, and no other key of the configuration.
    pub secret: SecretString,
}

impl Config {
    pub(super) fn check_second_factor(&self) -> Result<(), ConfigError> {
        const SETTING: &str = "auth.factor_keys";
        match (self.second_factor, self.factor_keys.is_empty()) {
            (SecondFactor::Off, true) => return Ok(()),
            (SecondFactor::Off, false) => {
                return refuse(SETTING, "has no effect without `auth.second_factor = \"offered\"`");
            }
            (_, true) => {
                return refuse(
                    SETTING,
                    "is required by `auth.second_factor`, to encrypt secrets in the database: write \
                     `[{ name = \"2026-11\", secret = \"…\" }]`",
                );
            }
            (_, false) => {}
        }
        let mut names = BTreeSet::new();
        for key in &self.factor_keys {
            let is_name = (1..=32).contains(&key.name.len())
                && key
                    .name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !is_name {
                return refuse(
                    SETTING,
                    "has a key whose `name` is not 1 to 32 letters, digits, `-` and `_`",
                );
            }
            if !names.insert(&key.name) {
                return refuse(SETTING, format!("names `{}` twice", key.name));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(second_factor: SecondFactor, names: &[&str]) -> Option<String> {
        let key = |name: &&str| FactorKeyConfig {
            name: (*name).to_owned(),
            secret: SecretString::new("anything"),
        };
        let config = Config {
            second_factor,
            factor_keys: names.iter().map(key).collect(),
            ..Config::default()
        };
        config.check_second_factor().err().map(|error| error.to_string())
    }

    #[test]
    fn keys_are_named_once_and_stand_where_they_have_an_effect() {
        let offered = SecondFactor::Offered;
        assert_eq!(refusal(SecondFactor::Off, &[]), None);
        assert_eq!(refusal(offered, &["2026-11", "2026_10"]), None);
        for (refused, says) in [
            (refusal(SecondFactor::Off, &["a"]), "has no effect"),
            (refusal(offered, &[]), "is required"),
            (refusal(offered, &["a", "b", "a"]), "twice"),
            (refusal(offered, &[""]), "1 to 32"),
            (refusal(offered, &["a:b"]), "1 to 32"),
            (refusal(offered, &[&"x".repeat(33)]), "1 to 32"),
        ] {
            let refused = refused.expect("refused");
            assert!(refused.contains(says), "{refused}");
        }
    }
}
