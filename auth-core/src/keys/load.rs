//! From a key as it is configured to one that is ready for use.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use super::error::BadKey;
use super::key::ParsedKey;
use super::signing::KeyAlgorithm;
use super::{jwk, pem};
use crate::config::{ConfigError, KeyConfig, KeySource};
use crate::secret::{SecretString, SecretVec};

/// Reads the key that stands at `setting`.
pub(super) fn load(setting: &str, config: &KeyConfig) -> Result<ParsedKey, ConfigError> {
    let named = |part: &str| format!("{setting}.{part}");
    let alg: Option<KeyAlgorithm> = match config.alg.as_deref().map(str::parse).transpose() {
        Ok(alg) => alg,
        Err(unknown) => return Err(ConfigError::new(named("alg"), format!("is wrong: {unknown}"))),
    };
    // `JWT_ACCESS_SECRET` is the secret itself, not a table that holds one.
    let source = match config.source {
        KeySource::Secret(_) if !setting.contains('.') => setting.to_owned(),
        ref source => named(source.setting()),
    };
    let mut key = read(&config.source, alg).map_err(|bad| ConfigError::new(source.as_str(), bad.to_string()))?;
    if alg.is_some_and(|alg| alg != key.algorithm) {
        let fits = key.algorithm.as_str();
        return Err(ConfigError::new(
            named("alg"),
            format!("does not fit: the key is for {fits}"),
        ));
    }
    if let (Some(configured), Some(own)) = (&config.kid, &key.kid)
        && configured != own
    {
        return Err(ConfigError::new(source, BadKey::Kid.to_string()));
    }
    key.kid = config.kid.clone().or(key.kid);
    let printable = |kid: &str| (1..=64).contains(&kid.len()) && kid.bytes().all(|byte| byte.is_ascii_graphic());
    if key.kid.as_deref().is_some_and(|kid| !printable(kid)) {
        return Err(ConfigError::new(
            named("kid"),
            "must be 1 to 64 ASCII characters without blanks",
        ));
    }
    Ok(key)
}

fn read(source: &KeySource, alg: Option<KeyAlgorithm>) -> Result<ParsedKey, BadKey> {
    match source {
        KeySource::Secret(secret) => {
            refuse_misplaced(secret.expose(), "secret")?;
            let secret = SecretVec::new(secret.expose());
            ParsedKey::hmac(alg.unwrap_or(KeyAlgorithm::Hs256), &secret)
        }
        KeySource::Pem(text) => {
            refuse_misplaced(text.expose(), "pem")?;
            pem::parse(text.expose())
        }
        KeySource::Jwk(text) => {
            refuse_misplaced(text.expose(), "jwk")?;
            jwk::parse(text.expose(), alg)
        }
        KeySource::File(path) => {
            refuse_misplaced(&path.to_string_lossy(), "file")?;
            let file = read_file(path)?;
            let key = match form(file.text.expose()) {
                Some("pem") => pem::parse(file.text.expose())?,
                Some(_) => jwk::parse(file.text.expose(), alg)?,
                None => return Err(BadKey::Unrecognised),
            };
            if file.world_readable && key.private {
                return Err(BadKey::OpenToAll("read"));
            }
            Ok(key)
        }
    }
}

/// What form of key the text has.
fn form(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") {
        Some("pem")
    } else if text.trim_start().starts_with('{') && text.contains("\"kty\"") {
        Some("jwk")
    } else {
        None
    }
}

/// A public key in the place of a secret would be an HMAC key that every attacker knows (RFC 8725
/// §2.1).
fn refuse_misplaced(text: &str, place: &str) -> Result<(), BadKey> {
    match form(text) {
        Some(form) if form != place => Err(BadKey::Misplaced(form)),
        _ => Ok(()),
    }
}

/// More than any key needs: an RSA key of 8192 bits as JWK has 6 KiB.
const MAX_BYTES: u64 = 64 * 1024;

/// The text of a key file.
struct KeyFile {
    text: SecretString,
    /// Every user of this machine can read the file, which is right for a public key only.
    world_readable: bool,
}

/// Reads a key file. A file that every user can change is refused, with any content.
fn read_file(path: &Path) -> Result<KeyFile, BadKey> {
    let unreadable = |error: std::io::Error| BadKey::Unreadable(error.kind());
    // Checked before the file is opened: opening a pipe would wait for a writer.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(BadKey::NoFile);
    }
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if open_to_others(&metadata, 0o002) {
        return Err(BadKey::OpenToAll("change"));
    }
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let bytes = SecretVec::new(bytes);
    read.map_err(unreadable)?;
    if bytes.expose().len() as u64 > MAX_BYTES {
        return Err(BadKey::TooLarge);
    }
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    if marks.iter().any(|mark| bytes.expose().starts_with(mark)) {
        return Err(BadKey::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| BadKey::Unrecognised)?;
    Ok(KeyFile {
        text: SecretString::new(text),
        world_readable: open_to_others(&metadata, 0o004),
    })
}

#[cfg(unix)]
fn open_to_others(metadata: &Metadata, bits: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & bits != 0
}

/// Elsewhere files have no mode; who may read them is for the administrator to say.
#[cfg(not(unix))]
fn open_to_others(_: &Metadata, _: u32) -> bool {
    false
}
