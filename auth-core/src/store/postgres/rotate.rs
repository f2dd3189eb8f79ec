//! The rotation: a presented refresh token is judged, and the row changed, by the statement in
//! `rotate.sql`.
//!
//! It runs alone, without a transaction around it: one message to the database and one back. It may
//! have to wait for another statement that holds the row. Then it judges the row as that statement
//! left it, but reads account, roles and counters as they were when it began. It reads all of them
//! at once, so a token that carries former roles carries the former roles version too, and is
//! stale. Only a reuse that ends all sessions of the user takes a transaction, for the second
//! statement.

use std::sync::LazyLock;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;
use diesel_async::pg::AsyncPgConnection;

use super::pool::{Failure, confirmed};
use super::schema::{SessionRow, auth_now, auth_sessions, auth_users};
use super::span_of;
use super::users::end_epoch;
use crate::clock::Timestamp;
use crate::store::prepared::Prepared;
use crate::store::{
    PresentedToken, Rejection, RotatedSession, Rotation, RotationMode, RotationOutcome, RotationPolicy, Session,
    StoreError, UserCounters,
};

/// One statement finds no live row, and another reads why. In between a statement that began before
/// the row's idle end may have made it live. Then the first statement runs again.
const ATTEMPTS: usize = 3;

/// The statement where accounts are kept here.
const ROTATE: &str = include_str!("rotate.sql");

/// The statement where accounts are the application's. A parameter instead would make the database
/// prepare to look for an account each time, and, planned while there are few, read all of them.
static ROTATE_WITHOUT_ACCOUNTS: LazyLock<String> = LazyLock::new(|| {
    let lines = ROTATE
        .lines()
        .filter(|line| !line.ends_with("-- only where accounts are kept here"));
    lines.collect::<Vec<_>>().join("\n")
});

/// Judges `presented` and carries out the outcome.
pub(super) async fn rotate(
    conn: &mut AsyncPgConnection,
    presented: PresentedToken,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Rotation, Failure> {
    if !presented.is_possible() {
        return Ok(Rotation::Rejected(Rejection::WrongSecret));
    }
    for _ in 0..ATTEMPTS {
        if let Some(mut rotated) = try_rotate(conn, presented, policy, keeps_accounts).await? {
            if rotated.outcome == RotationOutcome::Reused && policy.reuse_ends_user {
                let epoch = end_epoch(conn, &rotated.session.user).await?;
                rotated.counters = epoch.counters;
                rotated.new_epoch = Some(epoch);
            }
            return Ok(Rotation::Judged(rotated));
        }
        if let Some(why) = reject(conn, presented).await? {
            return Ok(Rotation::Rejected(why));
        }
    }
    Err(StoreError::Corrupt("a live session that the rotation did not find".to_owned()).into())
}

/// What the statement answers.
#[derive(QueryableByName)]
struct JudgedRow {
    #[diesel(embed)]
    session: SessionRow,
    #[diesel(sql_type = Text)]
    outcome: String,
    /// When it began.
    #[diesel(sql_type = BigInt)]
    now: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    roles_version: Option<i64>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    roles: Option<Vec<String>>,
}

/// The statement; `None` where it finds no live row.
async fn try_rotate(
    conn: &mut AsyncPgConnection,
    presented: PresentedToken,
    policy: RotationPolicy,
    keeps_accounts: bool,
) -> Result<Option<RotatedSession>, Failure> {
    struct Kept;
    struct NotKept;

    let grace = span_of(policy.grace);
    let text = if keeps_accounts {
        ROTATE
    } else {
        &ROTATE_WITHOUT_ACCOUNTS
    };
    let rotate = diesel::sql_query(text)
        .bind::<Uuid, _>(presented.session.0)
        .bind::<Binary, _>(presented.secret.0.as_slice())
        .bind::<BigInt, _>(presented.generation)
        .bind::<Nullable<BigInt>, _>((grace > 0).then_some(grace))
        .bind::<Bool, _>(policy.mode == RotationMode::Recoverable)
        .bind::<BigInt, _>(span_of(policy.idle));
    let judged: Option<JudgedRow> = if keeps_accounts {
        confirmed(Prepared::<Kept, _>::new(rotate).get_results(conn)).await?
    } else {
        confirmed(Prepared::<NotKept, _>::new(rotate).get_results(conn)).await?
    };
    let Some(judged) = judged else {
        return Ok(None);
    };
    let session = Session::try_from(judged.session)?;
    Ok(Some(RotatedSession {
        outcome: RotationOutcome::from_word(&judged.outcome)?,
        now: Timestamp::from_millis(judged.now),
        counters: UserCounters {
            epoch: session.epoch,
            roles_version: judged.roles_version.unwrap_or_default(),
        },
        new_epoch: None,
        session,
        // Roles of an application's own accounts are not ours to say.
        roles: keeps_accounts.then(|| judged.roles.unwrap_or_default()),
    }))
}

/// Why the statement found no live row; `None` when there is one by now.
async fn reject(conn: &mut AsyncPgConnection, presented: PresentedToken) -> Result<Option<Rejection>, Failure> {
    let epoch_current = auth_users::table
        .filter(auth_users::user_id.eq(auth_sessions::user_id))
        .filter(auth_users::epoch.eq(auth_sessions::epoch));
    let found = auth_sessions::table
        .find(presented.session.0)
        .select((
            SessionRow::as_select(),
            auth_sessions::secret_hash,
            exists(epoch_current),
            auth_now(),
        ))
        .first::<(SessionRow, Vec<u8>, bool, i64)>(conn)
        .await
        .optional()?;
    let Some((row, secret_hash, epoch_is_current, now)) = found else {
        return Ok(Some(Rejection::Unknown));
    };
    let (session, now) = (Session::try_from(row)?, Timestamp::from_millis(now));
    Ok(presented.rejection(&session, &secret_hash, epoch_is_current, now))
}
