use std::time::Duration;

use auth_core::__internal::{AccessTokens, Environment, KeyRing, KeyRings, RefreshTokens, RoleTable, TokenIssuer};
use auth_core::config::ConfigError;
use auth_core::{Config, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket_app::role::AppRole;
use serde_json::{Value, json};

pub const ACCESS: &str = "5f0c1b7ad2e94358b1c67de09f3a5524-access";
pub const REFRESH: &str = "a93e07c5d6184b2f90e1c4b7725fd83a-refresh";

/// The rings that these lines of an `[auth]` table give in a release, or why there are none.
pub fn rings(lines: &str) -> Result<KeyRings, String> {
    rings_of(&format!("[auth]\n{lines}"))
}

/// The same, of a whole configuration.
pub fn rings_of(toml: &str) -> Result<KeyRings, String> {
    let figment = Figment::from(rocket::Config::release_default()).merge(Toml::string(toml));
    let read = |figment: &Figment| -> Result<Config, ConfigError> { Config::read(figment, &Environment::default()) };
    let config = read(&figment).map_err(|error| error.to_string())?;
    KeyRings::from_config(&config).map_err(|error| error.to_string())
}

/// The ring of one access key, `{ … }` in TOML.
pub fn access(key: &str) -> Result<KeyRing, String> {
    rings(&format!(
        "tokens.access_keys = [{key}]\ntokens.refresh_keys = [{{ secret = \"{REFRESH}\" }}]"
    ))
    .map(|rings| rings.access)
}

/// Text as it stands in TOML, and in JSON.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

pub fn token_issuer() -> TokenIssuer {
    TokenIssuer {
        issuer: "iss".to_owned(),
        audience: "aud".to_owned(),
    }
}

pub fn access_tokens(ring: KeyRing) -> AccessTokens {
    access_tokens_for("aud", ring)
}

pub fn access_tokens_for(audience: &str, ring: KeyRing) -> AccessTokens {
    let roles = RoleTable::of::<AppRole>();
    let token_issuer = TokenIssuer {
        audience: audience.to_owned(),
        ..token_issuer()
    };
    AccessTokens::new(
        ring,
        token_issuer,
        roles,
        Duration::from_secs(900),
        Duration::from_secs(5),
    )
}

pub fn refresh_tokens(ring: KeyRing) -> RefreshTokens {
    RefreshTokens::new(ring, token_issuer())
}

/// The claims of a good access token.
pub fn access_claims() -> Value {
    let now = now().secs();
    json!({
        "iss": "iss", "aud": "aud", "sub": "u1", "sid": "0b8f6d0e-3f0a-4a53-9a0c-0d6f7f2b1c11", "jti": "j1",
        "roles": ["viewer"], "iat": now - 10, "exp": now + 890, "auth_time": now - 10,
    })
}

/// The claims of a good refresh token.
pub fn refresh_claims() -> Value {
    let now = now().secs();
    json!({
        "iss": "iss", "aud": "aud", "sub": "u1", "sid": "0b8f6d0e-3f0a-4a53-9a0c-0d6f7f2b1c11", "seq": 3,
        "k": "AAECAwQFBgcICQoLDA0ODw", "iat": now - 10, "exp": now + 9000, "jti": "j1",
    })
}

/// By the clock that `jsonwebtoken` goes by.
pub fn now() -> Timestamp {
    Timestamp::from_secs(jsonwebtoken::get_current_timestamp().cast_signed())
}

/// The key by which the other library signs what this one never would.
pub struct Forger {
    pub alg: Algorithm,
    pub key: EncodingKey,
}

impl Forger {
    pub fn hs256(secret: &[u8]) -> Forger {
        Forger {
            alg: Algorithm::HS256,
            key: EncodingKey::from_secret(secret),
        }
    }

    /// Signs a header and a payload of any shape.
    pub fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        self.sign_encoded(&URL_SAFE_NO_PAD.encode(header), &URL_SAFE_NO_PAD.encode(payload))
    }

    /// Signs parts that are encoded already, well or not.
    pub fn sign_encoded(&self, header: &str, payload: &str) -> String {
        let signed = format!("{header}.{payload}");
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, self.alg).expect("a good key");
        format!("{signed}.{signature}")
    }
}

/// The header of a token and its payload, decoded.
pub fn texts(token: &str) -> (String, String) {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        String::from_utf8_lossy(&bytes).into_owned()
    });
    (parts.next().expect("a header"), parts.next().expect("a payload"))
}
