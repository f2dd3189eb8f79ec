//! The keys of a running server.

use jsonwebtoken::jwk::JwkSet;
use tracing::warn;

use super::Auth;
use crate::config::{Config, ConfigError};
use crate::keys::{KeyError, KeyRing, KeyRingHandle, KeyRings};

impl Auth {
    /// The public keys that verify access tokens, as a JWK set; empty where they are secrets. Keys for refresh tokens are
    /// nobody else's business.
    pub fn public_keys(&self) -> JwkSet {
        self.0.access.ring().load().jwks()
    }

    /// The names of the keys for access and for refresh tokens, the newest first.
    pub fn kids(&self) -> (Vec<String>, Vec<String>) {
        let kids = |ring: &KeyRingHandle| ring.load().kids().map(str::to_owned).collect();
        (kids(self.0.access.ring()), kids(self.0.refresh.ring()))
    }

    /// Puts the keys of `config` in force, and nothing else of it: the files that it names are read again. Tokens of a key that
    /// is still in its ring go on, those of a key that is gone are refused from now on, and a request that is being looked at
    /// is judged by the ring it began with. Blocks while files are read.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the setting; then nothing has changed. A configuration without keys is refused, whatever the profile:
    /// random keys in the place of the ones in force would sign everybody out.
    pub fn replace_keys(&self, config: &Config) -> Result<(), KeyError> {
        for (setting, keys) in [
            ("auth.tokens.access_keys", &config.tokens.access_keys),
            ("auth.tokens.refresh_keys", &config.tokens.refresh_keys),
        ] {
            if keys.is_empty() {
                return Err(ConfigError::new(setting, "is empty; the keys in force stay").into());
            }
        }
        let rings = KeyRings::from_config(config)?;
        replace(self.0.access.ring(), rings.access);
        replace(self.0.refresh.ring(), rings.refresh);
        Ok(())
    }
}

fn replace(shared: &KeyRingHandle, ring: KeyRing) {
    let kids: Vec<String> = ring.kids().map(str::to_owned).collect();
    let before = shared.replace(ring);
    for gone in before.kids().filter(|kid| !kids.iter().any(|kept| kept == kid)) {
        warn!(
            "the key {gone} is in the ring for `{}` no more: tokens that it signed are refused from now on",
            before.token_type().as_str()
        );
    }
}
