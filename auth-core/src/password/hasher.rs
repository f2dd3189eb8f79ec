use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::MAX_PASSWORD_BYTES;
use crate::secret::{SecretBytes, SecretString};

/// Stored hashes of a lower cost are from before bcrypt asked for at least 4; of a higher one, a trap (2^31 rounds).
const STORED_COSTS: std::ops::RangeInclusive<u32> = 4..=15;

/// Hashes and verifies passwords with bcrypt, a bounded number at once.
///
/// Cheap to clone; clones share the bound.
#[derive(Clone, Debug)]
pub struct Hasher {
    cost: u32,
    permits: Arc<Semaphore>,
    wait: Duration,
    /// The hash of a random password at the current cost: what there is to work on when there is no account.
    dummy: SecretString,
}

/// What came of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is the password.
    Match {
        /// The stored hash is of a lower cost than new ones are.
        outdated: bool,
    },
    /// It is not.
    Mismatch,
    /// What is stored is no hash that may be worked on; an operator should know.
    Unusable,
}

/// Why no password was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// All permits were taken for as long as a request may wait.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The library failed, or the process is shutting down.
    #[error("the password could not be hashed")]
    Failed,
}

/// The right to hash one password; given back when the work is done, whoever waits for it or not.
#[derive(Debug)]
pub struct HashPermit(#[expect(dead_code, reason = "given back when dropped")] OwnedSemaphorePermit);

impl Hasher {
    /// A hasher of `cost`, for at most `permits` passwords at once; a request waits for at most `wait`.
    ///
    /// Blocks for as long as one hash takes: it makes the hash that unknown users are compared with.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] when the cost is none of bcrypt's, or there is no randomness.
    pub fn new(cost: u32, permits: usize, wait: Duration) -> Result<Hasher, HashError> {
        let random = SecretBytes::<16>::random().map_err(|_| HashError::Failed)?;
        let dummy = bcrypt::hash(random.expose(), cost).map_err(|_| HashError::Failed)?;
        Ok(Hasher {
            cost,
            permits: Arc::new(Semaphore::new(permits)),
            wait,
            dummy: SecretString::new(dummy),
        })
    }

    /// Waits for the right to hash one password.
    ///
    /// # Errors
    ///
    /// [`HashError::Busy`] when none was to be had in time.
    pub async fn permit(&self) -> Result<HashPermit, HashError> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        match timeout(self.wait, permit).await {
            Ok(Ok(permit)) => Ok(HashPermit(permit)),
            Ok(Err(_)) => Err(HashError::Failed),
            Err(_) => Err(HashError::Busy),
        }
    }

    /// Hashes a password that was judged fit (see [`super::check_new_password`]).
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`]; waits for nothing but the work.
    pub async fn hash(&self, permit: HashPermit, password: SecretString) -> Result<SecretString, HashError> {
        let cost = self.cost;
        let (hashed, _permit) = off_the_async_threads(permit, move || bcrypt::hash(password.expose(), cost)).await?;
        hashed.map(SecretString::new).map_err(|_| HashError::Failed)
    }

    /// Compares a password with a stored hash; `None` stands for an unknown user and takes as long as a wrong password.
    ///
    /// A password that nobody can have set (over 72 bytes, or with a NUL) never matches, after the same work.
    ///
    /// The permit comes back, so that whoever counts failures can count this one before the next attempt has its turn.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`].
    pub async fn verify(
        &self,
        permit: HashPermit,
        password: SecretString,
        stored: Option<SecretString>,
    ) -> Result<(Verified, HashPermit), HashError> {
        let stored_cost = match &stored {
            Some(stored) => match cost_of(stored.expose()) {
                Some(cost) => Some(cost),
                None => return Ok((Verified::Unusable, permit)),
            },
            None => None,
        };
        let (dummy, cost) = (self.dummy.clone(), self.cost);
        off_the_async_threads(permit, move || {
            let settable = password.expose().len() <= MAX_PASSWORD_BYTES && !password.expose().contains('\0');
            // What cannot be a password is replaced, not compared: bcrypt would misread it at the NUL or the 72nd byte.
            let text = if settable { password.expose() } else { "" };
            let (Some(stored), Some(stored_cost)) = (stored, stored_cost) else {
                let _: Result<bool, _> = bcrypt::verify(text, dummy.expose());
                return Verified::Mismatch;
            };
            let matches = bcrypt::verify(text, stored.expose()).unwrap_or(false) && settable;
            if matches {
                return Verified::Match {
                    outdated: stored_cost < cost,
                };
            }
            if stored_cost < cost {
                // A cheap old hash would tell by its speed that the account exists.
                let _: Result<bool, _> = bcrypt::verify(text, dummy.expose());
            }
            Verified::Mismatch
        })
        .await
    }
}

/// The permit moves into the work: a client that hangs up does not free a place for the next one.
async fn off_the_async_threads<T: Send + 'static>(
    permit: HashPermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, HashPermit), HashError> {
    spawn_blocking(move || (work(), permit))
        .await
        .map_err(|_| HashError::Failed)
}

/// The cost of a stored hash, if it is one that may be worked on: `$2a$`, `$2b$`, `$2x$` or `$2y$`, cost 4 to 15, 60 bytes.
fn cost_of(stored: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"]
        .iter()
        .find_map(|prefix| stored.strip_prefix(prefix))?;
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

    fn hasher(permits: usize, wait: Duration) -> Hasher {
        Hasher::new(4, permits, wait).expect("cost 4 is bcrypt's lowest")
    }

    async fn verify(hasher: &Hasher, password: &str, stored: &str) -> Verified {
        let permit = hasher.permit().await.expect("a permit");
        let stored = Some(SecretString::new(stored));
        hasher
            .verify(permit, SecretString::new(password), stored)
            .await
            .expect("verified")
            .0
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_and_nothing_else() {
        let hasher = hasher(1, Duration::from_secs(2));
        let permit = hasher.permit().await.expect("a permit");
        let stored = hasher
            .hash(permit, SecretString::new("correct horse"))
            .await
            .expect("hashed");
        assert_eq!(
            verify(&hasher, "correct horse", stored.expose()).await,
            Verified::Match { outdated: false }
        );
        for wrong in [
            "",
            "correct hors",
            "correct horse ",
            "correct horse\0",
            "correct horse\0x",
        ] {
            assert_eq!(
                verify(&hasher, wrong, stored.expose()).await,
                Verified::Mismatch,
                "{wrong:?}"
            );
        }
    }

    #[tokio::test]
    async fn the_traps_of_the_bare_library_do_not_open() {
        let hasher = hasher(1, Duration::from_secs(2));
        // The bare library takes what comes after a NUL for the next turn of the same key, and cuts at 72 bytes.
        let stored = bcrypt::hash("abc", 4).expect("hashed");
        assert!(bcrypt::non_truncating_verify("abc\0abc", &stored).expect("verified"));
        assert_eq!(verify(&hasher, "abc\0abc", &stored).await, Verified::Mismatch);

        let stored = bcrypt::hash("a".repeat(72), 4).expect("hashed");
        assert!(bcrypt::verify("a".repeat(73), &stored).expect("verified"));
        assert_eq!(verify(&hasher, &"a".repeat(73), &stored).await, Verified::Mismatch);
        assert_eq!(
            verify(&hasher, &"a".repeat(72), &stored).await,
            Verified::Match { outdated: false }
        );
    }

    #[tokio::test]
    async fn a_stored_hash_of_a_mad_cost_or_shape_is_not_worked_on() {
        let hasher = hasher(1, Duration::from_secs(2));
        let rest = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";
        for stored in [
            format!("$2b$31${rest}"),
            format!("$2b$16${rest}"),
            format!("$2b$03${rest}"),
            format!("$2c$12${rest}"),
            format!("$2b$12${}", &rest[1..]),
            format!("$2b$+9${rest}"),
            String::new(),
            "plain text".to_owned(),
        ] {
            assert_eq!(verify(&hasher, "x", &stored).await, Verified::Unusable, "{stored}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_a_lower_cost_is_outdated() {
        let hasher = Hasher::new(5, 1, Duration::from_secs(2)).expect("cost 5");
        let stored = bcrypt::hash("correct horse", 4).expect("hashed");
        assert_eq!(
            verify(&hasher, "correct horse", &stored).await,
            Verified::Match { outdated: true }
        );
        assert_eq!(verify(&hasher, "wrong horse", &stored).await, Verified::Mismatch);
    }

    #[tokio::test]
    async fn without_a_free_permit_the_answer_is_busy() {
        let hasher = hasher(1, Duration::from_millis(20));
        let _held = hasher.permit().await.expect("the only permit");
        assert_eq!(hasher.permit().await.err(), Some(HashError::Busy));
    }
}
