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
    /// The server could not be asked how it is set up.
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
    /// It acknowledges writes before they are on its disk.
    #[error(
        "Redis may lose what it acknowledged, so that revoked sessions live again: set `appendonly yes` and `appendfsync \
         always` (found: {found}), or accept it with `?{DANGER}=true` in the URL"
    )]
    MayLoseWrites {
        /// What is set instead.
        found: String,
    },
}

/// Asks the server how it is set up and refuses what the contract cannot rest on.
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
    let mut asked = cmd("CONFIG");
    asked.arg("GET").arg("appendfsync");
    let fsync = match link.command::<HashMap<String, String>>(&asked).await {
        Ok(mut settings) => settings.remove("appendfsync"),
        // Providers like to forbid the command.
        Err(StoreError::Database(_)) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(match fsync.as_deref() {
        Some("always") => None,
        Some(other) => Some(format!("`appendfsync {other}`")),
        None => Some("`appendfsync` cannot be read".to_owned()),
    })
}

/// The value of a field in the answer to `INFO`.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}
