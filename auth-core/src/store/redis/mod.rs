//! Sessions in Redis: for fleets that run Redis anyway, with revocations notified at once and rows
//! that expire by themselves.
//!
//! It is not the default, and promises less than the SQL stores unless Redis is set up for it:
//!
//! - **Acknowledged means kept** only where Redis writes to its disk before it answers: `appendonly
//!   yes` and `appendfsync always`. With `everysec` a crash loses the last second; without
//!   `appendonly`, everything since the last snapshot. A lost rotation does no harm: the client's
//!   token is *ahead* of the row and is accepted. **A lost revocation makes a session live again.**
//!   So [`RedisStore::open`] refuses a server with other settings, or one that hides them, unless
//!   [`RedisConfig::danger_may_lose_writes`] accepts it.
//! - **A failover may lose acknowledged writes,** revocations among them: replication is
//!   asynchronous under all settings. After one, end what was made before it:
//!   `SessionAdmin::end_created_before`.
//! - **Eviction** would take sessions, and revocations that other nodes have not read yet: only
//!   `maxmemory-policy noeviction` is accepted.
//! - **No Redis Cluster:** a script touches keys of one user and indexes of all, which would need
//!   one slot for everything. A server in cluster mode is refused, and so is a replica.
//! - **No accounts:** it is for applications with [`Accounts`](crate::account::Accounts) of their
//!   own.
//!
//! `open` checks the server's settings once. An operator who changes them later gets no warning.
//!
//! Redis 6 or later. Each call is one command or one Lua script (`EVALSHA`, sent in full where the
//! server forgot it). Redis runs a script alone and logs it whole; "now" is the server's `TIME`.
//!
//! Rows expire an hour after their absolute end, evidence of used and revoked ones included, and no
//! index outlives its last row. `delete_expired` deletes the same things earlier, but cannot keep a
//! row for longer than that hour. A user's counters stay until the last session that they could end
//! is over, and for a day at least. That is far longer than any access token lives.
//!
//! TLS is not compiled in: `rediss://` is refused. It needs the feature `tokio-rustls-comp` of the
//! `redis` crate beside `rustls` with `aws_lc_rs` as its provider; until then, a tunnel or a
//! private network.

mod config;
mod factors;
mod link;
mod listener;
mod maintenance;
mod open;
mod revocation_log;
mod rights;
mod row;
mod scripts;
mod sessions;
mod tickets;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use self::config::{InvalidUrl, RedisConfig};
pub use self::open::OpenError;

use self::link::Link;
use self::listener::Listener;
use self::scripts::{Names, UPGRADE};
use super::origin::Origin;

/// Sessions in Redis.
///
/// A clone is another handle of the same store. The store has one connection for everything, and a
/// second one once a caller subscribes to [`changes`](super::RevocationLog::changes). Both connect
/// again by themselves. While there is no connection, calls fail at once or after at most
/// [`RedisConfig::wait`].
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    names: Names,
    /// Which server answers.
    origin: Origin,
    listener: OnceLock<Listener>,
}

impl RedisStore {
    /// Every command that the URL's user needs the right to run, in the words of `ACL SETUSER`. The
    /// user also needs the keys and channels that begin with the prefix. See `docs/redis.md`.
    pub const COMMANDS: &[&str] = rights::COMMANDS;

    /// Connects, and checks that the server keeps what it acknowledges; see the module. Must be
    /// called on a Tokio runtime.
    ///
    /// ```no_run
    /// use auth_core::__internal::redis::{RedisConfig, RedisStore};
    ///
    /// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = RedisConfig::from_url("redis://:password@redis.internal/0")?;
    /// let store = RedisStore::open(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or is set up so that sessions would be lost. No error
    /// holds the password.
    pub async fn open(config: RedisConfig) -> Result<RedisStore, OpenError> {
        let store = RedisStore(Arc::new(Inner {
            names: Names {
                key_prefix: config.key_prefix(),
                channel: config.channel(),
            },
            link: Arc::new(Link::new(&config).map_err(OpenError::Unreachable)?),
            origin: Origin::default(),
            listener: OnceLock::new(),
        }));
        let (link, names) = (&store.0.link, &store.0.names);
        open::check(link, config.danger_may_lose_writes).await?;
        rights::check(link, names).await?;
        let _users: u64 = link.run(&names.call(&UPGRADE)).await?;
        Ok(store)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("key_prefix", &self.0.names.key_prefix)
            .finish_non_exhaustive()
    }
}
