//! Files that hold a key.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use super::problem::BadKey;
use crate::secret::{SecretString, SecretVec};

/// More than any key needs: an RSA key of 8192 bits as JWK has 6 KiB.
const MAX_BYTES: u64 = 64 * 1024;

/// The text of a key file.
pub(super) struct KeyFile {
    pub(super) text: SecretString,
    /// Everybody on this machine can read it, which is right for a public key only.
    pub(super) world_readable: bool,
}

/// Reads a key file. One that everybody can change is refused, whatever it holds.
pub(super) fn read(path: &Path) -> Result<KeyFile, BadKey> {
    let unreadable = |error: std::io::Error| BadKey::Unreadable(error.kind());
    // Before it is opened: opening a pipe would wait for somebody to write.
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
