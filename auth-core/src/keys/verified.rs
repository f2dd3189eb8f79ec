use std::fmt;
use std::hash::RandomState;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

/// Tokens whose signature a ring has checked, byte for byte: to check one by a public key costs a hundred times what it costs
/// to find the token here, and a MAC still four times (`bench/src/bin/verify.rs`).
///
/// Only the signature is remembered. What a token says, its times and whether it was revoked are looked at each time, and
/// another ring remembers nothing of this one. Tokens that are not good are not kept, so that nobody else's fill it up; the
/// hashes are keyed, so that nobody's make it slow.
pub(super) struct Verified(Cache<Box<str>, (), UnitWeighter, RandomState, DefaultLifecycle<Box<str>, ()>>);

impl Verified {
    /// Remembers so many tokens; what is least used is forgotten first.
    pub(super) fn new(tokens: usize) -> Verified {
        Verified(Cache::with(
            tokens,
            tokens as u64,
            UnitWeighter,
            RandomState::new(),
            DefaultLifecycle::default(),
        ))
    }

    /// Whether `token` is remembered, or else `is_good`; then it is remembered.
    pub(super) fn holds(&self, token: &str, is_good: impl FnOnce() -> bool) -> bool {
        if self.0.get(token).is_some() {
            return true;
        }
        let good = is_good();
        if good {
            self.0.insert(token.into(), ());
        }
        good
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}
