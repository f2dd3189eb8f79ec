//! Which engine a URL names, and what stands before it.

use super::error::OpenError;

/// The database engines, by the scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// `sqlite:`, one file on one machine. Needs the feature `sqlite`, which is on by default.
    Sqlite,
    /// `postgres://` or `postgresql://`, shared by any number of machines. Needs the feature
    /// `postgres`.
    Postgres,
    /// `redis://`: sessions only. Needs the feature `redis`.
    Redis,
}

impl Engine {
    /// The engine that `url` is for.
    ///
    /// ```
    /// use auth_core::store::Engine;
    ///
    /// assert_eq!(Engine::of_url("sqlite://app.db")?, Engine::Sqlite);
    /// assert_eq!(Engine::of_url("postgresql://db.internal/app")?, Engine::Postgres);
    /// assert!(Engine::of_url("mysql://db.internal/app").is_err());
    /// # Ok::<(), auth_core::store::OpenError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError::UnknownScheme`]. The URL is not part of it: it may hold a password.
    pub fn of_url(url: &str) -> Result<Engine, OpenError> {
        if url.starts_with("sqlite:") {
            Ok(Engine::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Engine::Postgres)
        } else if url.starts_with("redis:") || url.starts_with("rediss:") {
            Ok(Engine::Redis)
        } else {
            Err(OpenError::UnknownScheme)
        }
    }
}

/// The pooler, if any, between the program and its PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Pooler {
    /// Nothing, or a pooler that gives each client a connection of its own (pgbouncer's `pool_mode
    /// = session`).
    #[default]
    None,
    /// A pooler that lends a connection for each transaction (pgbouncer's `pool_mode =
    /// transaction`). The store then leaves nothing behind on a connection. It runs everything in
    /// transactions, sets its limits for each of them alone, keeps no prepared statement and does
    /// not `LISTEN`. A refresh takes four messages instead of one.
    Transaction,
}
