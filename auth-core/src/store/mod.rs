//! Sessions at rest: the contract every store keeps, and the stores that keep it.

mod again;
pub mod contract;
mod cutoff;
mod error;
mod judge;
mod open;
#[cfg(feature = "postgres")]
pub mod postgres;
mod prepared;
#[cfg(feature = "redis")]
pub mod redis;
mod row;
pub mod sqlite;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

pub use self::open::{Engine, OpenError, Pooler};
use crate::account::UserId;
use crate::clock::Timestamp;
use crate::secret::SecretBytes;

/// Identifies one login: the `sid` claim. A version 4 UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub Uuid);

impl SessionId {
    /// A fresh id from the operating system's generator.
    pub fn random() -> SessionId {
        SessionId(Uuid::new_v4())
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for SessionId {
    type Err = uuid::Error;

    /// Only the canonical text, 36 characters in lower case, so that an id has one spelling.
    fn from_str(text: &str) -> Result<SessionId, uuid::Error> {
        let id = Uuid::try_parse(text)?;
        let canonical = text.len() == Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        // An empty text is the shortest way to the error type that `uuid` keeps to itself.
        if canonical {
            Ok(SessionId(id))
        } else {
            Uuid::try_parse("").map(SessionId)
        }
    }
}

/// The secret of a session, `k` in its refresh tokens: 128 random bits. The store sees its hash only.
pub type SessionSecret = SecretBytes<16>;

/// The SHA-256 of a [`SessionSecret`]: worth nothing to whoever reads the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// The hash of `secret`.
    pub fn of(secret: &SessionSecret) -> SecretHash {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.expose()).as_ref());
        SecretHash(hash)
    }
}

/// How presented refresh tokens are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// For how long the parent of the head gets the same head again. Zero: never.
    pub grace: Duration,
    /// What the parent gets once the grace is over.
    pub mode: RotationMode,
    /// For how long a session goes on without a refresh; each rotation starts it anew.
    pub idle: Duration,
}

/// What a token that was used before gets, once the grace is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RotationMode {
    /// The parent of the head forks: whoever lost an answer goes on, whoever copied it is found out at the next use.
    #[default]
    Recoverable,
    /// Any use of a used token ends the session.
    Strict,
}

/// The refresh token that a client presents, after its signature held.
#[derive(Clone, Copy, Debug)]
pub struct Presented {
    /// Whose session.
    pub session: SessionId,
    /// The hash of the secret the token carries.
    pub secret: SecretHash,
    /// Its place in the line of the session's tokens; from 0 to 2^53.
    pub seq: i64,
}

/// How a presented token was judged; the cases of `design.md` §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was the head; the line moved on by one.
    Rotated,
    /// It was ahead of the row: the row lost a commit, the client did not. The line moved on.
    Ahead,
    /// It was the parent, inside the grace: the head is given again, nothing changed.
    Replayed,
    /// It was the parent, after the grace: a new head, the former one is dead.
    Forked,
    /// It was used before and replaced since: the session is revoked, and stays so.
    Reused,
    /// The user is disabled or gone (only from stores that keep the accounts): the session is revoked.
    AccountClosed,
}

impl Verdict {
    /// Whether the session goes on.
    pub fn is_success(self) -> bool {
        !matches!(self, Verdict::Reused | Verdict::AccountClosed)
    }
}

/// What a rotation did to a live row.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// How the token was judged.
    pub verdict: Verdict,
    /// The session after it.
    pub session: Session,
    /// The store's time of the rotation; access tokens are issued at this time.
    pub now: Timestamp,
    /// Tokens of this user issued before this time are stale.
    pub cutoff: Option<Timestamp>,
    /// The names of the roles the user holds, read in the same statement; none once the account is closed. `None` where
    /// the store does not keep the accounts.
    pub roles: Option<Vec<String>>,
}

/// Why a presented token met no live row. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// There is no such session (any more).
    Unknown,
    /// The session exists, but the token does not carry its secret.
    WrongSecret,
    /// The session is past its idle or its absolute end, revoked or not.
    Expired,
    /// The session was revoked.
    Revoked,
}

/// What a presented token got.
#[expect(clippy::large_enum_variant, reason = "made once per refresh and taken apart at once")]
#[derive(Clone, Debug)]
pub enum Rotation {
    /// A live row was found and the token judged.
    Judged(Rotated),
    /// No live row; nothing changed.
    Rejected(Rejected),
}

/// Why a session was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevokedWhy {
    /// The user signed out.
    Logout,
    /// The user signed out everywhere.
    LogoutAll,
    /// The user ended this session from another one.
    Ended,
    /// A new sign-in replaced it.
    Replaced,
    /// A used refresh token was presented again.
    Reuse,
    /// The user changed the password.
    PasswordChanged,
    /// The account was disabled or is gone.
    AccountClosed,
    /// An operator ended it.
    Operator,
}

impl RevokedWhy {
    /// Every reason.
    pub const ALL: [RevokedWhy; 8] = [
        RevokedWhy::Logout,
        RevokedWhy::LogoutAll,
        RevokedWhy::Ended,
        RevokedWhy::Replaced,
        RevokedWhy::Reuse,
        RevokedWhy::PasswordChanged,
        RevokedWhy::AccountClosed,
        RevokedWhy::Operator,
    ];

    /// The word stored in the row and written to the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            RevokedWhy::Logout => "logout",
            RevokedWhy::LogoutAll => "logout_all",
            RevokedWhy::Ended => "ended",
            RevokedWhy::Replaced => "replaced",
            RevokedWhy::Reuse => "reuse",
            RevokedWhy::PasswordChanged => "password_changed",
            RevokedWhy::AccountClosed => "account_closed",
            RevokedWhy::Operator => "operator",
        }
    }
}

/// A login as the store holds it, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, the `sid` claim.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The `seq` of the token that is good now.
    pub head: i64,
    /// When the head became the head; also when the session was last used.
    pub head_at: Timestamp,
    /// When the session was made.
    pub created_at: Timestamp,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// The absolute end, on a whole second; nothing moves it.
    pub expires_at: Timestamp,
    /// The end if no refresh comes before it; never after `expires_at`.
    pub idle_until: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// The client's `User-Agent`, cut to 256 characters and without control characters.
    pub user_agent: Option<String>,
    /// The client's address, without port.
    pub ip: Option<String>,
}

/// What a new session starts with.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// A fresh id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The hash of its fresh secret.
    pub secret: SecretHash,
    /// From creation to the absolute end.
    pub lifetime: Duration,
    /// From creation to the idle end.
    pub idle: Duration,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// The session named by the refresh cookie that came with the sign-in: revoked in the same transaction, if its
    /// secret matches.
    pub replaces: Option<(SessionId, SecretHash)>,
}

/// A session that was just made.
#[derive(Clone, Debug)]
pub struct Created {
    /// The row.
    pub session: Session,
    /// Tokens of this user issued before this time are stale.
    pub cutoff: Option<Timestamp>,
    /// As in [`Rotated::roles`].
    pub roles: Option<Vec<String>>,
    /// The session that was replaced, if it was live.
    pub replaced: Option<SessionId>,
}

/// A revocation, as the feed tells it to the other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The session that ended.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
}

/// A user whose tokens issued before a time must be refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cutoff {
    /// Whose tokens.
    pub user: UserId,
    /// Tokens with an earlier `iat` are stale.
    pub at: Timestamp,
}

/// What a store hears of at once when another process does it; see [`SessionStore::changes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A session was revoked.
    Revoked(Revocation),
    /// A user's older tokens became stale.
    CutOff(Cutoff),
    /// Something may have gone unheard, such as while a connection was lost: whoever listens must read again.
    Missed,
}

/// Changes as they happen. A receiver that lags behind is told so, which means the same as [`Change::Missed`].
pub type Changes = tokio::sync::broadcast::Receiver<Change>;

/// Why a store could not do what it was asked; the request is answered with 503.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing came back within the time a request may wait.
    #[error("the session store did not answer in time")]
    Timeout,
    /// The store is shutting down, or its thread is gone.
    #[error("the session store is closed")]
    Closed,
    /// The database refused or failed.
    #[error("the session store failed: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds what this version cannot read.
    #[error("the session store holds a row this version cannot read: {0}")]
    Corrupt(String),
}

/// Sessions at rest.
///
/// # Contract
///
/// - **Time.** "Now" is the store's: the process's clock on SQLite, the database's on PostgreSQL. No method takes it.
/// - **Acknowledged means kept.** An `Ok` is given after the commit; a crash afterwards loses nothing.
/// - **One statement judges.** [`SessionStore::rotate`] reads and changes the row at once. Of two racing calls one sees
///   the row after the other; nothing else can happen, and no caller retries.
/// - **Live** is a row that is not revoked and before both of its ends: `now < expires_at` and `now < idle_until`.
/// - **Evidence stays.** A revoked row stays until its absolute end; [`SessionStore::delete_expired`] is the only way out.
/// - **Revoking is final** and is not undone, moved or repeated: `revoked_at` is written once.
/// - **Errors change nothing** that the caller can see, but a call that timed out may have been carried out.
///
/// The suite in [`contract`] holds every implementation to it.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Makes a session with head 0, and revokes the one it replaces. `None`: the account is disabled or gone, and
    /// nothing was made (only from stores that keep the accounts).
    async fn create(&self, new: NewSession) -> Result<Option<Created>, StoreError>;

    /// Judges a presented token and does what its verdict asks, in one statement.
    async fn rotate(&self, presented: Presented, policy: RotationPolicy) -> Result<Rotation, StoreError>;

    /// Revokes a session that is not revoked yet; says whether it did. With `secret`, only when it is the session's.
    async fn revoke(&self, id: SessionId, secret: Option<SecretHash>, why: RevokedWhy) -> Result<bool, StoreError>;

    /// Revokes every live session of a user but `except`; answers with those that ended.
    async fn revoke_user(
        &self,
        user: &UserId,
        except: Option<SessionId>,
        why: RevokedWhy,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// The session of `id`, live or not.
    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// The live sessions of a user, the one used last first.
    async fn list(&self, user: &UserId) -> Result<Vec<Session>, StoreError>;

    /// Sessions revoked at or after `since`.
    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError>;

    /// Makes every token of `user` issued before now stale; answers with that time. It is never a whole second, and always in a
    /// later second than the cut-off before rounded up, for that is what tokens issued since carry.
    async fn cut_off(&self, user: &UserId) -> Result<Timestamp, StoreError>;

    /// The cut-offs set at or after `since`.
    async fn cutoffs_since(&self, since: Timestamp) -> Result<Vec<Cutoff>, StoreError>;

    /// Deletes at most `limit` sessions whose absolute end is more than `keep` ago; answers how many.
    async fn delete_expired(&self, keep: Duration, limit: u32) -> Result<usize, StoreError>;

    /// Revokes at most `limit` live sessions that were made before `time`; answers with those that ended. For a database
    /// that was restored from a back-up, in which sessions live again that had been revoked.
    async fn revoke_created_before(
        &self,
        time: Timestamp,
        limit: u32,
        why: RevokedWhy,
    ) -> Result<Vec<SessionId>, StoreError>;

    /// The store's time.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Whether that is the time of a database that nodes share, and not of this process's clock. Default: `false`.
    fn keeps_time(&self) -> bool {
        false
    }

    /// What other processes change, as they change it; `None` (the default) from a store that does not hear of it. It
    /// only makes revocation faster: whoever listens polls [`SessionStore::revoked_since`] all the same.
    fn changes(&self) -> Option<Changes> {
        None
    }

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Does what is waiting and lets go of the database; calls made later get [`StoreError::Closed`]. For the end of a
    /// program; a store whose last handle is dropped does it by itself, and waits for nothing.
    async fn close(&self) {}
}
