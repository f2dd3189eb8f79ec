//! What stores are given and what they answer.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::secret::SecretBytes;

/// The secret of a session, `k` in its refresh tokens: 128 random bits. The store sees its hash
/// only.
pub type SessionSecret = SecretBytes<16>;

/// The SHA-256 of a [`SessionSecret`]. An attacker who reads it in the database cannot make a token
/// of it.
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

/// The counters of a user, kept in one row of `auth_users`. A user without a row has `0` and `0`.
///
/// They are counters and not times, so their order is right even if a clock is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UserCounters {
    /// The `epoch` claim. A password or identity proven under an older epoch no longer counts. A
    /// change of the password, disabling the account and "log out everywhere" each add one.
    pub epoch: i64,
    /// The `rv` claim. Access tokens with an older version are stale: each change of the user's
    /// roles adds one.
    pub roles_version: i64,
}

impl From<(i64, i64)> for UserCounters {
    /// The columns of `auth_users`, in their order.
    fn from((epoch, roles_version): (i64, i64)) -> UserCounters {
        UserCounters { epoch, roles_version }
    }
}

/// A user whose counters changed, as the feed tells it to the other nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedUser {
    /// The user of the counters.
    pub user: UserId,
    /// The counters as they are now.
    pub counters: UserCounters,
    /// When they last changed.
    pub at: Timestamp,
}

/// The result of a new epoch for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEpoch {
    /// The counters from now on.
    pub counters: UserCounters,
    /// How many live sessions ended by it.
    pub ended: u64,
}

/// The session that goes on under a new epoch, and the secret that its tokens carry from now on.
#[derive(Clone, Copy, Debug)]
pub struct KeptSession {
    /// Which session. It must be the user's and live, or nothing is changed.
    pub id: SessionId,
    /// The hash of its new secret: every older token of the session is worthless. `None`: it keeps
    /// its secret.
    pub secret: Option<SecretHash>,
    /// From now to the idle end.
    pub idle: Duration,
}

/// A session that went on under a new epoch.
#[derive(Clone, Debug)]
pub struct RenewedSession {
    /// The session.
    pub session: Session,
    /// The store's time.
    pub now: Timestamp,
    /// The result of the new epoch.
    pub epoch: NewEpoch,
    /// As in [`RotatedSession::roles`](super::presented::RotatedSession::roles).
    pub roles: Option<Vec<String>>,
}

/// Why a session was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationReason {
    /// The user signed out.
    Logout,
    /// The user signed out everywhere.
    LogoutAll,
    /// The user ended this session from another one.
    Ended,
    /// A new sign-in replaced it.
    Replaced,
    /// The user has too many sessions, and this one was used least recently.
    OverLimit,
    /// A used refresh token was presented again.
    Reuse,
    /// The user changed the password.
    PasswordChanged,
    /// The account was disabled or is gone.
    AccountClosed,
    /// An operator ended it.
    Operator,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: &'static [RevocationReason] = &[
        RevocationReason::Logout,
        RevocationReason::LogoutAll,
        RevocationReason::Ended,
        RevocationReason::Replaced,
        RevocationReason::OverLimit,
        RevocationReason::Reuse,
        RevocationReason::PasswordChanged,
        RevocationReason::AccountClosed,
        RevocationReason::Operator,
    ];

    /// The word stored in the row and written to the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            RevocationReason::Logout => "logout",
            RevocationReason::LogoutAll => "logout_all",
            RevocationReason::Ended => "ended",
            RevocationReason::Replaced => "replaced",
            RevocationReason::OverLimit => "over_limit",
            RevocationReason::Reuse => "reuse",
            RevocationReason::PasswordChanged => "password_changed",
            RevocationReason::AccountClosed => "account_closed",
            RevocationReason::Operator => "operator",
        }
    }
}

/// A login as the store holds it, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Its id, the `sid` claim.
    pub id: SessionId,
    /// The user of the session.
    pub user: UserId,
    /// The user's epoch when the password or the identity was proven. The session is live only
    /// while it still is that.
    pub epoch: i64,
    /// The generation of the current token: the one that is good now.
    pub current: i64,
    /// When the current token became current; also when the session was last used.
    pub current_since: Timestamp,
    /// When the session was made.
    pub created_at: Timestamp,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// How the user did. None in sessions from before the methods were kept.
    pub methods: AuthMethods,
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

impl Session {
    /// A session of generation 0 whose times are all `now`; for tests of stores, which set the
    /// rest.
    #[doc(hidden)]
    pub fn at(id: SessionId, user: UserId, now: Timestamp) -> Session {
        Session {
            id,
            user,
            epoch: 0,
            current: 0,
            current_since: now,
            created_at: now,
            auth_time: now,
            methods: AuthMethods::NONE,
            expires_at: now,
            idle_until: now,
            revoked_at: None,
            user_agent: None,
            ip: None,
        }
    }
}

/// A new session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// A fresh id.
    pub id: SessionId,
    /// The user of the session.
    pub user: UserId,
    /// The user's epoch, read before the password or the identity was proven.
    pub epoch: i64,
    /// How the user proved who they are.
    pub methods: AuthMethods,
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
    /// The session named by the refresh cookie that came with the sign-in: revoked in the same
    /// transaction, if its secret matches.
    pub replaces: Option<(SessionId, SecretHash)>,
    /// How many sessions the user may have, this one included; those used least recently end, at
    /// most 500 at a time.
    pub max_per_user: u32,
}

/// A session that was just made.
#[derive(Clone, Debug)]
pub struct CreatedSession {
    /// The row.
    pub session: Session,
    /// The user's counters, never newer than the roles.
    pub counters: UserCounters,
    /// As in [`RotatedSession::roles`](super::presented::RotatedSession::roles).
    pub roles: Option<Vec<String>>,
    /// The session that was replaced, if it was not revoked yet.
    pub replaced: Option<SessionId>,
    /// The sessions that ended because the user had too many.
    pub over_limit: Vec<SessionId>,
}

/// A revocation, as the feed tells it to the other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The session that ended.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
}

/// Notifies that this or another process changed the tables: a reason to read them, without any
/// data. Many changes in a row may cause one notification. One also comes when others may have been
/// lost, such as after a lost connection.
pub type Changes = tokio::sync::watch::Receiver<()>;
