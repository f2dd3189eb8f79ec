//! Keys as JWK (RFC 7517), private ones too: what `jsonwebtoken` reads of a JWK is its public part.

use aws_lc_rs::rsa::KeyPairComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::BadKey;
use super::key::ParsedKey;
use super::signing::KeyAlgorithm;
use crate::secret::{SecretString, SecretVec};

/// The members that are read; others are ignored, as RFC 7517 §4 requires.
#[derive(Deserialize)]
struct JwkMembers {
    kty: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<SecretString>,
    p: Option<SecretString>,
    q: Option<SecretString>,
    dp: Option<SecretString>,
    dq: Option<SecretString>,
    qi: Option<SecretString>,
    k: Option<SecretString>,
    oth: Option<IgnoredAny>,
    /// What a set of keys has (RFC 7517 §5).
    keys: Option<IgnoredAny>,
}

/// Reads the key in `text`. `alg` is what the configuration says of a secret's algorithm.
pub(super) fn parse(text: &str, alg: Option<KeyAlgorithm>) -> Result<ParsedKey, BadKey> {
    let jwk: JwkMembers = serde_json::from_str(text).map_err(|error| BadKey::Jwk {
        line: error.line(),
        column: error.column(),
    })?;
    if jwk.keys.is_some() {
        return Err(BadKey::Several);
    }
    let mut key = match (jwk.kty.as_deref(), jwk.crv.as_deref()) {
        (Some("oct"), _) => jwk.hmac(alg)?,
        (Some("OKP"), Some("Ed25519")) => jwk.ed25519()?,
        (Some("EC"), Some("P-256")) => jwk.p256()?,
        (Some("RSA"), _) => jwk.rsa()?,
        (None, _) => return Err(BadKey::Member("kty")),
        _ => return Err(BadKey::Kind),
    };
    if jwk.alg.as_deref().is_some_and(|alg| alg != key.algorithm.as_str()) {
        return Err(BadKey::Algorithm {
            fits: key.algorithm.as_str(),
        });
    }
    if !jwk.may_sign(&key)? {
        key.signer = None;
    }
    key.kid = jwk.kid;
    Ok(key)
}

impl JwkMembers {
    fn hmac(&self, alg: Option<KeyAlgorithm>) -> Result<ParsedKey, BadKey> {
        let own = self.alg.as_deref().map(|name| {
            let known = KeyAlgorithm::ALL.iter().copied().find(|known| known.as_str() == name);
            known.ok_or(BadKey::Algorithm {
                fits: "HS256, HS384 or HS512",
            })
        });
        let algorithm = alg.map_or_else(|| own.unwrap_or(Ok(KeyAlgorithm::Hs256)), Ok)?;
        ParsedKey::hmac(algorithm, &secret("k", &self.k)?)
    }

    fn ed25519(&self) -> Result<ParsedKey, BadKey> {
        let x = fixed("x", &self.x)?;
        if self.d.is_none() {
            return ParsedKey::ed25519(x);
        }
        let pair = Ed25519KeyPair::from_seed_and_public_key(secret("d", &self.d)?.expose(), &x);
        ParsedKey::ed25519_pair(pair.map_err(|_| BadKey::Inconsistent)?)
    }

    fn p256(&self) -> Result<ParsedKey, BadKey> {
        let (x, y): ([u8; 32], [u8; 32]) = (fixed("x", &self.x)?, fixed("y", &self.y)?);
        let point = [&[4], &x[..], &y[..]].concat();
        if self.d.is_none() {
            return ParsedKey::p256(&point);
        }
        let d = secret("d", &self.d)?;
        if d.expose().len() != 32 {
            return Err(BadKey::Member("d"));
        }
        let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, d.expose(), &point);
        ParsedKey::p256_pair(pair.map_err(|_| BadKey::Inconsistent)?)
    }

    fn rsa(&self) -> Result<ParsedKey, BadKey> {
        if self.oth.is_some() {
            return Err(BadKey::Member("oth"));
        }
        let (n, e) = (integer("n", &self.n)?, integer("e", &self.e)?);
        let public = ParsedKey::rsa(n.clone(), e.clone())?;
        if self.d.is_none() {
            return Ok(public);
        }
        let (d, p, q) = (secret("d", &self.d)?, secret("p", &self.p)?, secret("q", &self.q)?);
        let (dp, dq, qi) = (
            secret("dp", &self.dp)?,
            secret("dq", &self.dq)?,
            secret("qi", &self.qi)?,
        );
        let pair = RsaKeyPair::from_components(&KeyPairComponents {
            public_key: RsaPublicKeyComponents { n, e },
            d: d.expose(),
            p: p.expose(),
            q: q.expose(),
            dP: dp.expose(),
            dQ: dq.expose(),
            qInv: qi.expose(),
        });
        ParsedKey::rsa_pair(pair.map_err(|_| BadKey::Inconsistent)?)
    }

    /// What `use` and `key_ops` allow (RFC 7517 §4.2, §4.3): whether the key may sign; an error
    /// when it may not verify.
    fn may_sign(&self, key: &ParsedKey) -> Result<bool, BadKey> {
        if self.used_for.as_deref().is_some_and(|used_for| used_for != "sig") {
            return Err(BadKey::Use);
        }
        let Some(operations) = &self.key_ops else {
            return Ok(true);
        };
        let allows = |operation: &str| operations.iter().any(|allowed| allowed == operation);
        let others = operations
            .iter()
            .any(|allowed| !matches!(allowed.as_str(), "sign" | "verify"));
        // A private key that may sign only is whole: what verifies is its public half.
        let verifies = allows("verify") || (key.public.is_some() && key.signer.is_some() && allows("sign"));
        if others || !verifies {
            return Err(BadKey::Use);
        }
        Ok(allows("sign"))
    }
}

fn secret(name: &'static str, member: &Option<SecretString>) -> Result<SecretVec, BadKey> {
    let text = member.as_ref().ok_or(BadKey::Member(name))?;
    URL_SAFE_NO_PAD
        .decode(text.expose())
        .map(SecretVec::new)
        .map_err(|_| BadKey::Member(name))
}

fn fixed<const N: usize>(name: &'static str, member: &Option<String>) -> Result<[u8; N], BadKey> {
    let bytes = URL_SAFE_NO_PAD.decode(member.as_deref().ok_or(BadKey::Member(name))?);
    bytes
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(BadKey::Member(name))
}

/// A number in as few bytes as it needs (RFC 7518 §2, Base64urlUInt).
fn integer(name: &'static str, member: &Option<String>) -> Result<Vec<u8>, BadKey> {
    let bytes = URL_SAFE_NO_PAD.decode(member.as_deref().ok_or(BadKey::Member(name))?);
    bytes
        .ok()
        .filter(|bytes| bytes.first().is_some_and(|first| *first != 0))
        .ok_or(BadKey::Member(name))
}
