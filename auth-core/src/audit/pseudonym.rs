use std::fmt;

use aws_lc_rs::hmac;

use crate::secret::{NoEntropy, SecretBytes, SecretString};

/// Names the account of a sign-in attempt without its e-mail: the first 64 bits of an HMAC-SHA-256
/// of the normalised e-mail, as 16 hexadecimal digits.
///
/// The same e-mail has the same pseudonym, so the log shows which attempts are on one account,
/// whether the account exists or not. A reader of the log without the key cannot find the account,
/// nor try e-mails until one fits. With `auth.audit_pseudonym_key` pseudonyms are the same on all
/// nodes and after a restart. Without it each process makes a random key.
///
/// [`Auth::account_pseudonym`](crate::Auth::account_pseudonym) gives the pseudonym of an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountPseudonym([u8; 8]);

impl fmt::Display for AccountPseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What pseudonyms are made with.
#[derive(Clone)]
pub(super) struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    pub(super) fn new(key: Option<&SecretString>) -> Result<PseudonymKey, NoEntropy> {
        let key = match key {
            Some(secret) => hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()),
            None => hmac::Key::new(hmac::HMAC_SHA256, SecretBytes::<32>::random()?.expose()),
        };
        Ok(PseudonymKey(key))
    }

    pub(super) fn pseudonym(&self, email: &str) -> AccountPseudonym {
        // The prefix keeps these hashes apart from other uses of the same secret.
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"account\0");
        context.update(email.as_bytes());
        let mut pseudonym = [0; 8];
        pseudonym.copy_from_slice(&context.sign().as_ref()[..8]);
        AccountPseudonym(pseudonym)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_same_for_one_key_and_another_for_another() {
        let secret = SecretString::new("an audit key for this test only, 32 bytes");
        let pseudonym =
            |key: Option<&SecretString>, email| PseudonymKey::new(key).expect("randomness").pseudonym(email);
        let ann = pseudonym(Some(&secret), "ann@example.com");
        assert_eq!(ann, pseudonym(Some(&secret), "ann@example.com"));
        assert_ne!(ann, pseudonym(Some(&secret), "bob@example.com"));
        assert_ne!(pseudonym(None, "ann@example.com"), pseudonym(None, "ann@example.com"));
        assert_eq!(ann.to_string().len(), 16);
    }
}
