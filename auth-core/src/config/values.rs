//! The settings that are one of a few words, and durations.

/// The `SameSite` attribute of a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub enum SameSite {
    /// Never sent from another site.
    #[default]
    #[serde(alias = "strict")]
    Strict,
    /// Sent when a link from another site is followed.
    #[serde(alias = "lax")]
    Lax,
    /// Sent with every request to this server, from any site: for pages of another site that the
    /// server lists.
    #[serde(alias = "none")]
    None,
}

/// Which answers pages of `allowed_origins` may read (Cross-Origin Resource Sharing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Cors {
    /// None.
    #[default]
    Off,
    /// Those below `auth.mount`.
    Endpoints,
    /// Those of all routes.
    All,
}

/// Where an access token may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TokenSource {
    /// `Authorization: Bearer …`.
    Header,
    /// The access cookie.
    Cookie,
}

/// What the reuse of a refresh token ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
pub enum OnStale {
    /// Go on; the log and the health check say so.
    #[default]
    Serve,
    /// Answer 503.
    Refuse,
}

/// Who runs the migrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Migrate {
    /// The server, at start.
    #[default]
    Auto,
    /// An operator, by command; a missing or old schema refuses to start.
    Manual,
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
