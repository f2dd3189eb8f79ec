use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::value::RawValue;

/// The longest JSON of an application's claims, in bytes. A token goes with every request.
pub const MAX_APP_CLAIMS_BYTES: usize = 512;

/// The claims of the application in an access token: one JSON object, as its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppClaims(Arc<str>);

/// Why claims of the application cannot go into a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// The type does not serialize, for this cause.
    #[error("the claims of `.claims(…)` cannot be written as JSON: {0}")]
    Json(String),
    /// It serializes to something else.
    #[error("the claims of `.claims(…)` are no JSON object: return a struct or a map")]
    NoObject,
    /// It is too long.
    #[error("the claims of `.claims(…)` are {0} bytes of JSON, and a token takes {MAX_APP_CLAIMS_BYTES}")]
    TooLong(usize),
}

impl AppClaims {
    /// The claims that `value` serializes to.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] for what is no object or longer than [`MAX_APP_CLAIMS_BYTES`].
    pub fn of(value: &impl Serialize) -> Result<AppClaims, ClaimsError> {
        let text = serde_json::to_string(value).map_err(|problem| ClaimsError::Json(problem.to_string()))?;
        if !text.starts_with('{') {
            return Err(ClaimsError::NoObject);
        }
        if text.len() > MAX_APP_CLAIMS_BYTES {
            return Err(ClaimsError::TooLong(text.len()));
        }
        Ok(AppClaims(text.into()))
    }

    /// Their text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for AppClaims {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Reads what [`AppClaims::of`] could have written, up to white space.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AppClaims>, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    if text.starts_with('{') && text.len() <= MAX_APP_CLAIMS_BYTES {
        Ok(Some(AppClaims(text.into())))
    } else {
        Err(D::Error::custom("claims that we never write"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_an_object_of_at_most_512_bytes() {
        // `{"a":"…"}` is eight bytes longer than its text.
        let of_length = |length: usize| json!({"a": "x".repeat(length - 8)});
        assert!(AppClaims::of(&of_length(MAX_APP_CLAIMS_BYTES)).is_ok());
        let refused = |value: serde_json::Value| AppClaims::of(&value).map_err(|error| error.to_string());
        let too_long = refused(of_length(MAX_APP_CLAIMS_BYTES + 1)).expect_err("too long");
        assert!(too_long.contains("513 bytes"), "{too_long}");
        for value in [json!(null), json!([1]), json!("text"), json!(7)] {
            let problem = refused(value.clone()).expect_err("no object");
            assert!(problem.contains("no JSON object"), "{value}: {problem}");
        }
    }
}
