use std::env::{VarError, var};

use figment::Figment;

use super::error::ConfigError;
use super::explain::{check_file, describe};
use super::renamed::check_names;
use super::text::check_table;
use super::{Config, Environment, KeyConfig, origins};
use crate::secret::SecretString;

/// The profile of Rocket that is more lenient.
const DEBUG_PROFILE: &str = "debug";

impl Environment {
    /// Reads the process's environment. A variable that is set but empty counts as not set, but for
    /// the secrets: an empty secret is a mistake and is refused as one.
    ///
    /// # Errors
    ///
    /// A variable that is no UTF-8, or a `ROCKET_…` that [`Environment::check_rocket`] refuses.
    pub fn read() -> Result<Environment, ConfigError> {
        Environment::check_rocket()?;
        let text = |name: &str| match var(name) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::new(name, "is not valid UTF-8")),
        };
        Ok(Environment {
            access_secret: text("JWT_ACCESS_SECRET")?.map(SecretString::new),
            refresh_secret: text("JWT_REFRESH_SECRET")?.map(SecretString::new),
            pepper: text("AUTH_PEPPER")?.map(SecretString::new),
            factor_key: text("AUTH_FACTOR_KEY")?.map(SecretString::new),
            database_url: text("DATABASE_URL")?
                .filter(|url| !url.is_empty())
                .map(SecretString::new),
        })
    }
}

impl Config {
    /// Reads and checks the `auth` table of `figment` (Rocket's: `rocket.figment()`), and the
    /// variables of the environment that hold secrets: `JWT_ACCESS_SECRET`, `JWT_REFRESH_SECRET`,
    /// `AUTH_PEPPER`, `AUTH_FACTOR_KEY` and `DATABASE_URL`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first setting that is unknown, of the wrong type or out of range.
    pub fn from_figment(figment: &Figment) -> Result<Config, ConfigError> {
        Config::read(figment, &Environment::read()?)
    }

    /// The same, with what `environment` holds in place of the process's environment.
    ///
    /// # Errors
    ///
    /// As those of [`Config::from_figment`].
    #[doc(hidden)]
    pub fn read(figment: &Figment, environment: &Environment) -> Result<Config, ConfigError> {
        check_file(figment)?;
        environment.check()?;
        check_names(figment)?;
        check_table(figment).map_err(|error| error.located(figment))?;
        Config::read_table(figment, environment).map_err(|error| error.located(figment))
    }

    fn read_table(figment: &Figment, environment: &Environment) -> Result<Config, ConfigError> {
        let mut config = match figment.find_value("auth") {
            Ok(_) => figment
                .extract_inner::<Config>("auth")
                .map_err(|error| describe(&error, Some("auth")))?,
            Err(_) => Config::default(),
        };
        config.debug = figment.profile() == DEBUG_PROFILE;
        if config.store.is_none() {
            config.store.clone_from(&environment.database_url);
        }
        config.rocket_secret = figment.extract_inner("secret_key").ok();
        config.from_environment = (
            environment.access_secret.is_some(),
            environment.refresh_secret.is_some(),
        );
        add_secret(
            &mut config.tokens.access_keys,
            &environment.access_secret,
            "JWT_ACCESS_SECRET",
            "auth.tokens.access_keys",
        )?;
        add_secret(
            &mut config.tokens.refresh_keys,
            &environment.refresh_secret,
            "JWT_REFRESH_SECRET",
            "auth.tokens.refresh_keys",
        )?;
        if let Some(pepper) = &environment.pepper {
            if config.passwords.pepper.is_some() {
                return Err(ConfigError::new(
                    "AUTH_PEPPER",
                    "is set, and so is `auth.passwords.pepper`; remove one of them",
                ));
            }
            config.passwords.pepper = Some(pepper.clone());
            config.pepper_from_environment = true;
        }
        config.add_factor_key(environment.factor_key.as_ref())?;
        if let (Some(pepper), Ok(rockets)) = (
            &config.passwords.pepper,
            figment.extract_inner::<SecretString>("secret_key"),
        ) && pepper.expose() == rockets.expose()
        {
            let setting = if config.pepper_from_environment {
                "AUTH_PEPPER"
            } else {
                "auth.passwords.pepper"
            };
            return Err(ConfigError::new(
                setting,
                "is Rocket's `secret_key`; it needs a secret of its own",
            ));
        }
        for origin in &mut config.allowed_origins {
            *origin = origins::normalised(origin).map_err(|problem| {
                let problem = format!("holds `{}`: {problem}", origin.escape_debug());
                ConfigError::new("auth.allowed_origins", problem)
            })?;
        }
        config.check(figment)?;
        Ok(config)
    }
}

/// Puts the secret of the environment into the ring; both ways at once would leave open which one
/// signs.
fn add_secret(
    keys: &mut Vec<KeyConfig>,
    secret: &Option<SecretString>,
    variable: &str,
    setting: &str,
) -> Result<(), ConfigError> {
    let Some(secret) = secret else { return Ok(()) };
    if !keys.is_empty() {
        return Err(ConfigError::new(
            variable,
            format!("is set, and so is `{setting}`; remove one of them"),
        ));
    }
    keys.push(KeyConfig::from_secret(secret.clone()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use figment::providers::{Format, Toml};

    use super::*;

    fn read(toml: &str) -> Result<Config, ConfigError> {
        let figment = Figment::from(rocket::Config::debug_default()).merge(Toml::string(toml));
        Config::read(&figment, &Environment::default())
    }

    fn refusal(toml: &str) -> String {
        read(toml).expect_err("this configuration is refused").to_string()
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        for (toml, setting) in [
            ("[auth]\nmont = \"/auth\"", "auth.mont"),
            ("[auth.tokens]\nacces_ttl = \"15m\"", "auth.tokens.acces_ttl"),
            ("[auth.cookie]\nsecur = true", "auth.cookie.secur"),
            (
                "[auth.tokens]\naccess_keys = [{ secret = \"x\", kind = \"y\" }]",
                "auth.tokens.access_keys.0.kind",
            ),
        ] {
            let text = refusal(toml);
            assert!(text.starts_with(&format!("`{setting}` is no setting")), "{text}");
        }
        assert!(refusal("[auth.cookie]\nsecure = 3").starts_with("`auth.cookie.secure` must be"));
    }

    #[test]
    fn a_duration_needs_its_unit() {
        let text = refusal("[auth.sessions]\nrefresh_grace = \"10\"");
        assert!(
            text.contains("auth.sessions.refresh_grace") && text.contains("\"15m\""),
            "{text}"
        );
        assert!(refusal("[auth.sessions]\nrefresh_grace = 10").contains("auth.sessions.refresh_grace"));
    }

    #[test]
    fn a_secret_of_the_wrong_shape_is_not_quoted() {
        for toml in [
            "[auth.tokens]\naccess_keys = [{ secret = 918273645546372819 }]",
            "[auth.tokens]\naccess_keys = \"918273645546372819\"",
            "auth = \"{tokens={access_keys=[{secret=918273645546372819\"",
        ] {
            let text = refusal(toml);
            assert!(text.contains("auth") && !text.contains("918273645546372819"), "{text}");
        }
    }

    #[test]
    fn the_password_of_the_database_is_not_printed() {
        let config = read("[auth]\nstore = \"postgres://app:hunter2@db/app\"").expect("a URL");
        assert_eq!(config.store_url(), "postgres://app:hunter2@db/app");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_malformed_file_is_no_empty_one_and_is_not_quoted() {
        let text = refusal("[auth.tokens]\naccess_keys = [{ secret = \"918273645546372819\n");
        assert!(text.starts_with("`the configuration` is malformed at line 2"), "{text}");
        assert!(!text.contains("918273645546372819"), "{text}");
    }

    #[test]
    fn the_defaults_are_valid_in_the_debug_profile() {
        let config = read("").expect("defaults are valid");
        assert_eq!(config.store_url(), "sqlite://auth.db");
        assert!(config.is_debug() && !config.cookies_are_secure());
    }

    #[test]
    fn a_pepper_in_both_places_or_that_is_rockets_secret_is_refused_and_not_quoted() {
        let figment = |toml: &str| Figment::from(rocket::Config::debug_default()).merge(Toml::string(toml));
        let pepper = "c2l4dHkgZm91ciBieXRlcyBvZiBnb29kIG5vaXNl";
        let environment = Environment {
            pepper: Some(SecretString::new(pepper)),
            ..Environment::default()
        };
        for (toml, environment, setting) in [
            (
                format!("[auth.passwords]\npepper = \"{pepper}\""),
                &environment,
                "AUTH_PEPPER",
            ),
            (format!("secret_key = \"{pepper}\""), &environment, "AUTH_PEPPER"),
            (
                format!("secret_key = \"{pepper}\"\n[auth.passwords]\npepper = \"{pepper}\""),
                &Environment::default(),
                "auth.passwords.pepper",
            ),
            (
                "[auth.passwords]\npepper = 918273645546372819".to_owned(),
                &Environment::default(),
                "auth.passwords.pepper",
            ),
        ] {
            let error = Config::read(&figment(&toml), environment).expect_err("refused");
            assert_eq!(error.setting, setting, "{toml}");
            assert!(
                !error.to_string().contains(pepper) && !error.to_string().contains("918273"),
                "{error}"
            );
        }
        let config = Config::read(&figment(""), &environment).expect("a pepper");
        assert!(!format!("{config:?}").contains(pepper));
    }

    #[test]
    fn a_secret_in_both_places_is_refused() {
        let figment = Figment::from(rocket::Config::debug_default()).merge(Toml::string(
            "[auth.tokens]\naccess_keys = [{ secret = \"c2l4dHkgZm91ciBieXRlcyBvZiBnb29kIG5vaXNl\" }]",
        ));
        let environment = Environment {
            access_secret: Some(SecretString::new("anything")),
            ..Environment::default()
        };
        let error = Config::read(&figment, &environment).expect_err("two sources");
        assert_eq!(error.setting, "JWT_ACCESS_SECRET");
    }
}
