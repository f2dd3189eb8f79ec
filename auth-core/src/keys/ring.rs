use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::token::MAX_TOKEN_BYTES;

/// Whether a token admits to routes or only to a refresh; the `typ` of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    Access,
    /// `rt+jwt`.
    Refresh,
}

impl TokenType {
    /// The `typ` of the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            TokenType::Access => "at+jwt",
            TokenType::Refresh => "rt+jwt",
        }
    }
}

/// The keys for tokens of one type, the newest first: that one signs, all verify.
///
/// A ring accepts only what it could have written: the first part of a token must be, byte for byte, the encoded header of
/// one of its keys. So `alg`, `typ`, `kid`, `crit`, `jwk` and duplicates are settled before anything is parsed
/// (RFC 8725 §3.1).
#[derive(Clone)]
pub struct KeyRing {
    token_type: TokenType,
    keys: Arc<[Key]>,
}

#[derive(Clone)]
struct Key {
    kid: String,
    header: Header,
    /// The header as it stands in every token of this key, in base64url.
    encoded_header: String,
    signing: EncodingKey,
    verifying: hmac::Key,
}

/// The token was not signed by this ring, or is no token at all; nothing more may be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token was not signed by this ring")]
pub struct NotOurs;

/// The cryptographic library could not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library could not sign")]
pub struct SigningFailed;

impl KeyRing {
    /// A ring of one HS256 key. Whoever calls this has checked the secret (see [`super::check_secret`]).
    ///
    /// # Errors
    ///
    /// [`SigningFailed`] when the library cannot encode a token with it.
    pub fn hs256(token_type: TokenType, kid: Option<&str>, secret: &str) -> Result<KeyRing, SigningFailed> {
        let verifying = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let kid = kid.map_or_else(|| derived_kid(&verifying), str::to_owned);
        let header = Header {
            typ: Some(token_type.as_str().to_owned()),
            kid: Some(kid.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let signing = EncodingKey::from_secret(secret.as_bytes());
        // The library's own spelling of the header, so that what it issues is what is compared.
        let sample = jsonwebtoken::encode(&header, &(), &signing).map_err(|_| SigningFailed)?;
        let encoded_header = sample.split('.').next().ok_or(SigningFailed)?.to_owned();
        let key = Key {
            kid,
            header,
            encoded_header,
            signing,
            verifying,
        };
        Ok(KeyRing {
            token_type,
            keys: Arc::new([key]),
        })
    }

    /// This ring, with the keys of `older` added for verification.
    ///
    /// # Errors
    ///
    /// The `kid` that both have.
    pub fn with_older(self, older: KeyRing) -> Result<KeyRing, String> {
        if let Some(twice) = older
            .keys
            .iter()
            .find(|key| self.keys.iter().any(|mine| mine.kid == key.kid))
        {
            return Err(twice.kid.clone());
        }
        Ok(KeyRing {
            token_type: self.token_type,
            keys: self.keys.iter().chain(older.keys.iter()).cloned().collect(),
        })
    }

    /// What the tokens of this ring are for.
    pub fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// Signs `claims` with the newest key, as a compact JWS (RFC 7515 §7.1).
    ///
    /// # Errors
    ///
    /// [`SigningFailed`]; with a ring that passed its self-test it does not happen.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, SigningFailed> {
        let key = self.keys.first().ok_or(SigningFailed)?;
        jsonwebtoken::encode(&key.header, claims, &key.signing).map_err(|_| SigningFailed)
    }

    /// The payload of a token that this ring signed, decoded into `buffer`.
    ///
    /// # Errors
    ///
    /// [`NotOurs`], whatever the reason.
    pub fn open<'b>(&self, token: &str, buffer: &'b mut [u8; MAX_TOKEN_BYTES]) -> Result<&'b [u8], NotOurs> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(NotOurs);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(NotOurs)?;
        let (header, payload) = signed.split_once('.').ok_or(NotOurs)?;
        // A `kid` may stand in two rings' headers, but within a ring the header names one key.
        let key = self
            .keys
            .iter()
            .find(|key| key.encoded_header == header)
            .ok_or(NotOurs)?;

        // Both engines are strict: no padding, no blanks, and a canonical last character (RFC 7515 §2).
        let mut mac = [0; 64];
        let length = URL_SAFE_NO_PAD.decode_slice(signature, &mut mac).map_err(|_| NotOurs)?;
        hmac::verify(&key.verifying, signed.as_bytes(), &mac[..length]).map_err(|_| NotOurs)?;
        let length = URL_SAFE_NO_PAD.decode_slice(payload, buffer).map_err(|_| NotOurs)?;
        Ok(&buffer[..length])
    }

    /// Whether the ring signs, accepts what it signed and refuses what was changed.
    pub fn self_test(&self) -> bool {
        let mut buffer = [0; MAX_TOKEN_BYTES];
        let Ok(token) = self.sign(&serde_json::json!({ "self": "test" })) else {
            return false;
        };
        let accepts = self
            .open(&token, &mut buffer)
            .is_ok_and(|payload| payload == br#"{"self":"test"}"#);
        let last = if token.ends_with('A') { "Q" } else { "A" };
        let changed = format!("{}{last}", &token[..token.len() - 1]);
        accepts && self.open(&changed, &mut buffer).is_err()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<&str> = self.keys.iter().map(|key| key.kid.as_str()).collect();
        f.debug_struct("KeyRing")
            .field("token_type", &self.token_type)
            .field("kids", &kids)
            .finish_non_exhaustive()
    }
}

/// A name for a key that has none: the same on every node, and telling no more of the key than any token does.
fn derived_kid(key: &hmac::Key) -> String {
    URL_SAFE_NO_PAD.encode(&hmac::sign(key, b"auth-core kid").as_ref()[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0-ring";

    fn ring(kid: &str) -> KeyRing {
        KeyRing::hs256(TokenType::Access, Some(kid), SECRET).expect("a ring")
    }

    fn opens(ring: &KeyRing, token: &str) -> bool {
        ring.open(token, &mut [0; MAX_TOKEN_BYTES]).is_ok()
    }

    #[test]
    fn only_the_header_of_a_key_in_the_ring_is_accepted() {
        let ring = ring("a");
        let token = ring.sign(&serde_json::json!({})).expect("signed");
        assert!(opens(&ring, &token));
        let rest = token.split_once('.').expect("three parts").1;
        // Another order, an added member, another `typ`: correctly signed or not, they are not ours.
        for header in [
            r#"{"alg":"HS256","typ":"at+jwt","kid":"a"}"#,
            r#"{"typ":"at+jwt","alg":"none","kid":"a"}"#,
            r#"{"typ":"at+jwt","alg":"HS256","kid":"a","crit":["b64"],"b64":false}"#,
        ] {
            let header = URL_SAFE_NO_PAD.encode(header);
            let signed = format!("{header}.{}", rest.split_once('.').expect("two parts").0);
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), signed.as_bytes());
            assert!(!opens(&ring, &format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))));
        }
    }

    #[test]
    fn a_mac_that_was_cut_padded_or_respelled_is_refused() {
        let ring = ring("a");
        let token = ring.sign(&serde_json::json!({ "n": 1 })).expect("signed");
        let (signed, mac) = token.rsplit_once('.').expect("three parts");
        for bad in [
            "",
            &mac[..mac.len() - 1],
            &format!("{mac}="),
            &format!("{mac}A"),
            &format!(" {mac}"),
            &format!("{mac}.{mac}"),
        ] {
            assert!(!opens(&ring, &format!("{signed}.{bad}")), "{bad}");
        }
    }

    #[test]
    fn the_newest_key_signs_and_the_older_ones_verify() {
        let (old, new) = (
            ring("old"),
            KeyRing::hs256(TokenType::Access, Some("new"), "another-secret-0123456789-abcdefgh").expect("a ring"),
        );
        let old_token = old.sign(&()).expect("signed");
        let both = new.clone().with_older(old.clone()).expect("two names");
        assert!(opens(&both, &old_token) && !opens(&new, &old_token));
        assert!(opens(&new, &both.sign(&()).expect("signed")));
        assert_eq!(both.with_older(old).err().as_deref(), Some("old"));
    }

    #[test]
    fn debug_output_holds_names_only() {
        assert_eq!(
            format!("{:?}", ring("a")),
            r#"KeyRing { token_type: Access, kids: ["a"], .. }"#
        );
    }
}
