//! The provider: where to send a browser, and who a code stands for.

use auth_core::SecretString;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::http::{Http, HttpError};
use crate::id_token::{IdTokenError, Keys};
use crate::settings::{Settings, SettingsError};

/// Beside the access token, which this application has no use for, comes the ID token.
#[derive(Debug, Deserialize, Serialize)]
struct IdToken {
    id_token: String,
}

impl ExtraTokenFields for IdToken {}

type OpenId = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Speaks with the provider.
pub struct Provider {
    settings: Settings,
    client: OpenId,
    http: Http,
    keys: Keys,
}

/// Why the sign-in failed. It holds no code, token or secret.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The provider does not know the code, or not as one of this sign-in.
    #[error("the provider refuses the code: {0:?}")]
    Refused(String),
    /// The provider is away.
    #[error("the provider cannot be asked: {0}")]
    Unavailable(#[from] HttpError),
    /// The provider answers in another language.
    #[error("what the provider answers is not what was asked for")]
    Malformed,
    /// The ID token is not for the user who signs in here and now.
    #[error("the ID token is not good: {0}")]
    IdToken(#[from] IdTokenError),
}

impl Provider {
    /// The provider of `settings`. This sends no request yet, so the application starts without the
    /// provider.
    ///
    /// # Errors
    ///
    /// [`SettingsError`]: a setting that will not do.
    pub fn new(settings: Settings) -> Result<Provider, SettingsError> {
        settings.check()?;
        let address = |name| move |_| SettingsError::Address(name);
        let auth = AuthUrl::new(settings.authorization_endpoint.clone()).map_err(address("authorization_endpoint"))?;
        let token = TokenUrl::new(settings.token_endpoint.clone()).map_err(address("token_endpoint"))?;
        let back = RedirectUrl::new(settings.redirect_uri.clone()).map_err(address("redirect_uri"))?;
        let client = Client::new(ClientId::new(settings.client_id.clone()))
            .set_client_secret(ClientSecret::new(settings.client_secret.expose().to_owned()))
            .set_auth_uri(auth)
            .set_token_uri(token)
            .set_redirect_uri(back);
        Ok(Provider {
            settings,
            client,
            http: Http::new()?,
            keys: Keys::default(),
        })
    }

    /// Who the provider is: what a user's `sub` belongs to.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Whether browsers reach this application by TLS.
    pub fn is_https(&self) -> bool {
        self.settings.is_https()
    }

    /// Where to send the browser, and what it keeps until it comes back.
    pub(crate) fn begin(&self) -> (String, Attempt) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random();
        let (url, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .add_scope(Scope::new("openid".to_owned()))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", nonce.secret().clone())
            .url();
        let attempt = Attempt {
            state: SecretString::new(state.into_secret()),
            nonce: SecretString::new(nonce.into_secret()),
            verifier: SecretString::new(verifier.into_secret()),
        };
        (url.into(), attempt)
    }

    /// The `sub` of who signed in, for the code that the browser came back with.
    pub(crate) async fn finish(&self, code: &str, attempt: &Attempt) -> Result<String, Failed> {
        let http = |request| self.http.clone().call(request);
        let answer = self
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.expose().to_owned()))
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(refusal) => Failed::Refused(refusal.error().to_string()),
                RequestTokenError::Request(error) => Failed::Unavailable(error),
                // These quote the answer.
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Failed::Malformed,
            })?;
        let token = &answer.extra_fields().id_token;
        self.keys
            .subject(token, &attempt.nonce, &self.settings, &self.http)
            .await
    }
}
