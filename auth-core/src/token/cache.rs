use std::fmt;
use std::hash::{Hash, Hasher, RandomState};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, UnitWeighter};

use super::claims::AccessClaims;

/// How much of a token's end is hashed: its signature, or of a longer one as much.
const HASHED: usize = 43;

/// What access tokens say that one ring signed and that were checked in all but their times.
///
/// Every call checks whether a token has expired or was revoked. Refused tokens are not kept, so a
/// client without a session cannot fill the cache. Its hashes are keyed, so no client can make it
/// slow.
pub(super) struct TokenCache(
    Cache<CachedToken, AccessClaims, UnitWeighter, RandomState, DefaultLifecycle<CachedToken, AccessClaims>>,
);

/// The text of a token in the cache. It is found by its signature, which no two of our tokens
/// share, and compared as a whole.
#[derive(Clone, PartialEq, Eq)]
struct CachedToken(Box<str>);

/// The text of a token that is looked for.
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
    /// For so many tokens, of which the least used is forgotten first.
    pub(super) fn new(tokens: usize) -> TokenCache {
        TokenCache(Cache::with(
            tokens,
            tokens as u64,
            UnitWeighter,
            RandomState::new(),
            DefaultLifecycle::default(),
        ))
    }

    /// What `token` says, if it is in the cache; else what `read` says, which goes into the cache
    /// if it is good.
    pub(super) fn get_or_read<E>(
        &self,
        token: &str,
        read: impl FnOnce() -> Result<AccessClaims, E>,
    ) -> Result<AccessClaims, E> {
        if let Some(claims) = self.0.get(&TokenText(token)) {
            return Ok(claims);
        }
        let claims = read()?;
        self.0.insert(CachedToken(token.into()), claims.clone());
        Ok(claims)
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
    use crate::ids::{SessionId, UserId};
    use crate::role::RoleSet;

    fn claims(user: &str) -> AccessClaims {
        AccessClaims {
            user: UserId::new(user).expect("an id"),
            session: SessionId::random(),
            epoch: 0,
            roles_version: 0,
            roles: RoleSet::EMPTY,
            issued_at: 0,
            expires_at: 900,
            auth_time: 0,
            methods: crate::methods::AuthMethods::NONE,
            app: None,
        }
    }

    #[test]
    fn another_token_with_the_same_end_is_another_token() {
        let cache = TokenCache::new(10);
        let end = "x".repeat(HASHED + 1);
        let (one, other) = (format!("one.{end}"), format!("other.{end}"));
        let said = |token: &str, user: &str| {
            cache
                .get_or_read(token, || Ok::<_, ()>(claims(user)))
                .map(|claims| claims.user)
        };
        let refused = |token: &str| cache.get_or_read(token, || Err("refused"));
        for (token, user) in [(one.as_str(), "ann"), ("short", "bob")] {
            assert_eq!(said(token, user), Ok(UserId::new(user).expect("an id")));
            assert_eq!(
                said(token, "eve"),
                Ok(UserId::new(user).expect("an id")),
                "it is remembered"
            );
        }
        for unknown in [other.as_str(), end.as_str(), ""] {
            assert_eq!(refused(unknown), Err("refused"));
        }
        assert_eq!(refused(&other), Err("refused"), "what is refused is not remembered");
        assert_eq!(format!("{cache:?}"), "TokenCache { .. }", "no token is shown");
    }
}
