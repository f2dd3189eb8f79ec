//! What is checked before the store is used: that the server keeps what it acknowledges.

use std::collections::HashMap;

use ::redis::{RedisError, cmd};
use tracing::warn;

use super::config::{DANGER, InvalidUrl};
use super::link::Link;
use crate::store::StoreError;

/// Why a Redis store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL is none of Redis.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// There is no way to the server.
    #[error("Redis cannot be reached: {0}")]
    Unreachable(#[source] RedisError),
    /// The server's settings could not be read.
    #[error("Redis does not say how it is set up: {0}")]
    Unanswered(#[from] StoreError),
    /// It is a node of a Redis Cluster.
    #[error("Redis is in cluster mode, which is not supported: use a server of its own")]
    Cluster,
    /// It is a replica.
    #[error("Redis is a replica, which cannot be written to: name the primary")]
    Replica,
    /// It throws keys away when memory is short.
    #[error("Redis may evict sessions: set `maxmemory-policy` to `noeviction`, it is `{0}`")]
    Evicts(String),
    /// A command that the store needs is refused.
    #[error("Redis refuses a command that is needed ({0}): give its user the rights of docs/redis.md")]
    Forbidden(String),
    /// It acknowledges writes before they are on its disk.
    #[error(
        "Redis may lose what it acknowledged, so that revoked sessions live again: set `appendonly yes` and `appendfsync \
         always` and `no-appendfsync-on-rewrite no` (found: {found}), or accept it with `?{DANGER}=true` in the URL"
    )]
    MayLoseWrites {
        /// What is set instead.
        found: String,
    },
}

/// Reads the server's settings and refuses those that break the contract.
pub(super) async fn check(link: &Link, may_lose_writes: bool) -> Result<(), OpenError> {
    // `INFO` of several sections at once is of Redis 7.
    let info: String = link.command(&cmd("INFO")).await?;
    if field(&info, "cluster_enabled") == Some("1") {
        return Err(OpenError::Cluster);
    }
    if field(&info, "role").is_some_and(|role| role != "master") {
        return Err(OpenError::Replica);
    }
    match field(&info, "maxmemory_policy") {
        None | Some("noeviction") => {}
        Some(policy) => return Err(OpenError::Evicts(policy.to_owned())),
    }
    let found = lossy_settings(link, &info).await?;
    match found {
        None => Ok(()),
        Some(found) if may_lose_writes => {
            warn!("Redis may lose what it acknowledged, revocations among it ({found}); `{DANGER}` accepts that");
            Ok(())
        }
        Some(found) => Err(OpenError::MayLoseWrites { found }),
    }
}

/// What keeps the server from having each write on its disk before it answers, if anything.
async fn lossy_settings(link: &Link, info: &str) -> Result<Option<String>, OpenError> {
    if field(info, "aof_enabled") != Some("1") {
        return Ok(Some("`appendonly no`".to_owned()));
    }
    // Writes that are answered while the log is rewritten are not on the disk with the second.
    for (name, safe) in [("appendfsync", "always"), ("no-appendfsync-on-rewrite", "no")] {
        match setting(link, name).await?.as_deref() {
            Some(found) if found == safe => {}
            Some(found) => return Ok(Some(format!("`{name} {found}`"))),
            None => return Ok(Some(format!("`{name}` cannot be read, `CONFIG GET` is refused"))),
        }
    }
    Ok(None)
}

/// A setting of the server; `None` where it does not say.
async fn setting(link: &Link, name: &str) -> Result<Option<String>, OpenError> {
    let mut asked = cmd("CONFIG");
    asked.arg("GET").arg(name);
    match link.command::<HashMap<String, String>>(&asked).await {
        Ok(mut settings) => Ok(settings.remove(name)),
        // Providers like to forbid the command.
        Err(StoreError::Database(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The value of a field in the answer to `INFO`.
pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}
