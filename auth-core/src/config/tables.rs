//! The tables below `auth`.

use std::time::Duration;

use super::keys::KeyConfig;
use super::values::{OnStale, RevokeOnReuse, SameSite, span};
use crate::secret::SecretString;
use crate::store::{Pooler, RotationMode};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The table `auth.tokens`: access and refresh tokens, and their keys.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TokensConfig {
    /// How long an access token is good; more than zero, at most 1 h. Default 15 min.
    #[serde(with = "span")]
    pub access_ttl: Duration,
    /// How far in the future an `iat` may lie, for clocks that differ; at most 60 s. Default 5 s.
    #[serde(with = "span")]
    pub leeway: Duration,
    /// How many access tokens are remembered as verified, at most 1,000,000; some 500 bytes each. Only the signature is
    /// remembered: claims, times and revocation are looked at each time. 0: none. Default 10,000.
    pub cache_size: usize,
    /// Keys for access tokens, newest first: the first signs, all verify. Or `JWT_ACCESS_SECRET`. See [`KeyConfig`].
    pub access_keys: Vec<KeyConfig>,
    /// Keys for refresh tokens, newest first. Or `JWT_REFRESH_SECRET`.
    pub refresh_keys: Vec<KeyConfig>,
}

impl Default for TokensConfig {
    fn default() -> TokensConfig {
        TokensConfig {
            access_ttl: MINUTE * 15,
            leeway: Duration::from_secs(5),
            cache_size: 10_000,
            access_keys: Vec::new(),
            refresh_keys: Vec::new(),
        }
    }
}

/// The table `auth.sessions`: how long sessions last, and how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SessionsConfig {
    /// How long a session goes on without a refresh; at least `tokens.access_ttl` and `tokens.leeway` together. Default
    /// 7 days.
    #[serde(with = "span")]
    pub idle_timeout: Duration,
    /// How long a session can last at all, refreshed or not. Default 30 days.
    #[serde(with = "span")]
    pub max_age: Duration,
    /// For how long a used refresh token gets its successor again; at most 5 min. Default 10 s.
    #[serde(with = "span")]
    pub refresh_grace: Duration,
    /// `"recoverable"` (default) or `"strict"`: what a used refresh token gets after the grace.
    pub rotation: RotationMode,
    /// `"session"` (default) or `"user"`: what a reuse ends.
    pub revoke_on_reuse: RevokeOnReuse,
    /// How often the server deletes sessions past their absolute end, give or take a quarter; `"0s"` leaves it to
    /// `rocket-app sessions clean`. At most 30 days. Default 1 h.
    #[serde(with = "span")]
    pub cleanup_interval: Duration,
    /// The most sessions that one user has at once, 1 to 10000. With each sign-in above it, the session that was used least
    /// recently ends. Default 100.
    pub max_per_user: u32,
}

impl Default for SessionsConfig {
    fn default() -> SessionsConfig {
        SessionsConfig {
            idle_timeout: DAY * 7,
            max_age: DAY * 30,
            refresh_grace: Duration::from_secs(10),
            rotation: RotationMode::default(),
            revoke_on_reuse: RevokeOnReuse::default(),
            cleanup_interval: MINUTE * 60,
            max_per_user: 100,
        }
    }
}

/// The table `auth.revocation`: how the server learns about sessions that another server has revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RevocationConfig {
    /// How often the server reads the store for revocations made elsewhere; 100 ms to 60 s. Default 1 s.
    #[serde(with = "span")]
    pub poll_interval: Duration,
    /// `"serve"` (default) or `"refuse"`: what guarded routes do while revocations cannot be read.
    pub on_stale: OnStale,
}

impl Default for RevocationConfig {
    fn default() -> RevocationConfig {
        RevocationConfig {
            poll_interval: Duration::from_secs(1),
            on_stale: OnStale::default(),
        }
    }
}

/// The table `auth.passwords`: how passwords are hashed.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PasswordsConfig {
    /// The bcrypt cost of new hashes, 12 to 15. Default 12.
    pub bcrypt_cost: u32,
    /// How many passwords are hashed at once, 1 to 1024. Default: the number of cores.
    pub max_concurrent_hashes: Option<usize>,
    /// How long a request waits for its turn to hash; at most 30 s. A request that would wait longer gets a 503 with
    /// `Retry-After` at once. Default 1.5 s.
    #[serde(with = "span")]
    pub max_wait: Duration,
    /// A secret that goes into every password hash, at least 32 bytes. Or `AUTH_PEPPER`. Default: none. Hashes without it
    /// are upgraded at the next sign-in; once there are hashes with it, it must neither change nor go.
    pub pepper: Option<SecretString>,
}

impl Default for PasswordsConfig {
    fn default() -> PasswordsConfig {
        PasswordsConfig {
            bcrypt_cost: 12,
            max_concurrent_hashes: None,
            max_wait: Duration::from_millis(1500),
            pepper: None,
        }
    }
}

/// The table `auth.cookie`: the cookies' attributes.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CookieConfig {
    /// Path of the refresh cookie; the endpoints must lie below it. Default: `/`, which gives a Secure cookie the prefix
    /// `__Host-`, so that no other host of the domain can set it.
    pub path: String,
    /// Whether cookies are sent over TLS only. Default: yes, but in the debug profile; `false` is refused elsewhere.
    pub secure: Option<bool>,
    /// `"Strict"` (default) or `"Lax"`.
    pub same_site: SameSite,
    /// Whether a sign-in sets the access token as a cookie as well. Default: no.
    pub access: bool,
    /// Ends the names of both cookies: with `"_admin"` they are `refresh_token_admin` and `access_token_admin`. Browsers
    /// keep one jar for all ports of a host, so two applications there need names of their own. Default: none.
    pub name_suffix: Option<String>,
}

impl Default for CookieConfig {
    fn default() -> CookieConfig {
        CookieConfig {
            path: "/".to_owned(),
            secure: None,
            same_site: SameSite::default(),
            access: false,
            name_suffix: None,
        }
    }
}

/// The table `auth.throttle`: limits on failed sign-ins; 0 turns one off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ThrottleConfig {
    /// Failures per minute for one account from one source; ten times as many for the account from anywhere. Default 10.
    pub account_per_minute: u32,
    /// Failures per minute from one source. Default 60.
    pub source_per_minute: u32,
}

impl Default for ThrottleConfig {
    fn default() -> ThrottleConfig {
        ThrottleConfig {
            account_per_minute: 10,
            source_per_minute: 60,
        }
    }
}

/// The table `auth.postgres`: how the server reaches its PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PostgresSettings {
    /// The most connections at once, 1 to 500; one more listens. Default: four for each core, from 8 to 32.
    pub pool_size: Option<usize>,
    /// Whether the server learns about revocations as they are committed, by `LISTEN`; it polls either way. Default `true`.
    /// Without effect behind a pooler in transaction mode.
    pub listen: bool,
    /// `"transaction"` behind a pooler that lends another connection for each transaction, such as pgbouncer in that mode;
    /// `"none"` (default) otherwise. See [`Pooler`].
    pub pooler: Pooler,
}

impl Default for PostgresSettings {
    fn default() -> PostgresSettings {
        PostgresSettings {
            pool_size: None,
            listen: true,
            pooler: Pooler::default(),
        }
    }
}
