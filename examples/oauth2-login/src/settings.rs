//! What is configured of the provider, in the table `login`.

use auth_core::SecretString;
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use reqwest::Url;
use serde::Deserialize;

/// The table `login`; the names are those of `/.well-known/openid-configuration`, where they are
/// there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who the provider is: the `iss` of its ID tokens, letter for letter.
    pub issuer: String,
    /// The provider's page to sign in.
    pub authorization_endpoint: String,
    /// Where it takes codes.
    pub token_endpoint: String,
    /// Where its public keys are.
    pub jwks_uri: String,
    /// What it signs ID tokens with, such as `RS256`. One, and a token does not choose.
    pub algorithm: Algorithm,
    /// What it calls this application.
    pub client_id: String,
    /// How this application shows itself there, by HTTP Basic authentication. Belongs into the
    /// environment.
    pub client_secret: SecretString,
    /// Where it sends browsers back to: `/login/callback` of this application, as browsers see it.
    pub redirect_uri: String,
    /// The file of this application's users.
    pub users: String,
}

/// A setting that will not do. The value is not told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Codes and tokens would travel where others read along.
    #[error("login.{0} must be an address with https, or with http on loopback")]
    Address(&'static str),
    /// A shared secret proves nothing about who signed.
    #[error("login.algorithm must be one with a public key, such as RS256")]
    Algorithm,
    /// The HTTP client cannot be made.
    #[error("no HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

impl Settings {
    /// Whether codes, tokens and cookies travel safely, and a signature will mean something.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the first setting that will not do.
    pub fn check(&self) -> Result<(), SettingsError> {
        for (name, address) in [
            ("issuer", &self.issuer),
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("jwks_uri", &self.jwks_uri),
            ("redirect_uri", &self.redirect_uri),
        ] {
            if !is_private(address) {
                return Err(SettingsError::Address(name));
            }
        }
        if self.algorithm.family() == AlgorithmFamily::Hmac {
            return Err(SettingsError::Algorithm);
        }
        Ok(())
    }

    /// Whether browsers reach this application by TLS.
    pub fn is_https(&self) -> bool {
        self.redirect_uri.starts_with("https:")
    }
}

/// Whether traffic to `address` is hidden from others on the network.
fn is_private(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")),
        _ => false,
    }
}
