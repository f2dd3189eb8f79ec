//! Configuration: the `auth` table of Rocket's Figment, and the four variables of the environment.
//!
//! Reading gives a [`Config`] whose every value is in range; what cannot be right is refused at launch with the name of
//! the setting, and a secret's value is never part of a message.

mod checks;
mod explain;
mod key;
mod origins;
mod proxies;
mod read;
mod text;
mod types;

use std::time::Duration;

pub use key::{KeyConfig, KeySource};
pub use proxies::ProxyRange;
pub use read::ConfigError;
pub use text::check_text;
pub use types::{
    CookieConfig, Migrate, OnStaleFeed, PostgresSettings, RankConflicts, RevokeOnReuse, SameSite, SessionsConfig,
    ThrottleConfig, TokenSource, UnguardedRoutes,
};

use crate::secret::SecretString;
use crate::store::RotationMode;
use types::span;

/// The settings of the `auth` table, each with its default.
///
/// In `Rocket.toml` they stand under `[default.auth]`; in the environment as `ROCKET_AUTH='{grace="5s"}'`. Durations are
/// text with a unit: `"15m"`, `"7d"`, `"1h 30m"`. Unknown keys are refused.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The `iss` claim and the `realm` of challenges. Default `"auth-core"`.
    pub issuer: String,
    /// The `aud` claim. Default `"auth-core"`.
    pub audience: String,
    /// How long an access token is good; more than zero, at most 1 h. Default 15 min.
    #[serde(with = "span")]
    pub access_ttl: Duration,
    /// How long a session goes on without a refresh; at least `access_ttl` and `leeway` together. Default 7 days.
    #[serde(with = "span")]
    pub refresh_ttl: Duration,
    /// How long a session can last at all, refreshed or not. Default 30 days.
    #[serde(with = "span")]
    pub session_ttl: Duration,
    /// How far in the future an `iat` may lie, for clocks that differ; at most 60 s. Default 5 s.
    #[serde(with = "span")]
    pub leeway: Duration,
    /// How many sessions there may be.
    pub sessions: SessionsConfig,
    /// For how long a used refresh token gets its successor again; at most 5 min. Default 10 s.
    #[serde(with = "span")]
    pub grace: Duration,
    /// `"recoverable"` (default) or `"strict"`: what a used refresh token gets after the grace.
    pub rotation: RotationMode,
    /// `"session"` (default) or `"user"`: what a reuse ends.
    pub revoke_on_reuse: RevokeOnReuse,
    /// The database as a URL: `sqlite://path/to/file.db`, or `postgres://user:password@host/database?sslmode=verify-full`
    /// with the feature `postgres`; secret, for the password in it. Default: `DATABASE_URL`, else `sqlite://auth.db`.
    pub store: Option<SecretString>,
    /// The most connections to PostgreSQL at once, 1 to 500; one more listens. Default: four for each core, from 8 to 32.
    pub pool_size: Option<usize>,
    /// Whether to hear of revocations as they are committed, by `LISTEN` on PostgreSQL; polling goes on either way. Default
    /// `true`. Without effect behind a pooler in transaction mode.
    pub listen: bool,
    /// More about PostgreSQL.
    pub postgres: PostgresSettings,
    /// Keys for access tokens, newest first: the first signs, all verify. Or `JWT_ACCESS_SECRET`. See [`KeyConfig`].
    pub access_keys: Vec<KeyConfig>,
    /// Keys for refresh tokens, newest first. Or `JWT_REFRESH_SECRET`.
    pub refresh_keys: Vec<KeyConfig>,
    /// How many access tokens are remembered as verified, at most 1,000,000; some 500 bytes each. Only the signature is
    /// remembered: claims, times and revocation are looked at each time. 0: none. Default 10,000.
    pub verified_tokens: usize,
    /// The bcrypt cost of new hashes, 12 to 15. Default 12.
    pub bcrypt_cost: u32,
    /// How many passwords are hashed at once, 1 to 1024. Default: the number of cores.
    pub hash_permits: Option<usize>,
    /// A secret that goes into every password hash, at least 32 bytes. Or `AUTH_PEPPER`. Default: none. Hashes without it
    /// are upgraded at the next sign-in; once there are hashes with it, it must neither change nor go.
    pub pepper: Option<SecretString>,
    /// The cookies' attributes.
    pub cookie: CookieConfig,
    /// Where access tokens are looked for: `"header"`, `"cookie"`. Default: the header only.
    pub token_sources: Vec<TokenSource>,
    /// Origins whose pages may sign in and use the cookies, such as `https://app.example.com`. With any set, the request's
    /// own host is not compared. Default: none, and pages of the request's own host and port may.
    pub allowed_origins: Vec<String>,
    /// Where the endpoints are mounted. Default `/api/auth`.
    pub mount: String,
    /// `"deny"` (default): a route without a decision aborts launch; `"warn"` says so and goes on.
    pub unguarded_routes: UnguardedRoutes,
    /// What launch does where a stricter route of a lower rank answers requests that are for a laxer one: `"warn"` (default)
    /// names both, `"deny"` refuses to start, `"allow"` says nothing. Rocket asks the route of the lower rank first, and its
    /// decision comes before its parameters are read.
    pub rank_conflicts: RankConflicts,
    /// `"serve"` (default) or `"refuse"`: what guarded routes do while revocations cannot be read.
    pub on_stale_feed: OnStaleFeed,
    /// `"auto"` (default): migrations run at start; `"manual"`: a missing or old schema refuses to start.
    pub migrate: Migrate,
    /// How often the store is asked for revocations made elsewhere; 100 ms to 60 s. Default 1 s.
    #[serde(with = "span")]
    pub poll: Duration,
    /// How often sessions past their absolute end are deleted, give or take a quarter; `"0s"` leaves it to
    /// `rocket-app sessions clean`. At most 30 days. Default 1 h.
    #[serde(with = "span")]
    pub cleanup: Duration,
    /// Limits on failed sign-ins.
    pub throttle: ThrottleConfig,
    /// The proxies, by address or by range, whose word on the client's address is taken. Rocket's setting `ip_header`
    /// names the header: `X-Real-IP` (its default) or another with one address, or the list `X-Forwarded-For`, of which the
    /// rightmost address counts that is none of these. Default: none.
    pub trusted_proxies: Vec<ProxyRange>,
    /// A header such as `X-Request-Id` whose value names the request in logs and events, when it comes from one of
    /// `trusted_proxies`. Default: none; every request gets an id of its own.
    pub request_id_header: Option<String>,
    /// The secret under which accounts are named in the log when a sign-in fails; at least 32 bytes. Default: a random
    /// one, which dies with the process.
    pub audit_key: Option<SecretString>,
    /// Where a browser without an identity is sent instead of a 401: a path on this server. Default: nowhere.
    pub sign_in_page: Option<String>,

    /// The profile is Rocket's `debug`; everything else is held to the rules of a release.
    #[serde(skip)]
    pub(crate) debug: bool,

    /// Which rings were made from the environment, for messages: access, refresh.
    #[serde(skip)]
    pub(crate) from_environment: (bool, bool),

    /// Rocket's own `secret_key`, which must be no key of ours.
    #[serde(skip)]
    pub(crate) rocket_secret: Option<SecretString>,
    /// The pepper is from the environment, for messages.
    #[serde(skip)]
    pub(crate) pepper_from_environment: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            issuer: "auth-core".to_owned(),
            audience: "auth-core".to_owned(),
            access_ttl: Duration::from_secs(15 * 60),
            refresh_ttl: Duration::from_secs(7 * 24 * 60 * 60),
            session_ttl: Duration::from_secs(30 * 24 * 60 * 60),
            leeway: Duration::from_secs(5),
            sessions: SessionsConfig::default(),
            grace: Duration::from_secs(10),
            rotation: RotationMode::default(),
            revoke_on_reuse: RevokeOnReuse::default(),
            store: None,
            pool_size: None,
            listen: true,
            postgres: PostgresSettings::default(),
            access_keys: Vec::new(),
            refresh_keys: Vec::new(),
            verified_tokens: 10_000,
            bcrypt_cost: 12,
            hash_permits: None,
            pepper: None,
            cookie: CookieConfig::default(),
            token_sources: vec![TokenSource::Header],
            allowed_origins: Vec::new(),
            mount: "/api/auth".to_owned(),
            unguarded_routes: UnguardedRoutes::default(),
            rank_conflicts: RankConflicts::default(),
            on_stale_feed: OnStaleFeed::default(),
            migrate: Migrate::default(),
            poll: Duration::from_secs(1),
            cleanup: Duration::from_secs(60 * 60),
            throttle: ThrottleConfig::default(),
            trusted_proxies: Vec::new(),
            request_id_header: None,
            audit_key: None,
            sign_in_page: None,
            debug: false,
            from_environment: (false, false),
            rocket_secret: None,
            pepper_from_environment: false,
        }
    }
}

impl Config {
    /// The store's URL when neither the configuration nor the environment names one.
    pub const DEFAULT_STORE: &'static str = "sqlite://auth.db";

    /// Whether the profile is Rocket's `debug`.
    pub fn is_debug(&self) -> bool {
        self.debug
    }

    /// The store's URL, which may hold a password.
    pub fn store_url(&self) -> &str {
        self.store.as_ref().map_or(Config::DEFAULT_STORE, SecretString::expose)
    }

    /// Whether cookies are marked Secure: as configured, else everywhere but in the debug profile.
    pub fn cookies_are_secure(&self) -> bool {
        self.cookie.secure.unwrap_or(!self.debug)
    }

    /// Whether access tokens are taken from the access cookie.
    pub fn reads_access_cookie(&self) -> bool {
        self.token_sources.contains(&TokenSource::Cookie)
    }
}

/// What the environment may hold besides `ROCKET_…`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `JWT_ACCESS_SECRET`.
    pub access_secret: Option<SecretString>,
    /// `JWT_REFRESH_SECRET`.
    pub refresh_secret: Option<SecretString>,
    /// `AUTH_PEPPER`.
    pub pepper: Option<SecretString>,
    /// `DATABASE_URL`.
    pub database_url: Option<SecretString>,
}
