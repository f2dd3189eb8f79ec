use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use jsonwebtoken::jwk::Jwk;

use super::algorithm::KeyAlgorithm;
use super::known_answers;
use super::parsed::ParsedKey;
use super::ring::TokenType;
use super::same::Identity;
use super::signing::{Signer, SigningFailed, Verifier};

/// A key in a ring.
pub(super) struct Key {
    pub(super) kid: String,
    /// The header as it stands in every token of this key, in base64url.
    pub(super) encoded_header: String,
    pub(super) verifier: Verifier,
    /// `None` for a key that only verifies.
    pub(super) signer: Option<Signer>,
    /// As it is published; `None` for HMAC.
    pub(super) jwk: Option<Jwk>,
    algorithm: KeyAlgorithm,
    identity: Identity,
}

impl Key {
    pub(super) fn new(token_type: TokenType, parsed: ParsedKey) -> Result<Key, SigningFailed> {
        let kid = match (parsed.kid, &parsed.public, &parsed.verifier) {
            (Some(kid), ..) => kid,
            (None, Some(public), _) => URL_SAFE_NO_PAD.encode(public.thumbprint()),
            (None, None, Verifier::Hmac { key, .. }) => derived_kid(key),
            (None, None, Verifier::Public { .. }) => return Err(SigningFailed),
        };
        let header = Header {
            typ: Some(token_type.as_str().to_owned()),
            kid: Some(kid.clone()),
            ..Header::new(parsed.algorithm.jwt())
        };
        let header = serde_json::to_vec(&header).map_err(|_| SigningFailed)?;
        Ok(Key {
            encoded_header: URL_SAFE_NO_PAD.encode(header),
            jwk: parsed.public.map(|public| public.jwk(&kid, parsed.algorithm)),
            kid,
            verifier: parsed.verifier,
            signer: parsed.signer,
            algorithm: parsed.algorithm,
            identity: parsed.identity,
        })
    }

    /// Whether both are one key, under whatever names.
    pub(super) fn is_same(&self, other: &Identity) -> bool {
        self.identity.is_same(other)
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the cryptographic library does with this key what the standards say: it gives the published answer for the
    /// algorithm, accepts what the key signed, and refuses what was changed.
    pub(super) fn self_test(&self) -> bool {
        known_answers::hold(self.algorithm) && self.signer.as_ref().is_none_or(|signer| self.accepts_own(signer))
    }

    fn accepts_own(&self, signer: &Signer) -> bool {
        let signed = format!("{}.eyJzZWxmIjoidGVzdCJ9", self.encoded_header);
        let mut token = signed.clone();
        if signer.append_signature(&mut token).is_err() {
            return false;
        }
        let Some((_, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let other = format!("{first}{}", &signature[1..]);
        self.verifier.accepts(&signed, signature)
            && !self.verifier.accepts(&signed, &other)
            && !self.verifier.accepts(&signed[1..], signature)
    }
}

/// A name for a secret that has none: the same on every node, and telling no more of it than any token does.
fn derived_kid(key: &hmac::Key) -> String {
    URL_SAFE_NO_PAD.encode(&hmac::sign(key, b"auth-core kid").as_ref()[..9])
}

#[cfg(test)]
mod tests {
    use super::super::generate_key;
    use super::super::load::load;
    use super::*;
    use crate::config::{KeyConfig, KeySource};
    use crate::secret::SecretString;

    fn key(config: &KeyConfig) -> Key {
        Key::new(TokenType::Access, load("keys.0", config).expect("a good key")).expect("prepared")
    }

    /// As where the library signs wrongly, or takes a signature that is not one.
    #[test]
    fn a_key_that_does_not_take_what_it_signs_fails_its_self_test() {
        let secret = |text: &str| KeyConfig::from_secret(SecretString::new(text));
        let made = |algorithm| KeyConfig::new(KeySource::Pem(generate_key(algorithm).expect("made")));
        for (one, other) in [
            (
                secret("0f1e2d3c4b5a69788796a5b4c3d2e1f0-self"),
                secret("7d1c0be49a3f5286e0c4b9d8a7135f62-self"),
            ),
            (made(KeyAlgorithm::EdDsa), made(KeyAlgorithm::EdDsa)),
            (made(KeyAlgorithm::Es256), made(KeyAlgorithm::Es256)),
            (made(KeyAlgorithm::Rs256), made(KeyAlgorithm::Rs256)),
        ] {
            let mut broken = key(&one);
            assert!(broken.self_test());
            broken.verifier = key(&other).verifier;
            assert!(!broken.self_test(), "{}", broken.encoded_header);
        }
    }
}
