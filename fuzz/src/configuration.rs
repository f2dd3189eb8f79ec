//! Any TOML as configuration: read or refused, never a panic, and a secret is in no message.
//!
//! The input is the text. `$S` stands for a secret, recognised wherever it may turn up. A first
//! line that begins with `#r` makes it a release, and with `#n` a file with profiles. With `#e` the
//! secrets stand in the environment as well, and with `#f` a factor key.

use std::fmt::Debug;

use auth_core::__internal::sqlite::SqliteStore;
use auth_core::__internal::{Environment, KeyRings};
use auth_core::config::KeySource;
use auth_core::{Config, SecretString};
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::figment::value::{Dict, Value};

/// A number, so that it can also stand where no text is expected.
const SECRET: &str = "918273645546372819";

/// One in so many inputs with keys is made into rings.
const JUDGED: u32 = 8;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // There is nothing to learn from a key that is longer than any, but the time it takes.
    if text.len() > 4096 {
        return;
    }
    let first = text.lines().next().unwrap_or_default();
    let says = |letter| first.starts_with('#') && first.contains(letter);
    let profile = if says('r') { "release" } else { "debug" };
    let environment = Environment {
        access_secret: says('e').then(|| SecretString::new(format!("access-{SECRET}-xWq7"))),
        refresh_secret: says('e').then(|| SecretString::new(format!("refresh-{SECRET}-bYk3"))),
        pepper: says('e').then(|| SecretString::new(format!("pepper-{SECRET}-mTz5"))),
        factor_key: says('f').then(|| SecretString::new(format!("factor-{SECRET}-hGd9"))),
        database_url: says('e').then(|| SecretString::new(format!("sqlite://{SECRET}.db"))),
    };
    let text = text.replace("$S", SECRET);
    let toml = if says('n') {
        Toml::string(&text).nested()
    } else {
        Toml::string(&text)
    };
    let figment = Figment::from(toml).select(profile);

    let is_toml = Figment::from(Toml::string(&text)).extract::<Dict>().is_ok();
    let auth = figment.find_value("auth").ok();
    // What the contract does not call secret may be quoted: the name of a setting, an origin, a path.
    let hidden = !is_toml || !auth.iter().any(|auth| shows(auth, false));
    let silent = |thing: &dyn Debug, shown: &str| {
        let told = shown.contains(SECRET) || format!("{thing:?}").contains(SECRET);
        assert!(!told || !hidden, "{shown} tells the secret of {text}");
    };

    let config = match Config::read(&figment, &environment) {
        Err(error) => return silent(&error, &error.to_string()),
        Ok(config) => config,
    };
    assert!(is_toml, "what is no TOML was read as {config:?}: {text}");
    sensible(&config, profile == "debug");
    if !says('e') && !says('f') {
        silent(&config, "");
    }
    let _ = SqliteStore::parse_url(config.store_url());
    let keys = [&config.tokens.access_keys, &config.tokens.refresh_keys];
    // Random keys have nothing to do with the input, and guessing at a secret takes longer than all the rest.
    if keys.iter().all(|keys| keys.is_empty()) || !super::is_one_in(JUDGED, data) {
        return;
    }
    // Files are not opened: what stands in them is not the input's to say.
    if keys
        .into_iter()
        .flatten()
        .any(|key| matches!(key.source, KeySource::File(_)))
    {
        return;
    }
    match KeyRings::from_config(&config) {
        Ok(rings) => silent(&rings, ""),
        Err(error) => silent(&error, &error.to_string()),
    }
}

/// What holds in every configuration that launch accepts.
fn sensible(config: &Config, debug: bool) {
    let secs = |span: std::time::Duration| span.as_secs();
    assert!(config.is_debug() == debug && (debug || config.cookies_are_secure()));
    assert!((1..=3600).contains(&secs(config.tokens.access_ttl)) && secs(config.tokens.leeway) <= 60);
    assert!(!config.sessions.idle_timeout.is_zero() && config.sessions.idle_timeout <= config.sessions.max_age);
    assert!((12..=15).contains(&config.passwords.bcrypt_cost));
    assert!(!config.issuer.trim().is_empty() && !config.audience.trim().is_empty());
    assert!(config.mount.starts_with(&config.cookie.path) && config.mount != "/");
    let origins = &config.allowed_origins;
    assert!(
        origins
            .iter()
            .all(|origin| origin.starts_with("http://") || origin.starts_with("https://"))
    );
}

/// Whether the secret stands where messages may show it. That is anywhere but in a key's `secret`,
/// `pem` or `jwk`, or in a whole list of keys that is something else.
fn shows(value: &Value, secret: bool) -> bool {
    match value {
        Value::Dict(_, members) => members.iter().any(|(name, value)| {
            let secret = secret || ["access_keys", "refresh_keys", "secret", "pem", "jwk"].contains(&name.as_str());
            let plain = ["kid", "alg", "file"].contains(&name.as_str());
            name.contains(SECRET) || shows(value, secret && !plain)
        }),
        Value::Array(_, items) => items.iter().any(|item| shows(item, secret)),
        Value::String(_, text) => !secret && text.contains(SECRET),
        other => !secret && format!("{other:?}").contains(SECRET),
    }
}
