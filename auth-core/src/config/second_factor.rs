//! `auth.second_factor` and `auth.factor_keys`: what is in them, and what cannot be right.

use std::collections::BTreeSet;

use super::checks::refuse;
use super::{Config, ConfigError};
use crate::secret::SecretString;

/// Whether users can protect their accounts with a second factor, and which roles need one.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SecondFactor {
    /// No: the endpoints answer 404, and a factor from before is not asked for.
    #[default]
    Off,
    /// Each user may: an account with a factor signs in with it only.
    Offered,
    /// As [`SecondFactor::Offered`]. The roles of these names count only where the user signed in
    /// with a factor; see [`Identity::withheld_roles`](crate::session::Identity::withheld_roles).
    RequiredFor(Vec<String>),
}

impl SecondFactor {
    /// Whether users may have a factor.
    pub fn is_on(&self) -> bool {
        *self != SecondFactor::Off
    }

    /// The names of the roles that count with a factor only.
    pub fn required_for(&self) -> &[String] {
        match self {
            SecondFactor::RequiredFor(roles) => roles,
            SecondFactor::Off | SecondFactor::Offered => &[],
        }
    }
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

/// The setting of the keys, and the variable of one key.
pub(crate) const FACTOR_KEYS: &str = "auth.factor_keys";
const VARIABLE: &str = "AUTH_FACTOR_KEY";

/// The name of the key in the variable. It is a fixed one, so that the key keeps it when it moves
/// to the settings to be replaced.
const NAME_IN_ENVIRONMENT: &str = "environment";

impl Config {
    /// Makes the secret of the environment the only key.
    pub(super) fn add_factor_key(&mut self, secret: Option<&SecretString>) -> Result<(), ConfigError> {
        let Some(secret) = secret else { return Ok(()) };
        if !self.factor_keys.is_empty() {
            let problem = format!("is set, and so is `{FACTOR_KEYS}`; remove one of them");
            return Err(ConfigError::new(VARIABLE, problem));
        }
        self.factor_key_from_environment = true;
        self.factor_keys.push(FactorKeyConfig {
            name: NAME_IN_ENVIRONMENT.to_owned(),
            secret: secret.clone(),
        });
        Ok(())
    }

    /// What a factor key is called in messages.
    pub(crate) fn factor_key_setting(&self, key: &FactorKeyConfig) -> String {
        if self.factor_key_from_environment {
            VARIABLE.to_owned()
        } else {
            format!("{FACTOR_KEYS}.{}", key.name)
        }
    }

    /// That there is a key is checked where keys are made: the command that makes one must run.
    pub(super) fn check_second_factor(&self) -> Result<(), ConfigError> {
        const SETTING: &str = FACTOR_KEYS;
        match (self.second_factor.is_on(), self.factor_keys.is_empty()) {
            (false, true) => return Ok(()),
            (false, false) => {
                let setting = if self.factor_key_from_environment {
                    VARIABLE
                } else {
                    SETTING
                };
                return refuse(setting, "has no effect without `auth.second_factor = \"offered\"`");
            }
            (true, _) => {}
        }
        self.check_required_for()?;
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

    /// Whether the application has these roles is known only where its enum is.
    fn check_required_for(&self) -> Result<(), ConfigError> {
        let SecondFactor::RequiredFor(roles) = &self.second_factor else {
            return Ok(());
        };
        if roles.is_empty() {
            let problem = "names no role; write `auth.second_factor = \"offered\"`";
            return refuse(REQUIRED_FOR, problem);
        }
        let mut names = BTreeSet::new();
        match roles.iter().find(|role| !names.insert(*role)) {
            Some(twice) => refuse(REQUIRED_FOR, format!("names `{}` twice", twice.escape_debug())),
            None => Ok(()),
        }
    }
}

/// The setting of [`SecondFactor::RequiredFor`].
pub(crate) const REQUIRED_FOR: &str = "auth.second_factor.required_for";

#[cfg(test)]
mod tests {
    use super::*;

    fn config(second_factor: SecondFactor, names: &[&str]) -> Config {
        let key = |name: &&str| FactorKeyConfig {
            name: (*name).to_owned(),
            secret: SecretString::new("anything"),
        };
        Config {
            second_factor,
            factor_keys: names.iter().map(key).collect(),
            ..Config::default()
        }
    }

    fn refusal(second_factor: SecondFactor, names: &[&str]) -> Option<String> {
        let checked = config(second_factor, names).check_second_factor();
        checked.err().map(|error| error.to_string())
    }

    #[test]
    fn keys_are_named_once_and_stand_where_they_have_an_effect() {
        let offered = |names: &[&str]| refusal(SecondFactor::Offered, names);
        let required_for = |roles: &[&str], names| {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            refusal(SecondFactor::RequiredFor(roles), names)
        };
        assert_eq!(refusal(SecondFactor::Off, &[]), None);
        assert_eq!(offered(&["2026-11", "2026_10"]), None);
        assert_eq!(required_for(&["admin", "editor"], &["a"]), None);
        for (refused, says) in [
            (refusal(SecondFactor::Off, &["a"]), "has no effect"),
            (offered(&["a", "b", "a"]), "twice"),
            (offered(&[""]), "1 to 32"),
            (offered(&["a:b"]), "1 to 32"),
            (offered(&[&"x".repeat(33)]), "1 to 32"),
            (
                required_for(&[], &["a"]),
                "`auth.second_factor.required_for` names no role",
            ),
            (required_for(&["admin", "admin"], &["a"]), "names `admin` twice"),
        ] {
            let refused = refused.expect("refused");
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[test]
    fn the_key_of_the_environment_is_the_only_one() {
        let secret = SecretString::new("anything");
        let with_variable = |second_factor, written: &[&str]| {
            let mut config = config(second_factor, written);
            config
                .add_factor_key(Some(&secret))
                .and_then(|()| config.check_second_factor())?;
            Ok::<_, ConfigError>((config.factor_key_setting(&config.factor_keys[0]), config))
        };
        let (setting, config) = with_variable(SecondFactor::Offered, &[]).expect("one key");
        assert_eq!(
            (setting.as_str(), config.factor_keys[0].name.as_str()),
            ("AUTH_FACTOR_KEY", "environment")
        );
        for (second_factor, written, says) in [
            (SecondFactor::Offered, &["a"] as &[&str], "so is `auth.factor_keys`"),
            (SecondFactor::Off, &[], "has no effect"),
        ] {
            let refused = with_variable(second_factor, written).expect_err("refused").to_string();
            assert!(
                refused.starts_with("`AUTH_FACTOR_KEY` ") && refused.contains(says),
                "{refused}"
            );
        }
    }
}
