//! Whether two keys are one, however they are written.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};

/// What makes a key this key, however it is written. RFC 2104 §2 pads a secret with zeros to the
/// hash's block, and hashes a longer one. So `K`, `K‖00` and, for a long K, its hash are one key. A
/// secret has several prints; two secrets with a print in common are one key.
///
/// Only hashes are kept. The block is 64 bytes for SHA-256 and 128 for the others. A secret of a
/// length between the two is checked as if it were used with any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<[u8; 32]>);

impl Fingerprint {
    pub(super) fn of_secret(secret: &[u8]) -> Fingerprint {
        let mut prints = vec![print(secret)];
        if secret.len() > 64 {
            prints.extend([&SHA256, &SHA384, &SHA512].map(|hash| print(digest(hash, secret).as_ref())));
        }
        Fingerprint(prints)
    }

    pub(super) fn of_public(thumbprint: &[u8; 32]) -> Fingerprint {
        Fingerprint(vec![*thumbprint])
    }

    pub(super) fn is_same(&self, other: &Fingerprint) -> bool {
        self.0.iter().any(|print| other.0.contains(print))
    }
}

/// Without the zeros that HMAC would add anyway.
fn print(secret: &[u8]) -> [u8; 32] {
    let length = secret.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let mut print = [0; 32];
    print.copy_from_slice(digest(&SHA256, &secret[..length]).as_ref());
    print
}

/// Whether two secrets make the same HMAC key. RFC 2104 §2 pads a key with zeros to the block and
/// hashes one that is longer, so that different texts can be one key.
pub fn same_hmac_key(one: &str, other: &str) -> bool {
    Fingerprint::of_secret(one.as_bytes()).is_same(&Fingerprint::of_secret(other.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &[u8], other: &[u8]) -> bool {
        Fingerprint::of_secret(one).is_same(&Fingerprint::of_secret(other))
    }

    // security: Traps in the versions in use: `K`, `K` with zeros behind it, and the hash of a long `K` are one HMAC key
    #[test]
    fn one_key_in_its_spellings_is_one_key() {
        let short = b"k".repeat(40);
        let padded = |zeros| [short.clone(), vec![0; zeros]].concat();
        assert!(same(&short, &padded(2)) && same(&padded(1), &padded(24)));
        assert!(!same(&short, &[short.clone(), b"0".to_vec()].concat()));
        assert!(!same(&b"k".repeat(65), &b"k".repeat(66)));
        assert!(
            !same(&short, digest(&SHA256, &short).as_ref()),
            "a short secret is not hashed"
        );
        let long = b"k".repeat(129);
        for hash in [&SHA256, &SHA384, &SHA512] {
            let hashed = digest(hash, &long);
            assert!(same(&long, hashed.as_ref()), "{hash:?}");
            assert!(same(hashed.as_ref(), &long), "{hash:?}");
            assert!(same(&long, &[hashed.as_ref(), &[0; 5]].concat()), "{hash:?}");
        }
    }

    #[test]
    fn one_key_in_three_spellings_is_one_key() {
        let short = "k".repeat(40);
        assert!(same_hmac_key(&short, &format!("{short}\0\0")));
        assert!(!same_hmac_key(&short, &format!("{short}0")));
        assert!(!same_hmac_key(&"k".repeat(65), &"k".repeat(66)));
    }
}
