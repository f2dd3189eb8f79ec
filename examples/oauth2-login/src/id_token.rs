//! ID tokens: who the provider says has signed in, and whether it says so, to us, about this
//! sign-in (OpenID Connect Core §3.1.3.7).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use auth_core::SecretString;
use jsonwebtoken::errors::Error as JwtError;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, get_current_timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::http::Http;
use crate::provider::Failed;
use crate::settings::Settings;

/// By how many seconds the provider's clock may differ from ours.
const LEEWAY: u64 = 60;

/// After how long the provider's keys are read again, so that one it withdrew is not believed for
/// ever.
const KEYS_GOOD_FOR: Duration = Duration::from_secs(3600);

/// Why an ID token says nothing.
#[derive(Debug, thiserror::Error)]
pub enum IdTokenError {
    /// Not well formed, not signed by its key, expired, of another issuer, or without a claim that
    /// must be there.
    #[error(transparent)]
    Invalid(#[from] JwtError),
    /// Signed with a key that the provider does not publish.
    #[error("no key of the provider's is its own")]
    UnknownKey,
    /// Issued for others, or for others as well.
    #[error("it is for another application")]
    Audience,
    /// Issued later than now.
    #[error("it is from the future")]
    IssuedAt,
    /// Issued for another sign-in.
    #[error("it is of another sign-in")]
    Nonce,
}

/// The claims that are decided by.
#[derive(Deserialize)]
struct Claims {
    // `jsonwebtoken` has compared it, but would have taken a list as well.
    #[serde(rename = "iss")]
    _iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    iat: u64,
    nonce: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is_only(&self, client_id: &str) -> bool {
        match self {
            Audience::One(audience) => audience == client_id,
            // A token for others, too, may have come to us through them.
            Audience::Several(audiences) => matches!(audiences.as_slice(), [only] if only == client_id),
        }
    }
}

/// The provider's keys, as they were last read.
#[derive(Default)]
pub struct Keys(Mutex<Option<(Instant, Arc<JwkSet>)>>);

impl Keys {
    /// The `sub` of an ID token that was issued to us for the sign-in of this `nonce`.
    ///
    /// # Errors
    ///
    /// [`Failed`]: the token says nothing, or the keys cannot be read.
    pub async fn subject(
        &self,
        token: &str,
        nonce: &SecretString,
        settings: &Settings,
        http: &Http,
    ) -> Result<String, Failed> {
        let kid = decode_header(token).map_err(IdTokenError::from)?.kid;
        let mut keys = match self.known() {
            Some(keys) => keys,
            None => self.read(settings, http).await?,
        };
        if key(&keys, kid.as_deref()).is_none() {
            // A new key. A client cannot cause this request at will: ID tokens come from the
            // provider, never from a browser.
            keys = self.read(settings, http).await?;
        }
        let key = key(&keys, kid.as_deref()).ok_or(IdTokenError::UnknownKey)?;
        Ok(subject(token, key, nonce, settings)?)
    }

    fn known(&self) -> Option<Arc<JwkSet>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, keys) = known.as_ref()?;
        (read_at.elapsed() < KEYS_GOOD_FOR).then(|| Arc::clone(keys))
    }

    async fn read(&self, settings: &Settings, http: &Http) -> Result<Arc<JwkSet>, Failed> {
        let body = http.get(&settings.jwks_uri).await?;
        let keys: JwkSet = serde_json::from_slice(&body).map_err(|_| Failed::Malformed)?;
        let keys = Arc::new(keys);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&keys)));
        Ok(keys)
    }
}

/// The key that a token names; a token that names none is signed with the only one there is.
fn key<'k>(keys: &'k JwkSet, kid: Option<&str>) -> Option<&'k Jwk> {
    let signs = |key: &&Jwk| key.common.public_key_use != Some(PublicKeyUse::Encryption);
    let named = |key: &&Jwk| kid.is_none_or(|kid| key.common.key_id.as_deref() == Some(kid));
    let mut found = keys.keys.iter().filter(signs).filter(named);
    let key = found.next()?;
    found.next().is_none().then_some(key)
}

fn subject(token: &str, key: &Jwk, nonce: &SecretString, settings: &Settings) -> Result<String, IdTokenError> {
    let mut validation = Validation::new(settings.algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // An object first: a list would do for `Claims`, by position.
    let claims: Map<String, Value> = decode(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    let claims: Claims = serde_json::from_value(Value::Object(claims)).map_err(JwtError::from)?;

    let presented_by = claims.azp.as_ref().unwrap_or(&settings.client_id);
    if !claims.aud.is_only(&settings.client_id) || *presented_by != settings.client_id {
        return Err(IdTokenError::Audience);
    }
    if claims.iat > get_current_timestamp() + LEEWAY {
        return Err(IdTokenError::IssuedAt);
    }
    if !nonce.ct_eq(&claims.nonce) {
        return Err(IdTokenError::Nonce);
    }
    Ok(claims.sub)
}
