use std::fmt;
use std::hash::{Hash, Hasher, RandomState};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, UnitWeighter};

/// How much of a token's end is hashed: its signature, or of a longer one as much.
const HASHED: usize = 43;

/// Tokens whose signature a ring has checked, byte for byte: to check one by a public key costs a hundred times what it costs
/// to find the token here, and a MAC still four times (`bench/src/bin/verify.rs`).
///
/// Only the signature is remembered. What a token says, its times and whether it was revoked are looked at each time, and
/// another ring remembers nothing of this one. Tokens that are not good are not kept, so that nobody else's fill it up; the
/// hashes are keyed, so that nobody's make it slow.
pub(super) struct Verified(Cache<Kept, (), UnitWeighter, RandomState, DefaultLifecycle<Kept, ()>>);

/// A token that is remembered. It is found by its signature, which no two of ours share, and compared as a whole.
#[derive(Clone, PartialEq, Eq)]
struct Kept(Box<str>);

/// A token that is looked for.
struct Shown<'a>(&'a str);

impl Hash for Kept {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        Shown(&self.0).hash(hasher);
    }
}

impl Hash for Shown<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let token = self.0.as_bytes();
        hasher.write(&token[token.len().saturating_sub(HASHED)..]);
    }
}

impl Equivalent<Kept> for Shown<'_> {
    fn equivalent(&self, kept: &Kept) -> bool {
        *self.0 == *kept.0
    }
}

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
        if self.0.get(&Shown(token)).is_some() {
            return true;
        }
        let good = is_good();
        if good {
            self.0.insert(Kept(token.into()), ());
        }
        good
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_token_with_the_same_end_is_another_token() {
        let verified = Verified::new(10);
        let end = "x".repeat(HASHED + 1);
        let (one, other) = (format!("one.{end}"), format!("other.{end}"));
        assert!(verified.holds(&one, || true));
        assert!(verified.holds(&one, || false), "it is remembered");
        assert!(!verified.holds(&other, || false) && !verified.holds(&end, || false));
        assert!(verified.holds("short", || true) && verified.holds("short", || false));
        assert_eq!(format!("{verified:?}"), "Verified { .. }", "no token is shown");
    }
}
