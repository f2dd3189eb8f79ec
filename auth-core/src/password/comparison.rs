//! A password beside a stored hash: what comes of it, in a time that tells nothing of the account.

use super::hash_format::StoredHash;
use super::pepper::Pepper;
use super::policy::{MAX_PASSWORD_BYTES, normalised};
use super::pool::HashError;
use crate::secret::{SecretBytes, SecretString};

/// The result of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is the password.
    Match {
        /// The stored hash is of a lower cost than new ones are, without the pepper that they have,
        /// or not of the NFKC form.
        outdated: bool,
    },
    /// It is not.
    Mismatch,
    /// What is stored cannot be compared with; an operator should know.
    Unusable(Unusable),
}

/// Why a stored hash cannot be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is malformed, or of a cost outside 4 to 15. There was no work on it.
    Malformed,
    /// It was made with another pepper than `auth.passwords.pepper`, or with one and there is none
    /// now. The work was done on a dummy.
    Pepper,
}

/// Compares a password, in its NFKC form and else as it was typed, with a stored hash.
pub(super) fn compare(
    password: &str,
    stored: Option<&StoredHash>,
    cost: u32,
    pepper: Option<&Pepper>,
    dummy: &Dummy,
) -> PasswordCheck {
    let normal = normalised(password);
    let first = compare_form(normal.expose(), stored, cost, pepper, dummy);
    if normal.expose() == password {
        return first;
    }
    match (first, compare_form(password, stored, cost, pepper, dummy)) {
        (PasswordCheck::Mismatch, PasswordCheck::Match { .. }) => PasswordCheck::Match { outdated: true },
        (first, _) => first,
    }
}

fn compare_form(
    password: &str,
    stored: Option<&StoredHash>,
    cost: u32,
    pepper: Option<&Pepper>,
    dummy: &Dummy,
) -> PasswordCheck {
    let settable = password.len() <= MAX_PASSWORD_BYTES && !password.contains('\0');
    // What cannot be a password is replaced, not compared: bcrypt would misread it at the NUL or
    // the 72nd byte.
    let text = if settable { password } else { "" };
    let Some(stored) = stored else {
        dummy.work(text, cost..=cost);
        return PasswordCheck::Mismatch;
    };
    let peppered = match (&stored.pepper, pepper) {
        (None, _) => None,
        (Some(id), Some(pepper)) if id == pepper.id() => Some(pepper.apply(text)),
        (Some(_), _) => {
            dummy.work(text, cost..=cost);
            return PasswordCheck::Unusable(Unusable::Pepper);
        }
    };
    let text = peppered.as_ref().map_or(text, SecretString::expose);
    let matches = bcrypt::verify(text, stored.bcrypt.expose()).unwrap_or(false) && settable;
    // Extra work hides a cheap old hash. Otherwise the speed would tell a client that the account
    // exists, and a match that only the account is disabled. 2^c for the hash and 2^c + 2^(c+1) + …
    // + 2^(cost-1) for the extra work are 2^cost.
    dummy.work(text, stored.cost..=cost.saturating_sub(1));
    if !matches {
        return PasswordCheck::Mismatch;
    }
    let without_pepper = pepper.is_some() && stored.pepper.is_none();
    PasswordCheck::Match {
        outdated: stored.cost < cost || without_pepper || stored.legacy,
    }
}

/// The hash of a random password: what there is to work on when there is no account.
#[derive(Clone, Debug)]
pub(super) struct Dummy {
    /// All of it but version and cost.
    salt_and_hash: SecretString,
}

impl Dummy {
    pub(super) fn new(cost: u32) -> Result<Dummy, HashError> {
        let random = SecretBytes::<16>::random().map_err(|_| HashError::Failed)?;
        let hash = SecretString::new(bcrypt::hash(random.expose(), cost).map_err(|_| HashError::Failed)?);
        let (_, salt_and_hash) = hash.expose().rsplit_once('$').ok_or(HashError::Failed)?;
        Ok(Dummy {
            salt_and_hash: SecretString::new(salt_and_hash),
        })
    }

    /// Takes as long as to verify one hash of each of the costs.
    fn work(&self, text: &str, costs: std::ops::RangeInclusive<u32>) {
        for cost in costs {
            let hash = SecretString::new(format!("$2b${cost:02}${}", self.salt_and_hash.expose()));
            let _: Result<bool, _> = bcrypt::verify(text, hash.expose());
        }
    }
}
