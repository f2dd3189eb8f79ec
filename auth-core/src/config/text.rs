//! Text from outside: a line break or a quote that came along is refused, not taken for a part of a
//! secret or a name.

use std::env::vars_os;
use std::io::ErrorKind;

use figment::Figment;
use figment::value::{Dict, Value};

use super::explain::A_TABLE;
use super::{ConfigError, Environment};

/// Settings whose text is a file's, with line breaks of its own.
const FILES: [&str; 2] = ["pem", "jwk"];

/// Refuses text with what files and shells leave around it: a byte order mark, white space, line
/// breaks, quotes.
///
/// The library calls it for every text of its own settings. Call it for those that your application
/// reads.
///
/// ```
/// use auth_core::config::check_text;
///
/// let refused = check_text("MAIL_PASSWORD", "hunter2\n").expect_err("a line break");
/// assert_eq!(refused.to_string(), "`MAIL_PASSWORD` ends with a line break; remove it");
/// ```
///
/// # Errors
///
/// [`ConfigError`] names the setting, and never quotes the text.
pub fn check_text(setting: &str, text: &str) -> Result<(), ConfigError> {
    check_ends(setting, text)?;
    let quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if quoted('"') || quoted('\'') || quoted('`') {
        return Err(ConfigError::new(
            setting,
            "stands in quotes that would be a part of it; remove them",
        ));
    }
    if text.contains(char::is_control) {
        return Err(ConfigError::new(
            setting,
            "holds a line break or another control character; remove it",
        ));
    }
    Ok(())
}

fn check_ends(setting: &str, text: &str) -> Result<(), ConfigError> {
    let is_break = |c: char| c == '\n' || c == '\r';
    let problem = if text.starts_with('\u{feff}') || text.ends_with('\u{feff}') {
        "begins or ends with a byte order mark; save its file as UTF-8 without one"
    } else if text.ends_with(is_break) {
        "ends with a line break; remove it"
    } else if text.starts_with(is_break) {
        "begins with a line break; remove it"
    } else if text.trim() != text {
        "begins or ends with white space; remove it"
    } else {
        return Ok(());
    };
    Err(ConfigError::new(setting, problem))
}

impl Environment {
    /// Checks the variables that Rocket reads, `ROCKET_…`: each is UTF-8, without white space or
    /// single quotes around it, and the file that `ROCKET_CONFIG` names is there.
    /// [`Environment::read`] does this as well.
    ///
    /// Figment replaces what is no UTF-8 and takes a file that is not there for an empty one.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the variable.
    pub fn check_rocket() -> Result<(), ConfigError> {
        for (name, value) in vars_os() {
            let name = name.to_string_lossy().to_uppercase();
            if !name.starts_with("ROCKET_") {
                continue;
            }
            let value = value
                .to_str()
                .ok_or_else(|| ConfigError::new(name.as_str(), "is not valid UTF-8"))?;
            check_ends(&name, value)?;
            if value.len() > 3 && value.starts_with('\'') && value.ends_with('\'') {
                return Err(ConfigError::new(
                    name,
                    "stands in quotes that would be a part of it; remove them",
                ));
            }
            if name == "ROCKET_CONFIG" {
                check_file_is_there(value)?;
            }
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (name, value) in [
            ("JWT_ACCESS_SECRET", &self.access_secret),
            ("JWT_REFRESH_SECRET", &self.refresh_secret),
            ("AUTH_PEPPER", &self.pepper),
            ("AUTH_FACTOR_KEY", &self.factor_key),
            ("DATABASE_URL", &self.database_url),
        ] {
            if let Some(value) = value.as_ref().filter(|value| !is_key(value.expose())) {
                check_text(name, value.expose())?;
            }
        }
        Ok(())
    }
}

fn check_file_is_there(name: &str) -> Result<(), ConfigError> {
    let problem = match std::fs::metadata(name) {
        Ok(file) if file.is_file() => return Ok(()),
        Ok(_) => "it is no file".to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => "no such file".to_owned(),
        Err(error) => error.kind().to_string(),
    };
    Err(ConfigError::new("ROCKET_CONFIG", format!("names `{name}`: {problem}")))
}

/// The tables of [`super::Config`].
const TABLES: [&str; 8] = [
    "auth",
    "auth.tokens",
    "auth.sessions",
    "auth.revocation",
    "auth.passwords",
    "auth.cookie",
    "auth.throttle",
    "auth.postgres",
];

/// Checks every text in the table `auth`, and in Rocket's own settings.
pub(super) fn check_table(figment: &Figment) -> Result<(), ConfigError> {
    // serde would take a list for a table without names.
    for setting in TABLES {
        if let Ok(Value::Array(..)) = figment.find_value(setting) {
            return Err(ConfigError::new(setting, format!("must be {A_TABLE}")));
        }
    }
    match figment.find_value("auth") {
        Ok(table) => check_value("auth", &table),
        Err(_) => Ok(()),
    }
}

/// Whether it is PEM or a JWK, which has lines of its own. Where a key is judged, it is said that
/// it stands in the wrong place.
fn is_key(text: &str) -> bool {
    text.contains("-----BEGIN ") || text.trim_start().starts_with('{') && text.contains("\"kty\"")
}

fn check_value(setting: &str, value: &Value) -> Result<(), ConfigError> {
    match value {
        // Of nothing but white space the setting's own check has more to say.
        Value::String(_, text) if text.trim().is_empty() || is_key(text) => Ok(()),
        Value::String(_, text) => check_text(setting, text),
        Value::Dict(_, table) => check_dict(setting, table),
        Value::Array(_, list) => (0..)
            .zip(list)
            .try_for_each(|(number, value): (usize, _)| check_value(&format!("{setting}.{number}"), value)),
        _ => Ok(()),
    }
}

fn check_dict(setting: &str, table: &Dict) -> Result<(), ConfigError> {
    let checked = table.iter().filter(|(key, _)| !FILES.contains(&key.as_str()));
    for (key, value) in checked {
        check_value(&format!("{setting}.{key}"), value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::secret::SecretString;
    use figment::providers::{Format, Toml};

    const DIRTY: [&str; 11] = [
        "%\n",
        "%\r\n",
        "%\r",
        "\n%",
        " %",
        "%\t",
        "\u{a0}%",
        "\u{feff}%",
        "\"%\"",
        "'%'",
        "% \u{0}%",
    ];

    #[test]
    fn a_variable_with_something_around_it_is_refused_by_its_name_and_not_quoted() {
        for pattern in DIRTY {
            let text = || {
                Some(SecretString::new(
                    pattern.replace('%', "c2l4dHkgZm91ciBieXRlcyBvZiBnb29k"),
                ))
            };
            for (name, environment) in [
                (
                    "JWT_ACCESS_SECRET",
                    Environment {
                        access_secret: text(),
                        ..Environment::default()
                    },
                ),
                (
                    "JWT_REFRESH_SECRET",
                    Environment {
                        refresh_secret: text(),
                        ..Environment::default()
                    },
                ),
                (
                    "AUTH_PEPPER",
                    Environment {
                        pepper: text(),
                        ..Environment::default()
                    },
                ),
                (
                    "AUTH_FACTOR_KEY",
                    Environment {
                        factor_key: text(),
                        ..Environment::default()
                    },
                ),
                (
                    "DATABASE_URL",
                    Environment {
                        database_url: text(),
                        ..Environment::default()
                    },
                ),
            ] {
                let figment = Figment::from(rocket::Config::debug_default());
                let refused = Config::read(&figment, &environment).expect_err(pattern);
                assert_eq!(refused.setting, name, "{pattern:?}");
                assert!(!refused.to_string().contains("c2l4"), "{refused}");
            }
        }
    }

    #[test]
    fn a_text_of_the_table_with_something_around_it_is_refused_by_its_name() {
        for pattern in DIRTY {
            let text = serde_json::to_string(&pattern.replace('%', "x")).expect("JSON is TOML here");
            for (line, setting) in [
                (format!("store = {text}"), "auth.store"),
                (format!("passwords.pepper = {text}"), "auth.passwords.pepper"),
                (format!("audit_pseudonym_key = {text}"), "auth.audit_pseudonym_key"),
                (format!("issuer = {text}"), "auth.issuer"),
                (format!("allowed_origins = [{text}]"), "auth.allowed_origins.0"),
                (
                    format!("tokens.access_keys = [{{ secret = {text} }}]"),
                    "auth.tokens.access_keys.0.secret",
                ),
                (
                    format!("tokens.refresh_keys = [{{ file = {text} }}]"),
                    "auth.tokens.refresh_keys.0.file",
                ),
                (format!("cookie = {{ path = {text} }}"), "auth.cookie.path"),
            ] {
                let toml = Toml::string(&format!("[auth]\n{line}"));
                let figment = Figment::from(rocket::Config::debug_default()).merge(toml);
                let refused = Config::read(&figment, &Environment::default()).expect_err(&line);
                assert_eq!(refused.setting, setting, "{line}: {refused}");
            }
        }
    }

    #[test]
    fn text_as_it_should_be_passes() {
        for text in ["", "x", "two words", "sqlite://a b.db", "it's", "\"", "größer"] {
            assert_eq!(check_text("any", text), Ok(()), "{text:?}");
        }
    }
}
