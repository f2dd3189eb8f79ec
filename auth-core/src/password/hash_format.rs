use std::ops::RangeInclusive;

use super::pepper::Pepper;
use crate::secret::SecretString;

/// Stored hashes of a lower cost are from before bcrypt required at least 4; of a higher one, a
/// trap (2^31 rounds).
const STORED_COSTS: RangeInclusive<u32> = 4..=15;

/// What stands before the hash of a peppered password, and before the pepper's id.
const SCHEME: &str = "hmac-sha384:";

/// A stored hash that may be worked on: `$2b$12$…`, or `hmac-sha384:<id of the pepper>$2b$12$…`.
///
/// bcrypt itself would obey any cost, and count a `$2b$31$` for days.
pub(super) struct StoredHash {
    pub(super) cost: u32,
    pub(super) bcrypt: SecretString,
    /// The id of the pepper that the password was hashed with.
    pub(super) pepper: Option<String>,
    /// Of the variant that mends a mistake of an old PHP, and that bcrypt's own library writes no
    /// more.
    pub(super) legacy: bool,
}

/// A bcrypt hash that another program made, found fit to sign in with.
///
/// `$2a$`, `$2b$` and `$2y$` of a cost from 4 to 15, as `bcryptjs`, PHP's `password_hash` and
/// Spring write them. Remove a prefix such as `{bcrypt}` first. A hash of a low cost is replaced at
/// its user's next sign-in. A hash of a password that was digested first, as by Django's
/// `bcrypt_sha256`, is not one: no user could sign in with it.
#[derive(Clone, Debug)]
pub struct ImportedHash(SecretString);

/// Why a hash of another program cannot be signed in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableHash {
    /// A text that is no bcrypt hash, or one of a cost that is never worked on.
    #[error("not a bcrypt hash of a cost from 4 to 15")]
    Malformed,
    /// `$2x$`, which marks hashes that PHP before 5.3.7 computed wrongly. No bcrypt library here
    /// computes them that way, so a password with a letter outside of ASCII would never verify.
    #[error("a `$2x$` hash, which PHP before 5.3.7 computed wrongly: let this user choose a new password")]
    Faulty,
}

impl ImportedHash {
    /// Checks `text` and takes it over.
    ///
    /// # Errors
    ///
    /// [`UnusableHash`], also for one that this library made with a pepper: its pepper may be
    /// another.
    pub fn new(text: &str) -> Result<ImportedHash, UnusableHash> {
        match StoredHash::parse(text) {
            Some(StoredHash {
                pepper: None,
                legacy: true,
                ..
            }) => Err(UnusableHash::Faulty),
            Some(StoredHash { pepper: None, .. }) => Ok(ImportedHash(SecretString::new(text))),
            _ => Err(UnusableHash::Malformed),
        }
    }

    pub(crate) fn into_secret(self) -> SecretString {
        self.0
    }
}

impl StoredHash {
    /// `None` for what is malformed, or of a cost outside 4 to 15.
    pub(super) fn parse(text: &str) -> Option<StoredHash> {
        let (pepper, bcrypt) = match text.strip_prefix(SCHEME) {
            Some(rest) => {
                let (id, _) = rest.split_once('$')?;
                let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                (Some(is_id.then(|| id.to_owned())?), &rest[id.len()..])
            }
            None => (None, text),
        };
        Some(StoredHash {
            cost: cost_of(bcrypt)?,
            bcrypt: SecretString::new(bcrypt),
            pepper,
            legacy: bcrypt.starts_with("$2x$"),
        })
    }

    /// How a new hash is stored.
    pub(super) fn write(bcrypt: String, pepper: Option<&Pepper>) -> SecretString {
        let bcrypt = SecretString::new(bcrypt);
        match pepper {
            Some(pepper) => SecretString::new(format!("{SCHEME}{}{}", pepper.id(), bcrypt.expose())),
            None => bcrypt,
        }
    }
}

/// The cost of a bcrypt hash, if it is one that may be worked on: `$2a$`, `$2b$`, `$2x$` or `$2y$`,
/// cost 4 to 15, 60 bytes.
fn cost_of(bcrypt: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"]
        .iter()
        .find_map(|prefix| bcrypt.strip_prefix(prefix))?;
    let (cost, salt_and_hash) = rest.split_once('$')?;
    let is_bcrypt_base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'/';
    let well_formed = cost.len() == 2
        && cost.bytes().all(|b| b.is_ascii_digit())
        && salt_and_hash.len() == 53
        && salt_and_hash.bytes().all(is_bcrypt_base64);
    let cost = cost.parse().ok().filter(|cost| STORED_COSTS.contains(cost))?;
    well_formed.then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";

    #[test]
    fn every_cost_from_4_to_15_may_be_worked_on_and_no_other() {
        for cost in 0..100 {
            let parsed = StoredHash::parse(&format!("$2b${cost:02}${REST}")).map(|stored| stored.cost);
            assert_eq!(parsed, STORED_COSTS.contains(&cost).then_some(cost));
        }
    }

    #[test]
    fn what_is_malformed_is_not_worked_on() {
        let cut = &REST[1..];
        for malformed in [
            String::new(),
            "plain text".to_owned(),
            format!("$2c$12${REST}"),
            format!("$2b$12${cut}"),
            format!("$2b$12${REST}a"),
            format!("$2b$12${cut}="),
            format!("$2b$12${cut}\0"),
            format!("$2b$+9${REST}"),
            format!("$2b$9${REST}"),
            format!("$2b$012${REST}"),
            format!("$2b$1٢${REST}"),
            format!(" $2b$12${REST}"),
            format!("$2b$12${REST}\n"),
            format!("hmac-sha384:$2b$12${REST}"),
            format!("hmac-sha384:abc{REST}"),
            format!("hmac-sha384:a b$2b$12${REST}"),
            format!("hmac-sha384:abc$2b$31${REST}"),
            format!("hmac-sha512:abc$2b$12${REST}"),
        ] {
            assert!(StoredHash::parse(&malformed).is_none(), "{malformed:?}");
        }
    }

    // security: Passwords and signing in: A hash that cannot be computed as it was made is not imported
    #[test]
    fn a_hash_that_php_computed_wrongly_is_not_imported_and_its_mended_variants_are() {
        for version in ["2a", "2b", "2y"] {
            assert!(ImportedHash::new(&format!("${version}$10${REST}")).is_ok(), "{version}");
        }
        let faulty = ImportedHash::new(&format!("$2x$10${REST}")).err();
        assert_eq!(faulty, Some(UnusableHash::Faulty));
        for malformed in ["", "$2x$31$x", "hmac-sha384:abc"] {
            assert_eq!(ImportedHash::new(malformed).err(), Some(UnusableHash::Malformed));
        }
        let ours = format!("hmac-sha384:abc$2b$12${REST}");
        assert_eq!(ImportedHash::new(&ours).err(), Some(UnusableHash::Malformed));
    }

    // security: Traps in the versions in use: with `pepper`, a hash is tagged, and old ones are upgraded at sign-in
    #[test]
    fn what_is_written_is_read_with_its_pepper() {
        let pepper = Pepper::new(&SecretString::new("any secret"));
        let bcrypt = format!("$2b$12${REST}");
        let peppered = StoredHash::write(bcrypt.clone(), Some(&pepper));
        let read = StoredHash::parse(peppered.expose()).expect("ours");
        assert_eq!(read.pepper.as_deref(), Some(pepper.id()));
        assert_eq!((read.cost, read.bcrypt.expose()), (12, bcrypt.as_str()));
        let plain = StoredHash::write(bcrypt, None);
        assert!(StoredHash::parse(plain.expose()).expect("ours").pepper.is_none());
    }
}
