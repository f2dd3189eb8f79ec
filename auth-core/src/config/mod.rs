//! Configuration: the `auth` table of Rocket's Figment, and the five variables of the environment.
//!
//! Reading gives a [`Config`] whose every value is in range; what cannot be right is refused at
//! launch with the name of the setting, and a secret's value is never part of a message.

mod checks;
pub(crate) mod environment;
mod error;
mod explain;
mod flows;
mod keys;
mod load;
mod origins;
mod proxies;
mod renamed;
#[cfg(feature = "rocket")]
mod rockets;
mod second_factor;
mod tables;
mod text;
mod values;

use crate::secret::SecretString;

pub use crate::store::engine::Pooler;
pub use crate::store::presented::RotationMode;
pub(crate) use environment::Environment;
pub use error::ConfigError;
pub use flows::{FlowsConfig, SignUp, SmtpConfig};
pub use keys::{KeyConfig, KeySource};
pub use proxies::ProxyRange;
pub(crate) use second_factor::{FACTOR_KEYS, REQUIRED_FOR};
pub use second_factor::{FactorKeyConfig, SecondFactor};
pub use tables::{
    CookieConfig, PasswordsConfig, PostgresSettings, RevocationConfig, SessionsConfig, ThrottleConfig, TokensConfig,
};
pub use text::check_text;
pub use values::{Cors, Migrate, OnStale, RankConflicts, RevokeOnReuse, SameSite, TokenSource, UnguardedRoutes};

/// The settings of the table `auth`, each with its default.
///
/// In `Rocket.toml` they stand below `[default.auth]`. In the environment they are one variable,
/// such as `ROCKET_AUTH='{tokens={access_ttl="5m"}}'`. Durations are text with a unit: `"15m"`,
/// `"7d"`, `"1h 30m"`. The server refuses unknown keys.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The claim `iss`, and the `realm` of challenges. Default `"auth-core"`.
    pub issuer: String,
    /// The claim `aud`. Default `"auth-core"`.
    pub audience: String,
    /// The path below which the endpoints are. Default `"/api/auth"`.
    pub mount: String,
    /// The database as a URL: `sqlite://path/to/file.db`, or
    /// `postgres://user:password@host/database?sslmode=verify-full` with the feature `postgres`. It
    /// is secret, since it may hold a password. Default: the variable `DATABASE_URL`, else
    /// `"sqlite://auth.db"`.
    pub store: Option<SecretString>,
    /// `"auto"` (default): the server runs migrations at start. `"manual"`: the command `migrate`
    /// runs them, and the server refuses to start on a missing or old schema.
    pub migrate: Migrate,
    /// `"deny"` (default): a route without a decision aborts launch. `"warn"`: launch names the
    /// route and goes on.
    pub unguarded_routes: UnguardedRoutes,
    /// `"warn"` (default): launch names a stricter route that answers requests meant for a laxer
    /// one. `"deny"` refuses to start, `"allow"` does not warn. Rocket asks the route of the lower
    /// rank first, and its decision comes before its parameters are read.
    pub rank_conflicts: RankConflicts,
    /// Origins, such as `"https://app.example.com"`, whose pages may sign in and use the cookies. A
    /// list replaces the default. Default: the host and port of the request.
    pub allowed_origins: Vec<String>,
    /// Which answers scripts on pages of `allowed_origins` may read: `"endpoints"` those below
    /// `mount`, `"all"` those of all routes. Default `"off"`: none, and the application may send
    /// CORS headers of its own.
    pub cors: Cors,
    /// Addresses and ranges, such as `"10.0.0.0/8"`, of proxies that the server trusts to name the
    /// client's address. Rocket's setting `ip_header` names the header: one with one address, such
    /// as `X-Real-IP`, or the list `X-Forwarded-For`. In a list, the rightmost address counts that
    /// is not a trusted proxy. Default: none.
    pub trusted_proxies: Vec<ProxyRange>,
    /// A header such as `X-Request-Id` that names the request in logs and events. The server takes
    /// it from `trusted_proxies` only. Default: none, and each request gets an id of its own.
    pub request_id_header: Option<String>,
    /// The page to which the server sends a browser that is not signed in, instead of a 401: a path
    /// on this server. Default: none.
    pub sign_in_page: Option<String>,
    /// Where the server looks for access tokens: `"header"`, `"cookie"`. Default `["header"]`.
    pub token_sources: Vec<TokenSource>,
    /// The secret behind the pseudonyms of accounts in the log; at least 32 bytes. Default: random
    /// for each process.
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
    /// The address of your site as users know it, such as `https://app.example.com`: links in mails
    /// begin with it. Required by every flow that sends links. Default: none.
    pub public_url: Option<String>,
    /// What users can do with their accounts by themselves.
    pub flows: FlowsConfig,
    /// Whether users can protect their accounts with a second factor, an authenticator app: `"off"`
    /// (default) or `"offered"`, which needs `factor_keys`. An account with a factor signs in with
    /// it only. `{ required_for = ["admin"] }` offers it too, and these roles count only in a
    /// session that was signed in with a factor.
    pub second_factor: SecondFactor,
    /// Keys that encrypt the secrets of second factors in the database, newest first: tables with
    /// `name` and `secret`. The first encrypts, all decrypt. If you remove a key, factors of that key
    /// give no access any more. Or the variable `AUTH_FACTOR_KEY`, a key of the name `environment`.
    /// Default: none.
    pub factor_keys: Vec<FactorKeyConfig>,
    /// The mail server.
    pub smtp: SmtpConfig,
    /// Limits on failed sign-ins, and on mails.
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
    /// The factor key is from the environment, for messages.
    #[serde(skip)]
    pub(crate) factor_key_from_environment: bool,
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
            cors: Cors::default(),
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
            public_url: None,
            flows: FlowsConfig::default(),
            second_factor: SecondFactor::default(),
            factor_keys: Vec::new(),
            smtp: SmtpConfig::default(),
            throttle: ThrottleConfig::default(),
            postgres: PostgresSettings::default(),
            debug: false,
            from_environment: (false, false),
            rocket_secret: None,
            pepper_from_environment: false,
            factor_key_from_environment: false,
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
