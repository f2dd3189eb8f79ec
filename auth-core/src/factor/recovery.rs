//! Recovery codes: they stand in for an authenticator app that is lost.

use aws_lc_rs::digest::{SHA256, digest};

use crate::secret::{NoEntropy, SecretBytes, SecretString};
use crate::store::SecretHash;

/// How many codes a user gets.
const COUNT: usize = 10;

/// How many characters a code has, five bits each: 100 random bits. So many cannot be guessed from
/// their hash, and a slow hash would add nothing.
const LENGTH: usize = 20;

/// Digits and letters without `i`, `l`, `o` and `u`, which look like others.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A recovery code, such as `3k7fq-8m2xz-p4w9d-0hjnt`.
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    /// As many fresh codes as a user gets.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`].
    pub fn random_set() -> Result<Vec<RecoveryCode>, NoEntropy> {
        (0..COUNT).map(|_| RecoveryCode::random()).collect()
    }

    fn random() -> Result<RecoveryCode, NoEntropy> {
        let bytes = SecretBytes::<LENGTH>::random()?;
        // 256 is a multiple of 32: every character is as likely as another.
        let code = bytes
            .expose()
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Ok(RecoveryCode(SecretString::new(code.collect::<String>())))
    }

    /// The code that a user typed, in any case and with any spaces and hyphens; `None` where it
    /// cannot be one.
    pub fn parse(typed: &str) -> Option<RecoveryCode> {
        let kept = typed.chars().filter(|c| !matches!(c, ' ' | '-'));
        let code: String = kept.map(|c| c.to_ascii_lowercase()).collect();
        let is_one = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        is_one.then(|| RecoveryCode(SecretString::new(code)))
    }

    /// What the database keeps.
    pub fn hash(&self) -> SecretHash {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, self.0.expose().as_bytes()).as_ref());
        SecretHash(hash)
    }

    /// As the user sees it: in groups of five.
    pub fn show(&self) -> SecretString {
        let code = self.0.expose();
        let groups: Vec<&str> = (0..LENGTH).step_by(5).map(|at| &code[at..at + 5]).collect();
        SecretString::new(groups.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_shown_and_in_any_case() {
        let codes = RecoveryCode::random_set().expect("random numbers");
        let hashes: BTreeSet<[u8; 32]> = codes.iter().map(|code| code.hash().0).collect();
        assert_eq!((codes.len(), hashes.len()), (10, 10));
        for code in codes {
            let shown = code.show();
            assert_eq!(shown.expose().len(), 23);
            for typed in [
                shown.expose().to_owned(),
                shown.expose().to_uppercase(),
                shown.expose().replace('-', " "),
            ] {
                let read = RecoveryCode::parse(&typed).expect("a code");
                assert_eq!(read.hash(), code.hash());
            }
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in [
            "",
            "123456",
            "3k7fq-8m2xz-p4w9d-0hjn",
            "3k7fq-8m2xz-p4w9d-0hjntt",
            "ik7fq-8m2xz-p4w9d-0hjnt",
            "äk7fq-8m2xz-p4w9d-0hjn",
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
    }
}
