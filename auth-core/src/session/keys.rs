//! The keys of a running server.

use tracing::warn;

use super::Auth;
use crate::config::{Config, ConfigError};
use crate::keys::{KeyError, KeyRing, KeyRings};

/// The verbs on keys: [`Auth::keys`].
#[derive(Clone, Copy)]
pub struct KeyAdmin<'a> {
    auth: &'a Auth,
}

impl Auth {
    /// The keys in force: published and replaced.
    pub fn keys(&self) -> KeyAdmin<'_> {
        KeyAdmin { auth: self }
    }
}

impl KeyAdmin<'_> {
    /// The public keys that verify access tokens, as the JSON of a JWK set (RFC 7517 §5); empty
    /// where the keys are secrets. It holds no key for refresh tokens: no other service verifies
    /// those.
    pub fn jwks(self) -> String {
        // A set of texts always is JSON.
        serde_json::to_string(&self.auth.0.access.ring().jwks()).unwrap_or_else(|_| r#"{"keys":[]}"#.to_owned())
    }

    /// The names of the keys for access tokens, the newest first.
    pub fn access_kids(self) -> Vec<String> {
        self.auth.0.access.ring().kids().map(str::to_owned).collect()
    }

    /// The names of the keys for refresh tokens, the newest first.
    pub fn refresh_kids(self) -> Vec<String> {
        self.auth.0.refresh.ring().kids().map(str::to_owned).collect()
    }

    /// Whether tokens are signed with random keys, which are lost when this process ends.
    pub fn are_ephemeral(self) -> bool {
        self.auth.0.ephemeral_keys
    }

    /// Replaces the keys with those of `config`, and reads the files that it names again. It uses
    /// nothing else of `config`. Tokens of a key that is still in its ring stay good; those of a
    /// removed key are refused from now on. A request under way uses the ring it began with. Blocks
    /// while files are read.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the setting; then nothing has changed. A configuration without keys is
    /// refused in every profile: random keys in place of the current ones would sign every user
    /// out.
    pub fn replace(self, config: &Config) -> Result<(), KeyError> {
        for (setting, keys) in [
            ("auth.tokens.access_keys", &config.tokens.access_keys),
            ("auth.tokens.refresh_keys", &config.tokens.refresh_keys),
        ] {
            if keys.is_empty() {
                return Err(ConfigError::new(setting, "is empty; the keys in force stay").into());
            }
        }
        let rings = KeyRings::from_config(config)?;
        for (before, now) in [
            (self.auth.0.access.replace_ring(rings.access), self.auth.0.access.ring()),
            (
                self.auth.0.refresh.replace_ring(rings.refresh),
                self.auth.0.refresh.ring(),
            ),
        ] {
            warn_of_gone_keys(&before, &now);
        }
        Ok(())
    }
}

fn warn_of_gone_keys(before: &KeyRing, now: &KeyRing) {
    for gone in before.kids().filter(|kid| !now.kids().any(|kept| kept == *kid)) {
        warn!(
            "the key {gone} is in the ring for `{}` no more: tokens that it signed are refused from now on",
            before.token_type().as_str()
        );
    }
}
