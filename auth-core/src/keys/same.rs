//! Whether two keys are one, however they are written.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};

/// What a key comes down to. RFC 2104 §2 pads a secret with zeros to the hash's block and hashes one that is longer, so that
/// `K`, `K‖00` and, for a long K, its hash are one key: a secret has several prints, and one in common is enough.
///
/// Only hashes are kept. The block is 64 bytes for SHA-256 and 128 for the others; a secret between is judged as if it were
/// used with any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity(Vec<[u8; 32]>);

impl Identity {
    pub(super) fn of_secret(secret: &[u8]) -> Identity {
        let mut prints = vec![print(secret)];
        if secret.len() > 64 {
            prints.extend([&SHA256, &SHA384, &SHA512].map(|hash| print(digest(hash, secret).as_ref())));
        }
        Identity(prints)
    }

    pub(super) fn of_public(thumbprint: &[u8; 32]) -> Identity {
        Identity(vec![*thumbprint])
    }

    pub(super) fn is_same(&self, other: &Identity) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &[u8], other: &[u8]) -> bool {
        Identity::of_secret(one).is_same(&Identity::of_secret(other))
    }

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
}
