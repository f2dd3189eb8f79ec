//! Rows as they come out of the scripts, and the words in them.

use std::str::FromStr;

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::methods::AuthMethods;
use crate::store::SecretHash;
use crate::store::{Rejection, RotationOutcome, Session, StoreError};

/// The fields that `row_of` in `common.lua` reads, in its order.
pub(super) type Row = Vec<Option<String>>;

/// The session in a row; `None` when there is none.
pub(super) fn session(id: SessionId, row: Row) -> Result<Option<Session>, StoreError> {
    let row = <[Option<String>; 12]>::try_from(row).map_err(|_| corrupt("a row of another length"))?;
    let [
        user,
        current,
        current_since,
        created_at,
        auth_time,
        expires_at,
        idle_until,
        revoked_at,
        user_agent,
        ip,
        epoch,
        amr,
    ] = row;
    let Some(user) = user else { return Ok(None) };
    Ok(Some(Session {
        id,
        user: user_id(user)?,
        // Sessions from before there were epochs have none.
        epoch: epoch.map_or(Ok(0), |epoch| number(Some(epoch)))?,
        current: number(current)?,
        current_since: time(current_since)?,
        created_at: time(created_at)?,
        auth_time: time(auth_time)?,
        methods: amr.as_deref().map(AuthMethods::of_text).unwrap_or_default(),
        expires_at: time(expires_at)?,
        idle_until: time(idle_until)?,
        revoked_at: revoked_at.map(|at| time(Some(at))).transpose()?,
        user_agent,
        ip,
    }))
}

/// The session in a row that a script has just written.
pub(super) fn session_there(id: SessionId, row: Row) -> Result<Session, StoreError> {
    session(id, row)?.ok_or_else(|| corrupt("a session without a user"))
}

pub(super) fn session_id(text: &str) -> Result<SessionId, StoreError> {
    text.parse()
        .map_err(|_| corrupt("a session id that is no UUID in lower case"))
}

pub(super) fn session_ids(texts: Vec<String>) -> Result<Vec<SessionId>, StoreError> {
    texts.iter().map(|id| session_id(id)).collect()
}

pub(super) fn user_id(text: String) -> Result<UserId, StoreError> {
    UserId::new(text).map_err(|_| corrupt("a user id that is none"))
}

/// What `rotate.lua` says of the presented token.
pub(super) fn judgement(word: &str) -> Result<Result<RotationOutcome, Rejection>, StoreError> {
    Ok(match word {
        "unknown" => Err(Rejection::Unknown),
        "wrong_secret" => Err(Rejection::WrongSecret),
        "expired" => Err(Rejection::Expired),
        "revoked" => Err(Rejection::Revoked),
        outcome => Ok(RotationOutcome::from_word(outcome)?),
    })
}

/// The hash as text, so that an operator can compare it.
pub(super) fn hex(hash: SecretHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn time(text: Option<String>) -> Result<Timestamp, StoreError> {
    number(text).map(Timestamp::from_millis)
}

fn number(text: Option<String>) -> Result<i64, StoreError> {
    let number = text.and_then(|text| i64::from_str(&text).ok());
    number.ok_or_else(|| corrupt("a field that is no number"))
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}
