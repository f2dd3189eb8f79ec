use crate::store::Pooler;

/// The cookies' attributes.
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

/// The `SameSite` attribute. `None` is not offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum SameSite {
    /// Never sent from another site.
    #[default]
    #[serde(alias = "strict")]
    Strict,
    /// Sent when a link from another site is followed.
    #[serde(alias = "lax")]
    Lax,
}

/// Where an access token may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenSource {
    /// `Authorization: Bearer …`.
    Header,
    /// The access cookie.
    Cookie,
}

/// What the reuse of a refresh token ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RevokeOnReuse {
    /// The session it belongs to.
    #[default]
    Session,
    /// Every session of its user.
    User,
}

/// What a route without a decision does to launch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnguardedRoutes {
    /// Aborts it.
    #[default]
    Deny,
    /// Is named in the log.
    Warn,
}

/// What launch does about a route whose requests a stricter route of a lower rank answers first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RankConflicts {
    /// Refuses to start.
    Deny,
    /// Names both routes in the log.
    #[default]
    Warn,
    /// Nothing.
    Allow,
}

/// What guarded routes do while revocations made elsewhere cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnStaleFeed {
    /// Go on; the log and the health check say so.
    #[default]
    Serve,
    /// Answer 503.
    Refuse,
}

/// Who runs the migrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Migrate {
    /// The server, at start.
    #[default]
    Auto,
    /// An operator, by command; a missing or old schema refuses to start.
    Manual,
}

/// How the server reaches its PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PostgresSettings {
    /// `"transaction"` behind a pooler that lends another connection for each transaction, such as pgbouncer in that mode;
    /// `"none"` (default) otherwise. See [`Pooler`].
    pub pooler: Pooler,
}

/// Limits on failed sign-ins; 0 turns one off.
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

/// How many sessions there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SessionsConfig {
    /// The most sessions that one user has at once, 1 to 10000. With each sign-in above it, the session that was used least
    /// recently ends. Default 100.
    pub max_per_user: u32,
}

impl Default for SessionsConfig {
    fn default() -> SessionsConfig {
        SessionsConfig { max_per_user: 100 }
    }
}

/// Durations as text with a unit.
pub(super) mod span {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de::Error};

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map_err(|error| {
            D::Error::custom(format!(
                "`{text}` is no duration ({error}); write it like \"15m\" or \"7d\""
            ))
        })
    }
}
