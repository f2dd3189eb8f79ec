//! Settings whose name or table has changed: the server refuses the old spelling and names the new
//! one.

use figment::value::Value;
use figment::{Figment, Profile};

use super::ConfigError;
use super::explain::place;

/// Each old name in the table `auth`, and the setting that it is now.
const RENAMED: [(&str, &str); 19] = [
    ("access_keys", "auth.tokens.access_keys"),
    ("access_ttl", "auth.tokens.access_ttl"),
    ("audit_key", "auth.audit_pseudonym_key"),
    ("bcrypt_cost", "auth.passwords.bcrypt_cost"),
    ("cleanup", "auth.sessions.cleanup_interval"),
    ("grace", "auth.sessions.refresh_grace"),
    ("hash_permits", "auth.passwords.max_concurrent_hashes"),
    ("leeway", "auth.tokens.leeway"),
    ("listen", "auth.postgres.listen"),
    ("on_stale_feed", "auth.revocation.on_stale"),
    ("pepper", "auth.passwords.pepper"),
    ("poll", "auth.revocation.poll_interval"),
    ("pool_size", "auth.postgres.pool_size"),
    ("refresh_keys", "auth.tokens.refresh_keys"),
    ("refresh_ttl", "auth.sessions.idle_timeout"),
    ("revoke_on_reuse", "auth.sessions.revoke_on_reuse"),
    ("rotation", "auth.sessions.rotation"),
    ("session_ttl", "auth.sessions.max_age"),
    ("verified_tokens", "auth.tokens.cache_size"),
];

/// Refuses an old name in any profile, also in one that is not selected.
///
/// The message names every old name that stands in the same place, so that you can change a file at
/// once.
pub(super) fn check_names(figment: &Figment) -> Result<(), ConfigError> {
    // The selected profile first: what is in force is what the operator is looking at.
    let selected = figment.profile().clone();
    let others = figment.profiles().filter(|profile| **profile != selected).cloned();
    let profiles: Vec<Profile> = std::iter::once(selected.clone()).chain(others).collect();
    profiles
        .into_iter()
        .try_for_each(|profile| check_profile(&figment.clone().select(profile)))
}

fn check_profile(figment: &Figment) -> Result<(), ConfigError> {
    let Ok(Value::Dict(_, table)) = figment.find_value("auth") else {
        return Ok(());
    };
    let place_of = |old: &str| {
        let metadata = figment.find_metadata(&format!("auth.{old}"))?;
        place(metadata, &["auth"])
    };
    let mut found = RENAMED.iter().filter(|(old, _)| table.contains_key(*old));
    let Some((first, new)) = found.next() else {
        return Ok(());
    };
    let place = place_of(first);
    let mut problem = format!("is now `{new}`");
    for (old, new) in found.filter(|(old, _)| place_of(old) == place) {
        problem.push_str(&format!(", `auth.{old}` is now `{new}`"));
    }
    let mut error = ConfigError::new(format!("auth.{first}"), problem);
    error.add(place);
    Err(error)
}

#[cfg(test)]
mod tests {
    use figment::providers::{Format, Toml};

    use super::*;
    use crate::config::{Config, Environment};

    fn refusal(toml: &str) -> String {
        let figment = Figment::from(rocket::Config::debug_default()).merge(Toml::string(toml).nested());
        let refused = Config::read(&figment, &Environment::default());
        refused.expect_err("an old name").to_string()
    }

    #[test]
    fn an_old_name_is_refused_in_every_profile() {
        for profile in ["default", "debug", "release", "production", "global"] {
            let said = refusal(&format!("[{profile}.auth]\ngrace = \"5s\""));
            assert_eq!(said, "`auth.grace` is now `auth.sessions.refresh_grace`", "{profile}");
        }
    }

    #[test]
    fn all_old_names_of_a_file_are_named_at_once() {
        let said = refusal("[default.auth]\nsession_ttl = \"1d\"\ngrace = \"5s\"\nissuer = \"me\"");
        assert_eq!(
            said,
            "`auth.grace` is now `auth.sessions.refresh_grace`, `auth.session_ttl` is now `auth.sessions.max_age`"
        );
    }

    #[test]
    fn every_new_name_is_a_setting() {
        for (_, new) in RENAMED {
            // A value that no setting takes: an unknown name is refused in other words.
            let (table, name) = new.rsplit_once('.').expect("a table");
            let said = refusal(&format!("[default.{table}]\n{name} = {{ x = 0 }}"));
            assert!(
                said.starts_with(&format!("`{new}")) && !said.contains("is no setting"),
                "{said}"
            );
        }
    }
}
