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
pub(super) struct TokenCache(Cache<CachedToken, (), UnitWeighter, RandomState, DefaultLifecycle<CachedToken, ()>>);

/// A token that is remembered. It is found by its signature, which no two of ours share, and compared as a whole.
#[derive(Clone, PartialEq, Eq)]
struct CachedToken(Box<str>);

/// A token that is looked for.
struct TokenText<'a>(&'a str);

impl Hash for CachedToken {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        TokenText(&self.0).hash(hasher);
    }
}

impl Hash for TokenText<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let token = self.0.as_bytes();
        hasher.write(&token[token.len().saturating_sub(HASHED)..]);
    }
}

impl Equivalent<CachedToken> for TokenText<'_> {
    fn equivalent(&self, cached: &CachedToken) -> bool {
        *self.0 == *cached.0
    }
}

impl TokenCache {
    /// Remembers so many tokens; what is least used is forgotten first.
    pub(super) fn new(tokens: usize) -> TokenCache {
        TokenCache(Cache::with(
            tokens,
            tokens as u64,
            UnitWeighter,
            RandomState::new(),
            DefaultLifecycle::default(),
        ))
    }

    /// Whether `token` is remembered, or else `is_good`; then it is remembered.
    pub(super) fn verify(&self, token: &str, is_good: impl FnOnce() -> bool) -> bool {
        if self.0.get(&TokenText(token)).is_some() {
            return true;
        }
        let good = is_good();
        if good {
            self.0.insert(CachedToken(token.into()), ());
        }
        good
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_token_with_the_same_end_is_another_token() {
        let cache = TokenCache::new(10);
        let end = "x".repeat(HASHED + 1);
        let (one, other) = (format!("one.{end}"), format!("other.{end}"));
        assert!(cache.verify(&one, || true));
        assert!(cache.verify(&one, || false), "it is remembered");
        assert!(!cache.verify(&other, || false) && !cache.verify(&end, || false));
        assert!(cache.verify("short", || true) && cache.verify("short", || false));
        assert_eq!(format!("{cache:?}"), "TokenCache { .. }", "no token is shown");
    }
}
