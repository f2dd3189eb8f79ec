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
    /// How long an access token is valid; more than zero, at most 1 h. Default `"15m"`.
    #[serde(with = "span")]
    pub access_ttl: Duration,
    /// How far in the future an `iat` may lie, for clocks that differ; at most 60 s. Default
    /// `"5s"`.
    #[serde(with = "span")]
    pub leeway: Duration,
    /// How many verified access tokens the server remembers, at most 1,000,000; about 700 bytes
    /// each. It checks and parses each token once, and its times and its revocation each time. `0`
    /// remembers none. Default `10000`.
    pub cache_size: usize,
    /// Keys for access tokens, newest first: the first signs, all verify. Or the variable
    /// `JWT_ACCESS_SECRET`. See
    /// [`KeyConfig`]. Default: none, and then the debug profile makes a random key.
    pub access_keys: Vec<KeyConfig>,
    /// Keys for refresh tokens, newest first: the first signs, all verify. Or the variable
    /// `JWT_REFRESH_SECRET`. Default: none, and then the debug profile makes a random key.
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
    /// How long a session lives without a refresh; at least `access_ttl` and `leeway` together.
    /// Default `"7d"`.
    #[serde(with = "span")]
    pub idle_timeout: Duration,
    /// How long a session lives at most. Default `"30d"`.
    #[serde(with = "span")]
    pub max_age: Duration,
    /// How long a client may repeat a refresh and get the same successor; at most 5 min. Default
    /// `"10s"`.
    #[serde(with = "span")]
    pub refresh_grace: Duration,
    /// What a used refresh token gets after the grace: `"recoverable"` (default) lets a client
    /// fetch a lost answer again, `"strict"` ends the session.
    pub rotation: RotationMode,
    /// What a reuse ends: `"session"` (default), or every session of the `"user"`.
    pub revoke_on_reuse: RevokeOnReuse,
    /// How often the server deletes sessions past their end, give or take a quarter; at most 30
    /// days. `"0s"` leaves it to the command `sessions clean`. Default `"1h"`.
    #[serde(with = "span")]
    pub cleanup_interval: Duration,
    /// The most sessions of one user, 1 to 10000. At a sign-in above it, the server ends the
    /// session that was used least recently. Default `100`.
    pub max_per_user: u32,
    /// Whether a browser that opens a page with an expired access cookie gets new cookies with the
    /// page, if its refresh cookie is good. Needs `auth.cookie.access`, `auth.cookie.path` at its
    /// default, and `rotation` at its default. Default `false`.
    pub refresh_pages: bool,
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
            refresh_pages: false,
        }
    }
}

/// The table `auth.revocation`: how the server learns about sessions that another server has
/// revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RevocationConfig {
    /// How often the server looks for revocations of other servers; 100 ms to 60 s. Default `"1s"`.
    #[serde(with = "span")]
    pub poll_interval: Duration,
    /// What guarded routes do while the server cannot read revocations: `"serve"` (default) goes
    /// on, `"refuse"` answers 503.
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
    /// Cost of new password hashes, 12 to 15. Default `12`.
    pub bcrypt_cost: u32,
    /// How many passwords the server hashes at once, 1 to 1024. Default: the number of cores.
    pub max_concurrent_hashes: Option<usize>,
    /// How long a request waits for its turn to hash; at most 30 s. A request that would wait
    /// longer gets a 503 with `Retry-After` at once. Default `"1500ms"`.
    #[serde(with = "span")]
    pub max_wait: Duration,
    /// A secret of at least 32 bytes that goes into every password hash. Or the variable
    /// `AUTH_PEPPER`. The server upgrades hashes without it at the next sign-in. Do not change or
    /// remove it afterwards. Default: none.
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
    /// Path of the refresh cookie; the endpoints must lie below it. Only with `"/"` does a Secure
    /// cookie get the prefix `__Host-`, with which no other host of the domain can set it. Default
    /// `"/"`.
    pub path: String,
    /// Whether the browser sends the cookies over TLS only. The server refuses `false` outside the
    /// debug profile. Default: `true`, but `false` in the debug profile.
    pub secure: Option<bool>,
    /// The attribute `SameSite`: `"Strict"` (default), `"Lax"`, or `"None"` for pages of another
    /// site, which needs `allowed_origins`.
    pub same_site: SameSite,
    /// The attribute `SameSite` of the access cookie. With `"Lax"`, a link in a mail or on another
    /// site finds the user signed in. Default: as `same_site`.
    pub access_same_site: Option<SameSite>,
    /// Whether the browser keeps the cookies apart for each site that embeds this server: the
    /// attribute `Partitioned`, which needs `same_site = "None"`. Default `false`.
    pub partitioned: bool,
    /// Whether a sign-in sets the access token as a cookie, too. Default `false`.
    pub access: bool,
    /// Ends the names of both cookies, such as `"_admin"`: for two applications on one host, whose
    /// ports share the browser's cookies. Default: none.
    pub name_suffix: Option<String>,
}

impl Default for CookieConfig {
    fn default() -> CookieConfig {
        CookieConfig {
            path: "/".to_owned(),
            secure: None,
            same_site: SameSite::default(),
            access_same_site: None,
            partitioned: false,
            access: false,
            name_suffix: None,
        }
    }
}

/// The table `auth.throttle`: limits on failed sign-ins and on mails; 0 turns one off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ThrottleConfig {
    /// Failed sign-ins a minute for one account from one source; ten times as many for the account
    /// from all sources together. `0` turns it off. Default `10`.
    pub account_per_minute: u32,
    /// Failed sign-ins a minute from one source: an IPv4 address, or the /64 of an IPv6 address.
    /// `0` turns it off. Default `60`.
    pub source_per_minute: u32,
    /// Requests per hour for a mail to one address, over all flows together and per node. Default
    /// `3`.
    pub mails_per_address: u32,
    /// Requests per hour for a mail from one source, and from one signed-in user from all sources
    /// together. A change of a second factor counts for the user if a mail tells of it. Default
    /// `20`.
    pub mails_per_source: u32,
}

impl Default for ThrottleConfig {
    fn default() -> ThrottleConfig {
        ThrottleConfig {
            account_per_minute: 10,
            source_per_minute: 60,
            mails_per_address: 3,
            mails_per_source: 20,
        }
    }
}

/// The table `auth.postgres`: how the server reaches its PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PostgresSettings {
    /// The most connections to PostgreSQL at once, 1 to 500; one more listens. Default: four for
    /// each core, from 8 to 32.
    pub pool_size: Option<usize>,
    /// Whether PostgreSQL notifies the server of revocations by `LISTEN`. Without effect behind a
    /// pooler in transaction mode. Default `true`.
    pub listen: bool,
    /// `"transaction"` behind a pooler that lends each transaction another connection, such as
    /// pgbouncer in that mode. See
    /// [`Pooler`]. Default `"none"`.
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
