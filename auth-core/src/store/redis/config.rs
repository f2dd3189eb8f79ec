//! Where Redis is and how the store behaves.

use std::time::Duration;

use ::redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

/// The option of the URL that sets [`RedisConfig::danger_may_lose_writes`].
pub(super) const DANGER: &str = "danger_may_lose_writes";

/// The layout of the keys; another one would not be read by mistake.
const LAYOUT: u32 = 1;

/// Settings of a [`RedisStore`](super::RedisStore).
///
/// ```
/// use auth_core::__internal::redis::RedisConfig;
///
/// let config = RedisConfig::from_url("redis://:password@127.0.0.1:6379/2").expect("a URL");
/// assert!(!config.danger_may_lose_writes);
/// assert!(!format!("{config:?}").contains("password@"));
/// ```
#[derive(Clone, Debug)]
pub struct RedisConfig {
    pub(super) server: ConnectionInfo,
    /// The prefix of all keys, for several applications in one database. Default: `auth`.
    pub prefix: String,
    /// How long a call waits for its answer before it gives up with
    /// [`StoreError::Timeout`](crate::store::StoreError). Default: 2 s.
    pub wait: Duration,
    /// Accepts a server that may lose what it acknowledged, so that sessions that were revoked live
    /// again. Default: `false`; the URL's option `?danger_may_lose_writes=true` sets it.
    pub danger_may_lose_writes: bool,
}

/// A text that is no Redis URL. None of these says what the text was, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// It does not begin with `redis://`.
    #[error("a Redis URL is `redis://[[user]:password@]host[:port][/database]`")]
    Scheme,
    /// It begins with `rediss://`.
    #[error("TLS to Redis is not compiled in: use `redis://`, over a private network or a tunnel")]
    Tls,
    /// It has an unknown option after `?`.
    #[error("a Redis URL takes one option, `?{DANGER}=true`")]
    Option,
    /// Something else in it is wrong.
    #[error("not a Redis URL: `redis://[[user]:password@]host[:port][/database]`, special characters as %XX")]
    Malformed,
}

impl RedisConfig {
    /// The defaults, for the server, the database and the credentials of a URL such as
    /// `redis://:password@host:6379/0`.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn from_url(url: &str) -> Result<RedisConfig, InvalidUrl> {
        if url.starts_with("rediss://") {
            return Err(InvalidUrl::Tls);
        }
        if !url.starts_with("redis://") {
            return Err(InvalidUrl::Scheme);
        }
        let (location, option) = match url.split_once('?') {
            Some((location, option)) => (location, Some(option)),
            None => (url, None),
        };
        let danger_may_lose_writes = match option.map(|option| option.split_once('=')) {
            None => false,
            Some(Some((DANGER, "true"))) => true,
            Some(Some((DANGER, "false"))) => false,
            Some(_) => return Err(InvalidUrl::Option),
        };
        if location.contains('#') {
            return Err(InvalidUrl::Malformed);
        }
        let server = location.into_connection_info().map_err(|_| InvalidUrl::Malformed)?;
        if server.redis_settings().db() < 0 {
            return Err(InvalidUrl::Malformed);
        }
        // In this version the server's messages come beside the answers, and the end of a
        // connection is noticed at once.
        let settings = server.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        Ok(RedisConfig {
            server: server.set_redis_settings(settings),
            prefix: "auth".to_owned(),
            wait: Duration::from_secs(2),
            danger_may_lose_writes,
        })
    }

    /// How long one answer may take: shorter than the caller waits, so that it is known which
    /// connection is to blame.
    pub(super) fn response_timeout(&self) -> Duration {
        self.wait * 3 / 4
    }

    pub(super) fn key_prefix(&self) -> String {
        format!("{}:{LAYOUT}:", self.prefix)
    }

    pub(super) fn channel(&self) -> String {
        format!("{}changes:{}", self.key_prefix(), self.server.redis_settings().db())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_server_database_and_nothing_unknown() {
        let config = RedisConfig::from_url("redis://:hunter2@localhost/3?danger_may_lose_writes=true").expect("a URL");
        assert!(config.danger_may_lose_writes);
        assert_eq!(config.channel(), "auth:1:changes:3");
        assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
        for (bad, why) in [
            ("postgres://h", InvalidUrl::Scheme),
            ("rediss://h", InvalidUrl::Tls),
            ("redis://h?protocol=resp3", InvalidUrl::Option),
            ("redis://h?danger_may_lose_writes", InvalidUrl::Option),
            ("redis://h/x", InvalidUrl::Malformed),
            ("redis://h/-1", InvalidUrl::Malformed),
            ("redis://h/0#insecure", InvalidUrl::Malformed),
            ("redis://", InvalidUrl::Malformed),
        ] {
            assert_eq!(RedisConfig::from_url(bad).err(), Some(why), "{bad}");
        }
    }
}
