use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Serialize;

use super::error::KeyError;
use super::fingerprint::Fingerprint;
use super::key::{Key, TokenType};
use super::load::load;
use super::signing::SigningFailed;
use crate::config::{ConfigError, KeyConfig};
use crate::secret::SecretString;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// The keys for tokens of one type, the newest first: that one signs, all verify.
///
/// A ring accepts only tokens that it could have written. Their first part must be, byte for byte,
/// the encoded header of one of its keys. So `alg`, `typ`, `kid`, `crit`, `jwk` and duplicates are
/// checked before any parsing (RFC 8725 §3.1).
#[derive(Clone)]
pub struct KeyRing {
    token_type: TokenType,
    keys: Arc<[Key]>,
}

/// This ring did not sign the token, or the text is no token at all. The error tells no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token was not signed by this ring")]
pub struct InvalidSignature;

impl KeyRing {
    /// A ring of `keys`, the newest first. Reads the files that they name. `setting` is what the
    /// list is called in errors.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the setting of the first wrong key. It is weak, known, unreadable or for
    /// another use; a `kid` or key that is there twice; or a first key that cannot sign. It is also
    /// the error of a list without keys.
    pub fn from_keys(token_type: TokenType, setting: &str, keys: &[KeyConfig]) -> Result<KeyRing, KeyError> {
        let ring = KeyRing::for_verifying(token_type, setting, keys)?;
        if ring.keys.first().is_some_and(|key| key.signer.is_none()) {
            let problem = "cannot sign, being public or not allowed to, and the first key is the one that signs";
            return Err(ConfigError::new(setting_of(setting, 0), problem).into());
        }
        Ok(ring)
    }

    /// A ring that only verifies: as [`KeyRing::from_keys`], but the first key need not be able to
    /// sign.
    ///
    /// # Errors
    ///
    /// As for [`KeyRing::from_keys`].
    pub fn for_verifying(token_type: TokenType, setting: &str, keys: &[KeyConfig]) -> Result<KeyRing, KeyError> {
        let mut ring: Vec<Key> = Vec::with_capacity(keys.len());
        for (index, config) in keys.iter().enumerate() {
            let parsed = load(&setting_of(setting, index), config)?;
            let key = Key::new(token_type, parsed).map_err(|_| KeyError::SelfTest)?;
            if ring.iter().any(|other| other.kid == key.kid) {
                let problem = format!("holds the `kid` {} twice", key.kid.escape_debug());
                return Err(ConfigError::new(setting, problem).into());
            }
            if let Some(first) = ring.iter().position(|other| other.is_same(key.fingerprint())) {
                let problem = format!("is the same key as `{}`", setting_of(setting, first));
                return Err(ConfigError::new(setting_of(setting, index), problem).into());
            }
            if !key.self_test() {
                return Err(KeyError::SelfTest);
            }
            ring.push(key);
        }
        if ring.is_empty() {
            return Err(ConfigError::new(setting, "is empty").into());
        }
        Ok(KeyRing {
            token_type,
            keys: ring.into(),
        })
    }

    /// A ring of one HS256 key.
    ///
    /// # Errors
    ///
    /// As for [`KeyRing::from_keys`].
    pub fn hs256(token_type: TokenType, kid: Option<&str>, secret: &str) -> Result<KeyRing, KeyError> {
        let key = KeyConfig::from_secret(SecretString::new(secret));
        let key = kid.into_iter().fold(key, KeyConfig::with_kid);
        KeyRing::from_keys(token_type, "keys", &[key])
    }

    /// The type of this ring's tokens.
    pub fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// The names of the keys, the newest first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// The public keys of the ring as a JWK set (RFC 7517 §5), for other services that verify these
    /// tokens. Secrets are not part of the set, so it is empty for a ring of secrets.
    pub fn jwks(&self) -> JwkSet {
        let keys: Vec<Jwk> = self.keys.iter().filter_map(|key| key.jwk.clone()).collect();
        JwkSet { keys }
    }

    /// Signs `claims` with the newest key, as a compact JWS (RFC 7515 §7.1).
    ///
    /// # Errors
    ///
    /// [`SigningFailed`] for claims that are no JSON; otherwise, with a ring that passed its
    /// self-test, it does not happen.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, SigningFailed> {
        let payload = serde_json::to_vec(claims).map_err(|_| SigningFailed)?;
        let key = self.keys.first().ok_or(SigningFailed)?;
        let signer = key.signer.as_ref().ok_or(SigningFailed)?;
        // Room for a signature of 64 bytes as well, so that the usual token is written in one piece
        // of memory.
        let mut token = String::with_capacity(key.encoded_header.len() + payload.len().div_ceil(3) * 4 + 90);
        token.push_str(&key.encoded_header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        signer.append_signature(&mut token)?;
        Ok(token)
    }

    /// The payload of a token that this ring signed.
    ///
    /// # Errors
    ///
    /// [`InvalidSignature`], for every reason.
    pub fn verify(&self, token: &str) -> Result<Vec<u8>, InvalidSignature> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(InvalidSignature);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(InvalidSignature)?;
        // A `kid` may stand in two rings' headers, but within a ring the header names one key.
        let payload_of = |key: &Key| signed.strip_prefix(&key.encoded_header)?.strip_prefix('.');
        let found = self.keys.iter().find_map(|key| Some((key, payload_of(key)?)));
        let (key, payload) = found.ok_or(InvalidSignature)?;
        if !key.verifier.accepts(signed, signature) {
            return Err(InvalidSignature);
        }
        // As strict as for the signature: no padding, no blanks, a canonical last character.
        URL_SAFE_NO_PAD.decode(payload).map_err(|_| InvalidSignature)
    }

    /// Where a key of this ring stands in `other`, if one does: `(here, there)`.
    pub(super) fn shared_key(&self, other: &KeyRing) -> Option<(usize, usize)> {
        self.keys.iter().enumerate().find_map(|(here, key)| {
            let there = other.keys.iter().position(|other| other.is_same(key.fingerprint()))?;
            Some((here, there))
        })
    }

    /// Where the key stands that comes down to `fingerprint`.
    pub(super) fn position(&self, fingerprint: &Fingerprint) -> Option<usize> {
        self.keys.iter().position(|key| key.is_same(fingerprint))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<&str> = self.kids().collect();
        f.debug_struct("KeyRing")
            .field("token_type", &self.token_type)
            .field("kids", &kids)
            .finish_non_exhaustive()
    }
}

/// What the key at `index` is called. A list that is no list, a variable of the environment, is
/// called by its own name.
pub(super) fn setting_of(setting: &str, index: usize) -> String {
    if setting.contains('.') {
        format!("{setting}.{index}")
    } else {
        setting.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;

    use super::super::{KeyAlgorithm, generate_key};
    use super::*;
    use crate::config::KeySource;

    const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0-ring";

    fn ring(kid: &str) -> KeyRing {
        KeyRing::hs256(TokenType::Access, Some(kid), SECRET).expect("a ring")
    }

    fn opens(ring: &KeyRing, token: &str) -> bool {
        ring.verify(token).is_ok()
    }

    // security: Tokens: One algorithm per key: `none`, other algorithms, unknown `kid`, embedded or remote keys are refused
    #[test]
    fn only_the_header_of_a_key_in_the_ring_is_accepted() {
        let ring = ring("a");
        let token = ring.sign(&serde_json::json!({})).expect("signed");
        assert!(opens(&ring, &token));
        let rest = token.split_once('.').expect("three parts").1;
        // Another order, an added member, another `typ`: correctly signed or not, they are not
        // ours.
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
    fn a_token_of_the_longest_size_is_read_and_none_that_is_longer() {
        let mut met = Vec::new();
        for kid in ["a", "aa", "aaa"] {
            let ring = ring(kid);
            for padding in 2900..3000 {
                let token = ring.sign(&" ".repeat(padding)).expect("signed");
                let is_short = token.len() <= MAX_TOKEN_BYTES;
                assert_eq!(opens(&ring, &token), is_short, "{} bytes", token.len());
                met.push(token.len());
            }
        }
        assert!([0, 1, 2].iter().all(|more| met.contains(&(MAX_TOKEN_BYTES + more))));
    }

    #[test]
    fn a_header_is_spelled_as_jsonwebtoken_spells_it() {
        let token = ring("a").sign(&()).expect("signed");
        let header = jsonwebtoken::decode_header(&token).expect("a header");
        let theirs = jsonwebtoken::encode(&header, &(), &jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes()));
        assert_eq!(theirs.expect("signed"), token);
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
        let key = |kid: &str, secret: &str| KeyConfig::from_secret(SecretString::new(secret)).with_kid(kid);
        let of = |keys: &[KeyConfig]| KeyRing::from_keys(TokenType::Access, "auth.tokens.access_keys", keys);
        let (old, new) = (key("old", SECRET), key("new", "7d1c0be49a3f5286e0c4b9d8a7135f62-ring"));
        let old_token = ring("old").sign(&()).expect("signed");
        let alone = of(std::slice::from_ref(&new)).expect("one key");
        let both = of(&[new.clone(), old.clone()]).expect("two keys");
        assert!(opens(&both, &old_token) && !opens(&alone, &old_token));
        assert!(opens(&alone, &both.sign(&()).expect("signed")));
        let refused = |keys: &[KeyConfig]| of(keys).expect_err("refused").to_string();
        let twice = refused(&[new.clone(), key("new", SECRET)]);
        assert_eq!(twice, "`auth.tokens.access_keys` holds the `kid` new twice");
        let same = refused(&[new, old, key("older", SECRET)]);
        assert_eq!(
            same,
            "`auth.tokens.access_keys.2` is the same key as `auth.tokens.access_keys.1`"
        );
    }

    #[test]
    fn a_header_says_what_the_token_is_for() {
        for (token_type, typ) in [(TokenType::Access, "at+jwt"), (TokenType::Refresh, "rt+jwt")] {
            let ring = KeyRing::hs256(token_type, None, SECRET).expect("a ring");
            let header = jsonwebtoken::decode_header(ring.sign(&()).expect("signed")).expect("a header");
            assert_eq!((ring.token_type(), header.typ.as_deref()), (token_type, Some(typ)));
        }
    }

    #[test]
    fn what_a_ring_publishes_verifies_its_tokens_and_signs_none() {
        let private = generate_key(KeyAlgorithm::EdDsa).expect("made");
        let of = |keys: &[KeyConfig]| KeyRing::from_keys(TokenType::Access, "auth.tokens.access_keys", keys);
        let ours = of(&[KeyConfig::new(KeySource::Pem(private))]).expect("a ring");
        let published = ours.jwks().keys;
        let jwk = serde_json::to_string(published.first().expect("one key")).expect("a JWK");
        let public = KeyConfig::new(KeySource::Jwk(SecretString::new(jwk)));
        let alone = of(std::slice::from_ref(&public))
            .expect_err("nothing signs")
            .to_string();
        assert!(alone.starts_with("`auth.tokens.access_keys.0` cannot sign"), "{alone}");
        let behind = of(&[KeyConfig::from_secret(SecretString::new(SECRET)), public]).expect("it verifies only");
        assert!(opens(&behind, &ours.sign(&()).expect("signed")));
        assert_eq!(
            (published.len(), behind.jwks().keys.len(), ring("a").jwks().keys.len()),
            (1, 1, 0)
        );
    }

    #[test]
    fn a_key_that_two_rings_share_is_found_wherever_it_stands() {
        let others = [
            "7d1c0be49a3f5286e0c4b9d8a7135f62-ring",
            "b2e94f60d8c71a35f09e6db4827c5a13-ring",
            "58a7f3c1e6049bd27f8d5ca0b1e4936d-ring",
        ];
        let fingerprint = Fingerprint::of_secret(SECRET.as_bytes());
        for here in 0..3 {
            let of = |at: usize, others: &[&str]| {
                let mut secrets = others.to_vec();
                secrets.insert(at, SECRET);
                let keys = secrets
                    .iter()
                    .map(|secret| KeyConfig::from_secret(SecretString::new(*secret)));
                let keys: Vec<_> = keys.collect();
                KeyRing::from_keys(TokenType::Access, "keys", &keys).expect("a ring")
            };
            let one = of(here, &others[..2]);
            assert_eq!(one.position(&fingerprint), Some(here));
            assert_eq!(one.shared_key(&of(1, &others[2..])), Some((here, 1)));
            assert_eq!(one.shared_key(&of(0, &others[2..])), Some((here, 0)));
        }
        let apart = KeyRing::hs256(TokenType::Refresh, None, others[0]).expect("a ring");
        assert_eq!(
            (apart.position(&fingerprint), apart.shared_key(&ring("a"))),
            (None, None)
        );
    }

    // security: Keys: Secrets have no `Debug`, `Display` or `Serialize`, and are zeroised
    #[test]
    fn debug_output_holds_names_only() {
        assert_eq!(
            format!("{:?}", ring("a")),
            r#"KeyRing { token_type: Access, kids: ["a"], .. }"#
        );
    }
}
