use std::fmt;
use std::path::PathBuf;

use figment::value::magic::RelativePathBuf;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer};

use crate::secret::SecretString;

/// One key of a ring: `{ secret = "…" }`, `{ file = "access.pem", kid = "2026-11" }`, `{ pem = "…"
/// }` or `{ jwk = "…" }`.
///
/// The algorithm belongs to the key: Ed25519 keys are for EdDSA, keys on P-256 for ES256, RSA keys
/// for RS256, and secrets for HS256 unless `alg` says HS384 or HS512.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(try_from = "KeyTable")]
#[non_exhaustive]
pub struct KeyConfig {
    /// The `kid` of tokens signed with it. Default: the one in the JWK, else derived from the key.
    pub kid: Option<String>,
    /// The name of its algorithm. Default: HS256 for secrets, else the one that fits the key;
    /// another is refused.
    pub alg: Option<String>,
    /// Where the key itself stands.
    pub source: KeySource,
}

/// Where a key stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeySource {
    /// An HMAC secret: its UTF-8 bytes are the key.
    Secret(SecretString),
    /// A private or a public key as PEM.
    Pem(SecretString),
    /// A key of any kind as a JWK (RFC 7517).
    Jwk(SecretString),
    /// A file that holds PEM or a JWK. In `Rocket.toml` the path is relative to that file.
    File(PathBuf),
}

impl KeyConfig {
    /// A key whose `kid` is derived from it, or stands in the JWK.
    pub fn new(source: KeySource) -> KeyConfig {
        KeyConfig {
            kid: None,
            alg: None,
            source,
        }
    }

    /// An HS256 key whose `kid` is derived from it.
    pub fn from_secret(secret: SecretString) -> KeyConfig {
        KeyConfig::new(KeySource::Secret(secret))
    }

    /// The same key under a name of its own.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> KeyConfig {
        self.kid = Some(kid.into());
        self
    }

    /// The same key for the algorithm of this name.
    #[must_use]
    pub fn with_alg(mut self, alg: impl Into<String>) -> KeyConfig {
        self.alg = Some(alg.into());
        self
    }
}

impl KeySource {
    /// The key of the table that it was written under.
    pub(crate) const fn setting(&self) -> &'static str {
        match self {
            KeySource::Secret(_) => "secret",
            KeySource::Pem(_) => "pem",
            KeySource::Jwk(_) => "jwk",
            KeySource::File(_) => "file",
        }
    }
}

/// A key as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    secret: Option<SecretString>,
    #[serde(default)]
    pem: Option<SecretString>,
    #[serde(default)]
    jwk: Option<JwkText>,
    #[serde(default)]
    file: Option<RelativePathBuf>,
}

impl TryFrom<KeyTable> for KeyConfig {
    type Error = &'static str;

    fn try_from(table: KeyTable) -> Result<KeyConfig, &'static str> {
        let sources = [
            table.secret.map(KeySource::Secret),
            table.pem.map(KeySource::Pem),
            table.jwk.map(|jwk| KeySource::Jwk(jwk.0)),
            table.file.map(|file| KeySource::File(file.relative())),
        ];
        let mut sources = sources.into_iter().flatten();
        match (sources.next(), sources.next()) {
            (Some(source), None) => Ok(KeyConfig {
                kid: table.kid,
                alg: table.alg,
                source,
            }),
            _ => Err("a key has exactly one of `secret`, `pem`, `jwk` and `file`"),
        }
    }
}

/// A JWK as text, or as a table of the configuration.
struct JwkText(SecretString);

impl<'de> Deserialize<'de> for JwkText {
    /// An error says what was wrong, never what was given.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JwkText, D::Error> {
        struct TextOrTable;
        impl<'de> de::Visitor<'de> for TextOrTable {
            type Value = JwkText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JWK, as text or as a table")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<JwkText, E> {
                Ok(JwkText(SecretString::new(text)))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, members: A) -> Result<JwkText, A::Error> {
                let members = serde_json::Map::deserialize(MapAccessDeserializer::new(members))
                    .map_err(|_| de::Error::custom("the table is no JWK"))?;
                Ok(JwkText(SecretString::new(
                    serde_json::Value::Object(members).to_string(),
                )))
            }
        }
        // `any`, or a format reports a value of another type in its own words, and quotes it.
        deserializer.deserialize_any(TextOrTable)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use figment::Figment;
    use figment::providers::{Format, Toml};

    use super::*;

    fn key(toml: &str) -> Result<KeyConfig, String> {
        let figment = Figment::from(Toml::string(&format!("key = {toml}")));
        figment.extract_inner("key").map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_stands_in_one_place() {
        assert!(matches!(
            key("{ secret = \"s\" }").expect("one").source,
            KeySource::Secret(_)
        ));
        assert!(matches!(key("{ pem = \"p\" }").expect("one").source, KeySource::Pem(_)));
        for wrong in [
            "{}",
            "{ kid = \"a\" }",
            "{ secret = \"s\", pem = \"p\" }",
            "{ file = \"f\", jwk = \"{}\" }",
        ] {
            let error = key(wrong).expect_err("not one");
            assert!(error.contains("exactly one of"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_jwk_may_be_text_or_a_table() {
        for written in [
            r#"{ jwk = '{"kty":"oct","k":"AAAA"}' }"#,
            r#"{ jwk = { kty = "oct", k = "AAAA" } }"#,
        ] {
            let KeySource::Jwk(text) = key(written).expect("a JWK").source else {
                panic!("a JWK");
            };
            let members: serde_json::Value = serde_json::from_str(text.expose()).expect("JSON");
            assert_eq!(members, serde_json::json!({ "kty": "oct", "k": "AAAA" }));
        }
        assert!(!key("{ jwk = 81726354 }").expect_err("a number").contains("exactly"));
    }

    #[test]
    fn a_path_is_relative_to_the_file_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let toml = folder.path().join("Rocket.toml");
        std::fs::write(&toml, "key = { file = \"keys/access.pem\" }").expect("written");
        let key: KeyConfig = Figment::from(Toml::file(&toml)).extract_inner("key").expect("a key");
        let KeySource::File(path) = key.source else {
            panic!("a file");
        };
        assert!(
            path.is_absolute() && path.ends_with(Path::new("keys/access.pem")),
            "{path:?}"
        );
    }
}
