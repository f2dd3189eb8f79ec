//! A presented refresh token: the policy for it, its outcome, and what the caller gets.

use std::time::Duration;

#[cfg(any(feature = "postgres", feature = "redis"))]
use super::error::StoreError;
use super::types::{NewEpoch, RevocationReason, SecretHash, Session, UserCounters};
use crate::clock::Timestamp;
use crate::ids::SessionId;

/// The policy for presented refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// For how long the previous token gets the same current token again. Zero: never.
    pub grace: Duration,
    /// The result for the previous token once the grace is over.
    pub mode: RotationMode,
    /// For how long a session goes on without a refresh; each rotation starts it anew.
    pub idle: Duration,
    /// Whether a reuse ends every session of the user, by a new epoch in the same transaction, and
    /// not only its own.
    pub reuse_ends_user: bool,
}

/// The result for a token that was used before, once the grace is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RotationMode {
    /// A client that lost the server's answer can present its previous token again and continue. If
    /// an attacker copied that token, the next use of the other copy ends the session.
    #[default]
    Recoverable,
    /// Any use of a used token ends the session.
    Strict,
}

/// The highest generation of a token: the largest integer that every reader of JSON keeps exact
/// (RFC 8259 §6).
pub(crate) const MAX_GENERATION: i64 = 1 << 53;

/// The refresh token that a client presents, after its signature held.
#[derive(Clone, Copy, Debug)]
pub struct PresentedToken {
    /// The session of the token.
    pub session: SessionId,
    /// The hash of the secret the token carries.
    pub secret: SecretHash,
    /// Its generation, the claim `seq`: its place in the line of the session's tokens; from 0 to
    /// 2^53.
    pub generation: i64,
}

impl PresentedToken {
    /// Whether a token of ours can have this generation. One that cannot must not meet the -1 that
    /// stands for "no previous token yet".
    #[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
    pub(in crate::store) fn is_possible(&self) -> bool {
        (0..=MAX_GENERATION).contains(&self.generation)
    }

    /// Why `session` is not live for the token at `now`; `None` where it is.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(in crate::store) fn rejection(
        &self,
        session: &Session,
        secret_hash: &[u8],
        epoch_is_current: bool,
        now: Timestamp,
    ) -> Option<Rejection> {
        if secret_hash != self.secret.0 {
            Some(Rejection::WrongSecret)
        } else if now >= session.expires_at.min(session.idle_until) {
            Some(Rejection::Expired)
        } else if session.revoked_at.is_some() || !epoch_is_current {
            Some(Rejection::Revoked)
        } else {
            None
        }
    }
}

/// The store's outcome for a presented token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RotationOutcome {
    /// It was the current token; the line moved on by one.
    Rotated,
    /// It was ahead of the row: the row lost a commit, the client did not. The line moved on.
    Ahead,
    /// It was the previous token, inside the grace: the current token is given again, nothing
    /// changed.
    Replayed,
    /// It was the previous token, after the grace: a new current token, the former one is dead.
    Forked,
    /// It was used before and replaced since: the session is revoked, and stays so.
    Reused,
    /// The user is disabled or gone (only from stores that keep the accounts): the session is
    /// revoked.
    AccountClosed,
}

impl RotationOutcome {
    /// Whether the session goes on.
    pub fn is_success(self) -> bool {
        self.revocation().is_none()
    }

    /// Why the session is revoked, if it is.
    pub(crate) const fn revocation(self) -> Option<RevocationReason> {
        match self {
            RotationOutcome::Reused => Some(RevocationReason::Reuse),
            RotationOutcome::AccountClosed => Some(RevocationReason::AccountClosed),
            _ => None,
        }
    }

    /// The outcome that a database names.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(in crate::store) fn from_word(word: &str) -> Result<RotationOutcome, StoreError> {
        const ALL: [RotationOutcome; 6] = [
            RotationOutcome::Rotated,
            RotationOutcome::Ahead,
            RotationOutcome::Replayed,
            RotationOutcome::Forked,
            RotationOutcome::Reused,
            RotationOutcome::AccountClosed,
        ];
        let found = ALL.into_iter().find(|outcome| outcome.as_str() == word);
        found.ok_or_else(|| StoreError::Corrupt("an unknown outcome".to_owned()))
    }

    /// The word for it, as it stands in the log and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            RotationOutcome::Rotated => "rotated",
            RotationOutcome::Ahead => "ahead",
            RotationOutcome::Replayed => "replayed",
            RotationOutcome::Forked => "forked",
            RotationOutcome::Reused => "reused",
            RotationOutcome::AccountClosed => "account_closed",
        }
    }
}

/// The result of a rotation on a live row.
#[derive(Clone, Debug)]
pub struct RotatedSession {
    /// The outcome for the token.
    pub outcome: RotationOutcome,
    /// The session after it.
    pub session: Session,
    /// The store's time of the rotation; access tokens are issued at this time.
    pub now: Timestamp,
    /// The user's counters, never newer than the roles.
    pub counters: UserCounters,
    /// The epoch that a reuse began, where it ends every session of the user.
    pub new_epoch: Option<NewEpoch>,
    /// The names of the roles the user holds, read in the same statement; none once the account is
    /// closed. `None` where the store does not keep the accounts.
    pub roles: Option<Vec<String>>,
}

/// Why a presented token met no live row. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// There is no such session (any more).
    Unknown,
    /// The session exists, but the token does not carry its secret.
    WrongSecret,
    /// The session is past its idle or its absolute end, revoked or not.
    Expired,
    /// The session was revoked, or is of an older epoch than its user.
    Revoked,
}

/// The result for a presented token.
#[expect(clippy::large_enum_variant, reason = "made once per refresh and taken apart at once")]
#[derive(Clone, Debug)]
pub enum Rotation {
    /// A live row was found and the token judged.
    Judged(RotatedSession),
    /// No live row; nothing changed.
    Rejected(Rejection),
}
