//! Configuration: the `auth` table of Rocket's Figment, and the four variables of the environment.
//!
//! Reading gives a [`Config`] whose every value is in range; what cannot be right is refused at launch with the name of
//! the setting, and a secret's value is never part of a message.

mod checks;
mod error;
mod explain;
mod keys;
mod load;
mod origins;
mod proxies;
mod renamed;
#[cfg(feature = "rocket")]
mod rockets;
mod tables;
mod text;
mod values;

use crate::secret::SecretString;

pub use error::ConfigError;
pub use keys::{KeyConfig, KeySource};
pub use proxies::ProxyRange;
pub use tables::{
    CookieConfig, PasswordsConfig, PostgresSettings, RevocationConfig, SessionsConfig, ThrottleConfig, TokensConfig,
};
pub use text::check_text;
pub use values::{Migrate, OnStale, RankConflicts, RevokeOnReuse, SameSite, TokenSource, UnguardedRoutes};

/// The settings of the table `auth`, each with its default.
///
/// In `Rocket.toml` they stand below `[default.auth]`. In the environment they are one variable, such as
/// `ROCKET_AUTH='{tokens={access_ttl="5m"}}'`. Durations are text with a unit: `"15m"`, `"7d"`, `"1h 30m"`. The server
/// refuses unknown keys.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The `iss` claim and the `realm` of challenges. Default `"auth-core"`.
    pub issuer: String,
    /// The `aud` claim. Default `"auth-core"`.
    pub audience: String,
    /// Where the endpoints are mounted. Default `/api/auth`.
    pub mount: String,
    /// The database as a URL: `sqlite://path/to/file.db`, or `postgres://user:password@host/database?sslmode=verify-full`
    /// with the feature `postgres`; secret, for the password in it. Default: `DATABASE_URL`, else `sqlite://auth.db`.
    pub store: Option<SecretString>,
    /// `"auto"` (default): migrations run at start; `"manual"`: a missing or old schema refuses to start.
    pub migrate: Migrate,
    /// `"deny"` (default): a route without a decision aborts launch; `"warn"` says so and goes on.
    pub unguarded_routes: UnguardedRoutes,
    /// What launch does where a stricter route of a lower rank answers requests that are for a laxer one: `"warn"` (default)
    /// names both, `"deny"` refuses to start, `"allow"` says nothing. Rocket asks the route of the lower rank first, and its
    /// decision comes before its parameters are read.
    pub rank_conflicts: RankConflicts,
    /// Origins whose pages may sign in and use the cookies, such as `https://app.example.com`. With any set, the request's
    /// own host is not compared. Default: none, and pages of the request's own host and port may.
    pub allowed_origins: Vec<String>,
    /// The proxies, by address or by range, whose word on the client's address is taken. Rocket's setting `ip_header`
    /// names the header: `X-Real-IP` (its default) or another with one address, or the list `X-Forwarded-For`, of which the
    /// rightmost address counts that is none of these. Default: none.
    pub trusted_proxies: Vec<ProxyRange>,
    /// A header such as `X-Request-Id` whose value names the request in logs and events, when it comes from one of
    /// `trusted_proxies`. Default: none; every request gets an id of its own.
    pub request_id_header: Option<String>,
    /// Where a browser without an identity is sent instead of a 401: a path on this server. Default: nowhere.
    pub sign_in_page: Option<String>,
    /// Where access tokens are looked for: `"header"`, `"cookie"`. Default: the header only.
    pub token_sources: Vec<TokenSource>,
    /// The secret under which accounts are named in the log when a sign-in fails; at least 32 bytes. Default: a random
    /// one, which dies with the process.
    pub audit_pseudonym_key: Option<SecretString>,
    /// Access and refresh tokens, and their keys.
    pub tokens: TokensConfig,
    /// How long sessions last, and how many there may be.
    pub sessions: SessionsConfig,
    /// How the server learns about sessions that another server has revoked.
    pub revocation: RevocationConfig,
    /// How passwords are hashed.
    pub passwords: PasswordsConfig,
    /// The cookies' attributes.
    pub cookie: CookieConfig,
    /// Limits on failed sign-ins.
    pub throttle: ThrottleConfig,
    /// How the server reaches its PostgreSQL.
    pub postgres: PostgresSettings,

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
            mount: "/api/auth".to_owned(),
            store: None,
            migrate: Migrate::default(),
            unguarded_routes: UnguardedRoutes::default(),
            rank_conflicts: RankConflicts::default(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            request_id_header: None,
            sign_in_page: None,
            token_sources: vec![TokenSource::Header],
            audit_pseudonym_key: None,
            tokens: TokensConfig::default(),
            sessions: SessionsConfig::default(),
            revocation: RevocationConfig::default(),
            passwords: PasswordsConfig::default(),
            cookie: CookieConfig::default(),
            throttle: ThrottleConfig::default(),
            postgres: PostgresSettings::default(),
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
