use std::sync::Arc;
use std::time::Duration;

use super::comparison::{Dummy, PasswordCheck, Unusable, compare};
use super::hash_format::StoredHash;
use super::pepper::Pepper;
use super::policy::{is_common, normalised};
use super::pool::{HashError, HashLoad, HashPermit, Workers};
use crate::secret::SecretString;

/// Hashes and verifies passwords with bcrypt, a bounded number at once.
///
/// Cheap to clone; clones share the bound.
#[derive(Clone, Debug)]
pub struct Hasher {
    cost: u32,
    pepper: Option<Pepper>,
    workers: Arc<Workers>,
    dummy: Dummy,
}

impl Hasher {
    /// A hasher of `cost`, for at most `permits` passwords at once; a request waits for at most
    /// `wait`.
    ///
    /// Blocks for as long as one hash takes: it makes the hash that unknown users are compared
    /// with.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] when the cost is none of bcrypt's, or there is no randomness, or no
    /// thread.
    pub fn new(cost: u32, permits: usize, wait: Duration) -> Result<Hasher, HashError> {
        Ok(Hasher {
            cost,
            pepper: None,
            workers: Arc::new(Workers::start(permits, wait)?),
            dummy: Dummy::new(cost)?,
        })
    }

    /// Puts a pepper into every new hash. Hashes without one still verify, as outdated.
    #[must_use]
    pub fn with_pepper(mut self, pepper: Option<Pepper>) -> Hasher {
        self.pepper = pepper;
        self
    }

    /// Waits for the right to hash one password.
    ///
    /// # Errors
    ///
    /// [`HashError::Busy`] when none was to be had in time.
    pub async fn permit(&self) -> Result<HashPermit, HashError> {
        self.workers.permit().await
    }

    /// The current load of password hashing.
    pub fn load(&self) -> HashLoad {
        self.workers.load()
    }

    /// Hashes the NFKC form of a password that was judged fit (see
    /// [`super::policy::check_new_password`]).
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`]; waits for nothing but the work.
    pub async fn hash(&self, permit: HashPermit, password: SecretString) -> Result<SecretString, HashError> {
        let (cost, pepper) = (self.cost, self.pepper.clone());
        let hashing = self.workers.run(permit, move || {
            let password = normalised(password.expose());
            let peppered = pepper.as_ref().map(|pepper| pepper.apply(password.expose()));
            let hashed = bcrypt::hash(peppered.as_ref().unwrap_or(&password).expose(), cost);
            hashed.map(|hashed| StoredHash::write(hashed, pepper.as_ref()))
        });
        let (hashed, _permit) = hashing.await?;
        hashed.map_err(|_| HashError::Failed)
    }

    /// Whether a new password is on the list of common ones. The list is looked at on the hashing
    /// threads: a chosen password of 72 bytes takes a third of a second. The permit comes back with
    /// the answer.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`].
    pub async fn is_common(&self, permit: HashPermit, password: SecretString) -> Result<(bool, HashPermit), HashError> {
        self.workers
            .run_aside(permit, move || is_common(password.expose()))
            .await
    }

    /// Compares a password with a stored hash; `None` stands for an unknown user.
    ///
    /// Every result takes the work of one hash of the current cost. Exceptions are hashes of a
    /// higher cost, and those that must not be worked on. A password that no user can have set
    /// (over 72 bytes, or with a NUL) never matches.
    ///
    /// The NFKC form is compared, as [`Hasher::hash`] takes it. If it differs from the typed form,
    /// the typed form is compared as well: other programs and earlier versions made hashes of it.
    /// Such a password always costs twice the work, so the time tells no more than the client
    /// knows.
    ///
    /// `on_result` gets the outcome before the next attempt has its turn. It also gets the outcome
    /// if the client no longer waits for the answer: a client that hangs up has failed all the
    /// same. The permit comes back with the answer.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`].
    pub async fn verify(
        &self,
        permit: HashPermit,
        password: SecretString,
        stored: Option<SecretString>,
        on_result: impl FnOnce(PasswordCheck) + Send + 'static,
    ) -> Result<(PasswordCheck, HashPermit), HashError> {
        let stored = match stored.map(|stored| StoredHash::parse(stored.expose())) {
            Some(None) => {
                let verified = PasswordCheck::Unusable(Unusable::Malformed);
                on_result(verified);
                return Ok((verified, permit));
            }
            Some(Some(stored)) => Some(stored),
            None => None,
        };
        let this = (self.cost, self.pepper.clone(), self.dummy.clone());
        self.workers
            .run(permit, move || {
                let (cost, pepper, dummy) = this;
                let verified = compare(password.expose(), stored.as_ref(), cost, pepper.as_ref(), &dummy);
                on_result(verified);
                verified
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(2);

    fn hasher(cost: u32) -> Hasher {
        Hasher::new(cost, 1, WAIT).expect("a cost of bcrypt's")
    }

    fn peppered(cost: u32, secret: &str) -> Hasher {
        hasher(cost).with_pepper(Some(Pepper::new(&SecretString::new(secret))))
    }

    async fn hash(hasher: &Hasher, password: &str) -> SecretString {
        let permit = hasher.permit().await.expect("a permit");
        let hashed = hasher.hash(permit, SecretString::new(password)).await;
        hashed.expect("hashed")
    }

    async fn verify(hasher: &Hasher, password: &str, stored: &str) -> PasswordCheck {
        let permit = hasher.permit().await.expect("a permit");
        let stored = Some(SecretString::new(stored));
        let (tell, on_result) = std::sync::mpsc::channel();
        let telling = move |verified| tell.send(verified).expect("the test waits");
        let verified = hasher
            .verify(permit, SecretString::new(password), stored, telling)
            .await;
        let verified = verified.map(|(verified, permit)| {
            assert_eq!(on_result.try_recv(), Ok(verified), "before the permit is free");
            drop(permit);
            verified
        });
        verified.expect("verified")
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_and_nothing_else() {
        let plain = hasher(4);
        for hasher in [&plain, &peppered(4, "salt is not enough")] {
            let stored = hash(hasher, "correct horse").await;
            assert_eq!(
                verify(hasher, "correct horse", stored.expose()).await,
                PasswordCheck::Match { outdated: false }
            );
            for wrong in [
                "",
                "correct hors",
                "correct horse ",
                " correct horse",
                "Correct horse",
                "correct horse\0",
                "correct horse\0x",
            ] {
                let verified = verify(hasher, wrong, stored.expose()).await;
                assert_eq!(verified, PasswordCheck::Mismatch, "{wrong:?}");
            }
        }
    }

    // security: Traps in the versions in use: `bcrypt` takes a password for another up to a NUL, and cuts at 72 bytes
    #[tokio::test]
    async fn the_bare_library_takes_what_is_behind_a_nul_for_another_turn_of_the_key_and_ours_does_not() {
        let stored = bcrypt::hash("abc", 4).expect("hashed");
        assert!(bcrypt::non_truncating_verify("abc\0abc", &stored).expect("verified"));
        for hasher in [&hasher(4), &peppered(4, "x")] {
            assert_eq!(verify(hasher, "abc\0abc", &stored).await, PasswordCheck::Mismatch);
        }
    }

    // security: Traps in the versions in use: `bcrypt` takes a password for another up to a NUL, and cuts at 72 bytes
    #[tokio::test]
    async fn the_bare_library_cuts_at_72_bytes_and_ours_does_not() {
        let long = "a".repeat(72);
        let stored = bcrypt::hash(&long, 4).expect("hashed");
        assert!(bcrypt::verify(format!("{long}b"), &stored).expect("verified"));
        for hasher in [&hasher(4), &peppered(4, "x")] {
            let own = hash(hasher, &long).await;
            for stored in [stored.as_str(), own.expose()] {
                assert_eq!(
                    verify(hasher, &format!("{long}b"), stored).await,
                    PasswordCheck::Mismatch
                );
                assert!(matches!(
                    verify(hasher, &long, stored).await,
                    PasswordCheck::Match { .. }
                ));
            }
        }
    }

    // security: Traps in the versions in use: `bcrypt` obeys a stored cost, however mad
    #[tokio::test]
    async fn the_bare_library_obeys_a_stored_cost_of_31_and_ours_does_no_work_on_it() {
        let stored = "$2b$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";
        // It reads the cost and would count to 2^31: some days.
        let obeyed: bcrypt::HashParts = stored.parse().expect("nothing is wrong with it");
        assert_eq!(obeyed.get_cost(), 31);
        let verified = tokio::time::timeout(WAIT * 10, verify(&hasher(4), "x", stored)).await;
        assert_eq!(verified.expect("at once"), PasswordCheck::Unusable(Unusable::Malformed));
    }

    #[tokio::test]
    async fn hashes_of_other_libraries_verify() {
        // The variants of bcryptjs and PHP differ from ours in name only.
        let stored = bcrypt::hash("correct horse", 4).expect("hashed");
        for (version, outdated) in [("2a", false), ("2y", false), ("2x", true)] {
            let stored = stored.replacen("2b", version, 1);
            let verified = verify(&hasher(4), "correct horse", &stored).await;
            assert_eq!(verified, PasswordCheck::Match { outdated }, "{version}");
            assert_eq!(
                verify(&hasher(4), "wrong horse", &stored).await,
                PasswordCheck::Mismatch
            );
        }
        // Written by crypt_blowfish, the reference of PHP and the BSDs.
        let reference = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert_eq!(
            verify(&hasher(5), "U*U", reference).await,
            PasswordCheck::Match { outdated: false }
        );
    }

    const COMPOSED: &str = "un secret bien gard\u{e9}";
    const DECOMPOSED: &str = "un secret bien garde\u{301}";

    #[tokio::test]
    async fn a_password_matches_in_each_of_its_forms() {
        for hasher in [&hasher(4), &peppered(4, "salt is not enough")] {
            for set in [COMPOSED, DECOMPOSED] {
                let stored = hash(hasher, set).await;
                for typed in [COMPOSED, DECOMPOSED] {
                    let verified = verify(hasher, typed, stored.expose()).await;
                    assert_eq!(verified, PasswordCheck::Match { outdated: false }, "{set:?} {typed:?}");
                }
            }
        }
    }

    // security: Passwords and signing in: Passwords are in NFKC before anything else; an older hash of the form as typed verifies, and is renewed
    #[tokio::test]
    async fn an_old_hash_of_the_form_as_typed_verifies_and_is_outdated() {
        let old = bcrypt::hash(DECOMPOSED, 4).expect("hashed");
        for hasher in [&hasher(4), &peppered(4, "salt is not enough")] {
            assert_eq!(
                verify(hasher, DECOMPOSED, &old).await,
                PasswordCheck::Match { outdated: true }
            );
            assert_eq!(verify(hasher, COMPOSED, &old).await, PasswordCheck::Mismatch);
        }
    }

    #[cfg(target_os = "linux")]
    fn cpu_time() -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).expect("it counts from 0")
    }

    // security: Passwords and signing in: … and the second form tells nothing of the account
    #[cfg(target_os = "linux")]
    #[test]
    fn a_second_form_costs_the_same_whether_there_is_an_account_and_whichever_form_matches() {
        let dummy = Dummy::new(9).expect("a cost of bcrypt's");
        let stored = |password: &str| StoredHash::parse(&bcrypt::hash(password, 9).expect("hashed"));
        let accounts = [None, stored("another"), stored(COMPOSED), stored(DECOMPOSED)];
        let mut took = accounts.each_ref().map(|_| Duration::MAX);
        // The least of several, in time of this thread alone: other work on this machine still
        // slows it, but not each time.
        for _ in 0..7 {
            for (took, stored) in took.iter_mut().zip(&accounts) {
                let begun = cpu_time();
                compare(DECOMPOSED, stored.as_ref(), 9, None, &dummy);
                *took = (cpu_time() - begun).min(*took);
            }
        }
        let (least, most) = (took.iter().min(), took.iter().max());
        assert!(most < least.map(|least| *least * 3 / 2).as_ref(), "{took:?}");
    }

    #[tokio::test]
    async fn a_hash_of_a_lower_cost_is_outdated() {
        let stored = hash(&hasher(4), "correct horse").await;
        let dearer = hasher(5);
        assert_eq!(
            verify(&dearer, "correct horse", stored.expose()).await,
            PasswordCheck::Match { outdated: true }
        );
        assert_eq!(
            verify(&dearer, "wrong horse", stored.expose()).await,
            PasswordCheck::Mismatch
        );
        let stored = hash(&dearer, "correct horse").await;
        assert_eq!(
            verify(&hasher(4), "correct horse", stored.expose()).await,
            PasswordCheck::Match { outdated: false },
            "a higher one stays"
        );
    }

    // security: Traps in the versions in use: with `pepper`, a hash is tagged, and old ones are upgraded at sign-in
    #[tokio::test]
    async fn with_a_pepper_a_hash_without_one_verifies_and_is_outdated() {
        let stored = hash(&hasher(4), "correct horse").await;
        let peppered = peppered(4, "a secret");
        assert_eq!(
            verify(&peppered, "correct horse", stored.expose()).await,
            PasswordCheck::Match { outdated: true }
        );
        assert_eq!(
            verify(&peppered, "wrong horse", stored.expose()).await,
            PasswordCheck::Mismatch
        );
    }

    // security: Traps in the versions in use: with `pepper`, a hash is tagged, and old ones are upgraded at sign-in
    #[tokio::test]
    async fn a_peppered_hash_is_nothing_without_its_pepper() {
        let stored = hash(&peppered(4, "a secret"), "correct horse").await;
        assert!(stored.expose().starts_with("hmac-sha384:"), "its scheme is said");
        for hasher in [&hasher(4), &peppered(4, "another secret")] {
            let verified = verify(hasher, "correct horse", stored.expose()).await;
            assert_eq!(verified, PasswordCheck::Unusable(Unusable::Pepper));
        }
        // Without the name of the scheme it is a hash of something that a user cannot type.
        let bare = &stored.expose()[stored.expose().find('$').expect("a hash")..];
        assert!(!bcrypt::verify("correct horse", bare).expect("verified"));
    }
}
